/** Metrics of the probes, 1 or 0 every ten seconds, with the dimension `Prober`. */
export const probeMetrics = {
  writer: 'SeoulWriterHealthy',
  app: 'SeoulIngressHealthy',
  region: 'SeoulRegionReachable',
} as const;
export const witness = 'witness';
