import { slackMessages } from '../local/loop.ts';
import { until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import type { Region } from '../local/topology.ts';

export type Sample = { labels: Record<string, string>; value: number };

/** What Prometheus of a region answers now. Nobody but its administrator reaches it: by the API server. */
export async function query(region: Region, promql: string): Promise<Sample[]> {
  const path = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query';
  const { data } = JSON.parse(
    await kubectl(region, ['get', '--raw', `${path}?query=${encodeURIComponent(promql)}`]),
  ) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Waits for samples of which one is as wanted. */
export const seen = (
  region: Region,
  promql: string,
  seconds: number,
  isWanted: (sample: Sample) => boolean = () => true,
): Promise<Sample> =>
  until(
    `${region.name}: ${promql}`,
    seconds,
    async () => (await query(region, promql)).find(isWanted),
    // Asking costs the cluster, too.
    3000,
  );

const labelsOf = (labels: Record<string, string>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

/** Waits until an alert fires in Prometheus. */
export const fires = (region: Region, alert: string, labels: Record<string, string>, seconds: number) =>
  seen(region, `ALERTS{${labelsOf({ alertname: alert, alertstate: 'firing', ...labels })}}`, seconds);

/** Waits for a message of an alert that is newer than the story and has all of these words. */
export const alertMessage = (since: Date, words: readonly string[], seconds = 120): Promise<string> =>
  until(
    `Slack: ${words.join(', ')}`,
    seconds,
    async () =>
      (await slackMessages()).find(
        ({ at, shown }) => new Date(at) >= since && words.every((word) => shown.includes(word)),
      )?.shown,
    1000,
  );
