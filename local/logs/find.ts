import { gunzipSync } from 'node:zlib';
import { type Bucket, get, under } from './bucket.ts';
import type { Line } from './cri.ts';

/** An id of a request, as the services take it from `X-Request-Id`. */
export const isRequestId = (text: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(text);

/** Whether a line is of the request: the id stands in it as a whole, and not as a part of a longer one. */
export function isOf(id: string): (line: string) => boolean {
  const whole = new RegExp(`(?<![A-Za-z0-9._-])${id.replaceAll('.', '\\.')}(?![A-Za-z0-9._-])`);
  return (line) => line.includes(id) && whole.test(line);
}

/** Lines of an object that are of the request. One that nobody can read is said, and keeps none of the others away. */
export function found(body: Buffer, isWanted: (line: string) => boolean): Line[] {
  return gunzipSync(body)
    .toString('utf8')
    .split('\n')
    .filter(isWanted)
    .map((line) => JSON.parse(line) as Line)
    .filter(({ log }) => isWanted(log));
}

export type FoundLine = Line & { region: string };

/** All lines of one request in the buckets of these regions, of the last days, in the order of their time. */
export async function linesOfRequest(
  buckets: Record<string, Bucket>,
  id: string,
  days: number,
  now = new Date(),
): Promise<{ lines: FoundLine[]; unread: string[] }> {
  const isWanted = isOf(id);
  const unread: string[] = [];
  const lines: FoundLine[] = [];
  for (const [region, bucket] of Object.entries(buckets))
    try {
      for (let day = days - 1; day >= 0; day -= 1) {
        const [year, month, date] = new Date(now.getTime() - day * 86_400_000).toISOString().slice(0, 10).split('-');
        for (const { key } of await under(bucket, `eks/application/year=${year}/month=${month}/day=${date}/`))
          try {
            lines.push(...found(await get(bucket, key), isWanted).map((line) => ({ ...line, region })));
          } catch (error) {
            unread.push(`${region}: ${key}: ${(error as Error).message}`);
          }
      }
    } catch (error) {
      // The other region is asked all the same.
      unread.push(`${region}: ${(error as Error).message}`);
    }
  // A line may be there twice: who shipped it ended before it remembered that.
  const unique = new Map(lines.map((line) => [JSON.stringify(line), line]));
  return { lines: [...unique.values()].sort((a, b) => (a.time < b.time ? -1 : 1)), unread };
}

/** One line for people: time, where, what. */
export function shown({ time, region, kubernetes, log }: FoundLine): string {
  const { namespace_name: namespace, pod_name: pod } = kubernetes;
  // A log may hold what a terminal would obey.
  return `${time.slice(0, 23)}Z ${region} ${namespace}/${pod} ${log.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')}`;
}
