import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import {
  DescribeDBClustersCommand,
  type DescribeDBClustersCommandOutput,
  DescribeGlobalClustersCommand,
  type DescribeGlobalClustersCommandOutput,
  FailoverGlobalClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import type { Config } from '../config.ts';
import { ofAws, Permanent } from '../errors.ts';
import type { Database } from '../ports.ts';
import type { Role } from '../types.ts';
import { once, tokyo } from './clients.ts';

export const rds = once((options) => new RDSClient(options));
export const cloudwatch = once((options) => new CloudWatchClient(options));

/** Minutes that a measured lag counts: while Seoul is gone nothing new is measured. */
const lagMinutes = 15;

/** The Aurora global database, as Tokyo's API shows it: nothing here asks Seoul. */
export function awsDatabase(config: Config, now: () => Date, clients = { rds, cloudwatch }): Database {
  const database = clients.rds(tokyo);
  const name = config('DR_GLOBAL_DATABASE');
  const tokyoArn = config('DR_DATABASE_TOKYO');
  return {
    async status() {
      const { GlobalClusters = [] } = (await database
        .send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: name }))
        .catch((error) => {
          throw ofAws('DescribeGlobalClusters', error);
        })) as DescribeGlobalClustersCommandOutput;
      const [cluster] = GlobalClusters;
      if (!cluster) throw new Permanent(`global database: given none, allowed ${name}`);
      const member = cluster.GlobalClusterMembers?.find(({ DBClusterArn }) => DBClusterArn === tokyoArn);
      const { FailoverState: failover } = cluster;
      const towards = failover?.ToDbClusterArn === tokyoArn && failover.Status !== 'cancelling';
      const role: Role = !member
        ? 'detached'
        : failover?.Status
          ? towards
            ? 'promoting'
            : 'unknown'
          : member.IsWriter
            ? 'writer'
            : 'reader';
      const synchronised = member?.SynchronizationStatus;
      return {
        role,
        version: cluster.EngineVersion ?? '',
        synchronised: synchronised === undefined ? undefined : synchronised === 'connected',
      };
    },
    async candidate() {
      const { DBClusters = [] } = (await database
        .send(new DescribeDBClustersCommand({ DBClusterIdentifier: tokyoArn }))
        .catch((error) => {
          throw ofAws('DescribeDBClusters', error);
        })) as DescribeDBClustersCommandOutput;
      const [cluster] = DBClusters;
      return {
        version: cluster?.EngineVersion ?? '',
        instances: cluster?.DBClusterMembers?.length ?? 0,
        available: cluster?.Status === 'available',
      };
    },
    async lag() {
      const end = now();
      const answer = (await clients
        .cloudwatch(tokyo)
        .send(
          new GetMetricDataCommand({
            // By search: whatever dimensions AWS adds beside the cluster.
            MetricDataQueries: [{ Id: 'lag', Expression: lagSearch(tokyoArn) }],
            StartTime: new Date(end.getTime() - lagMinutes * 60_000),
            EndTime: end,
            ScanBy: 'TimestampDescending',
          }),
        )
        // Without the figure a failover goes on, and says so.
        .catch(() => undefined)) as GetMetricDataCommandOutput | undefined;
      const newest = (answer?.MetricDataResults ?? []).flatMap(({ Values }) => Values?.slice(0, 1) ?? []);
      return newest.length === 0 ? undefined : Math.max(...newest) / 1000;
    },
    async promote() {
      await database
        .send(
          new FailoverGlobalClusterCommand({
            GlobalClusterIdentifier: name,
            // The ARN, not the name, and without Switchover: this is for a writer that is gone.
            TargetDbClusterIdentifier: tokyoArn,
            AllowDataLoss: true,
          }),
        )
        .catch((error) => {
          throw ofAws('FailoverGlobalCluster', error);
        });
    },
  };
}

/** In milliseconds; a metric of the secondary cluster alone. */
const lagSearch = (arn: string) => {
  const cluster = arn.split(':').at(-1);
  return `SEARCH('Namespace="AWS/RDS" MetricName="AuroraGlobalDBRPOLag" DBClusterIdentifier="${cluster}"', 'Maximum', 60)`;
};
