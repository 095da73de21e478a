import {
  GetMetricDataCommand,
  type GetMetricDataCommandOutput,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { databasePort, failover } from '../../overlays/names.ts';
import type { Config } from '../config.ts';
import { ofAws, Retryable } from '../errors.ts';
import type { Seen, SeoulProbes } from '../ports.ts';
import type { Sight } from '../types.ts';
import { seoul, tokyo } from './clients.ts';
import { cloudwatch, rds } from './database.ts';
import { probeMetrics, witness } from './metrics.ts';
import { answerHttp, speaksPostgres } from './reach.ts';

const windowSeconds = 60;
/** Of the newest values of a metric, all the same, as many as these are a sight. */
const values = 3;

export function sightOf(newest: readonly number[]): Sight {
  const last = newest.slice(0, values);
  if (last.length < values) return 'unknown';
  return last.every((value) => value === 1) ? 'ok' : last.every((value) => value === 0) ? 'fail' : 'unknown';
}

export function awsSeoul(
  config: Config,
  now: () => Date,
  clients = { rds, cloudwatch },
  reach = { answerHttp, speaksPostgres },
): SeoulProbes {
  return {
    writer: () => reach.speaksPostgres(config('DR_DATABASE_HOST_SEOUL'), databasePort),
    app: () => reach.answerHttp(config('DR_APP_SEOUL')),
    async region() {
      try {
        await clients
          .rds(seoul)
          .send(new DescribeDBClustersCommand({ DBClusterIdentifier: config('DR_DATABASE_SEOUL') }));
        return 'ok';
      } catch (error) {
        const { name } = error as Error;
        if (/Throttl|RequestLimit/.test(name)) return 'unknown';
        // Any refusal is an answer.
        return ofAws('DescribeDBClusters', error) instanceof Retryable ? 'fail' : 'ok';
      }
    },
    async witness() {
      const end = now();
      const answer = (await clients
        .cloudwatch(tokyo)
        .send(
          new GetMetricDataCommand({
            MetricDataQueries: Object.entries(probeMetrics).map(([Id, MetricName]) => ({
              Id,
              MetricStat: {
                Metric: {
                  Namespace: failover.metrics,
                  MetricName,
                  Dimensions: [{ Name: 'Prober', Value: witness }],
                },
                Period: 10,
                Stat: 'Minimum',
              },
            })),
            StartTime: new Date(end.getTime() - windowSeconds * 1000),
            EndTime: end,
            ScanBy: 'TimestampDescending',
          }),
        )
        .catch(() => undefined)) as GetMetricDataCommandOutput | undefined;
      const of = (id: string) => sightOf(answer?.MetricDataResults?.find(({ Id }) => Id === id)?.Values ?? []);
      return { writer: of('writer'), app: of('app'), region: of('region') };
    },
  };
}

/** Metrics of ten seconds, in Tokyo wherever the prober is. */
export const awsPublish =
  (config: Config, now: () => Date, client = cloudwatch) =>
  async (seen: Seen): Promise<void> => {
    const MetricData = (Object.entries(probeMetrics) as [keyof Seen, string][]).flatMap(([what, MetricName]) =>
      seen[what] === 'unknown'
        ? []
        : [
            {
              MetricName,
              Dimensions: [{ Name: 'Prober', Value: config('DR_PROBER') }],
              Timestamp: now(),
              Value: seen[what] === 'ok' ? 1 : 0,
              StorageResolution: 1,
            },
          ],
    );
    if (MetricData.length > 0)
      await client(tokyo).send(new PutMetricDataCommand({ Namespace: failover.metrics, MetricData }));
  };
