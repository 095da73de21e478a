/** What a node costs in Seoul: Linux, in dollars an hour. `spot` is the mean over the zones on that day: it changes all the time. */
export type Price = { cpus: number; gibibytes: number; onDemand: number; spot: number };

/** The day of the prices, and where they can be read again: a test compares them with it. */
export const pricesOf = {
  day: '2025-05-28',
  region: 'ap-northeast-2',
  module: 'github.com/cristim/ec2-instances-info@v0.0.0-20250528091325-32acf84f42eb',
};

/** Instance types that the node pools allow (charts/nodes.ts), in the sizes that fit services and runs; all of them amd64. */
export const prices: Record<string, Price> = {
  'c5.large': { cpus: 2, gibibytes: 4, onDemand: 0.096, spot: 0.03168 },
  'c5.xlarge': { cpus: 4, gibibytes: 8, onDemand: 0.192, spot: 0.06912 },
  'c5.2xlarge': { cpus: 8, gibibytes: 16, onDemand: 0.384, spot: 0.13824 },
  'c5.4xlarge': { cpus: 16, gibibytes: 32, onDemand: 0.768, spot: 0.22272 },
  'c6i.large': { cpus: 2, gibibytes: 4, onDemand: 0.096, spot: 0.03168 },
  'c6i.xlarge': { cpus: 4, gibibytes: 8, onDemand: 0.192, spot: 0.0576 },
  'c6i.2xlarge': { cpus: 8, gibibytes: 16, onDemand: 0.384, spot: 0.1344 },
  'c6i.4xlarge': { cpus: 16, gibibytes: 32, onDemand: 0.768, spot: 0.23808 },
  'c7i.large': { cpus: 2, gibibytes: 4, onDemand: 0.1008, spot: 0.028224 },
  'c7i.xlarge': { cpus: 4, gibibytes: 8, onDemand: 0.2016, spot: 0.06048 },
  'c7i.2xlarge': { cpus: 8, gibibytes: 16, onDemand: 0.4032, spot: 0.137088 },
  'c7i.4xlarge': { cpus: 16, gibibytes: 32, onDemand: 0.8064, spot: 0.258048 },
  'm5.large': { cpus: 2, gibibytes: 8, onDemand: 0.118, spot: 0.03304 },
  'm5.xlarge': { cpus: 4, gibibytes: 16, onDemand: 0.236, spot: 0.05664 },
  'm5.2xlarge': { cpus: 8, gibibytes: 32, onDemand: 0.472, spot: 0.15576 },
  'm5.4xlarge': { cpus: 16, gibibytes: 64, onDemand: 0.944, spot: 0.33984 },
  'm6i.large': { cpus: 2, gibibytes: 8, onDemand: 0.118, spot: 0.03304 },
  'm6i.xlarge': { cpus: 4, gibibytes: 16, onDemand: 0.236, spot: 0.06844 },
  'm6i.2xlarge': { cpus: 8, gibibytes: 32, onDemand: 0.472, spot: 0.16048 },
  'm6i.4xlarge': { cpus: 16, gibibytes: 64, onDemand: 0.944, spot: 0.35872 },
  'm7i.large': { cpus: 2, gibibytes: 8, onDemand: 0.1239, spot: 0.033453 },
  'm7i.xlarge': { cpus: 4, gibibytes: 16, onDemand: 0.2478, spot: 0.069384 },
  'm7i.2xlarge': { cpus: 8, gibibytes: 32, onDemand: 0.4956, spot: 0.128856 },
  'm7i.4xlarge': { cpus: 16, gibibytes: 64, onDemand: 0.9912, spot: 0.267624 },
  'r5.large': { cpus: 2, gibibytes: 16, onDemand: 0.152, spot: 0.03952 },
  'r5.xlarge': { cpus: 4, gibibytes: 32, onDemand: 0.304, spot: 0.07904 },
  'r5.2xlarge': { cpus: 8, gibibytes: 64, onDemand: 0.608, spot: 0.16416 },
  'r5.4xlarge': { cpus: 16, gibibytes: 128, onDemand: 1.216, spot: 0.51072 },
  'r6i.large': { cpus: 2, gibibytes: 16, onDemand: 0.152, spot: 0.04408 },
  'r6i.xlarge': { cpus: 4, gibibytes: 32, onDemand: 0.304, spot: 0.10032 },
  'r6i.2xlarge': { cpus: 8, gibibytes: 64, onDemand: 0.608, spot: 0.19456 },
  'r6i.4xlarge': { cpus: 16, gibibytes: 128, onDemand: 1.216, spot: 0.46208 },
  'r7i.large': { cpus: 2, gibibytes: 16, onDemand: 0.1596, spot: 0.035112 },
  'r7i.xlarge': { cpus: 4, gibibytes: 32, onDemand: 0.3192, spot: 0.073416 },
  'r7i.2xlarge': { cpus: 8, gibibytes: 64, onDemand: 0.6384, spot: 0.165984 },
  'r7i.4xlarge': { cpus: 16, gibibytes: 128, onDemand: 1.2768, spot: 0.44688 },
};
