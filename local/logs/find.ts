import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { atOnce } from '../../lib/at-once.ts';
import { type Bucket, get, under } from './bucket.ts';
import type { Line } from './cri.ts';

/** An id of a request, as the services take it from `X-Request-Id`. */
export const isRequestId = (text: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(text);

/** Whether a line is of the request: the id stands in it as a whole, and not as a part of a longer one. */
export function isOf(id: string): (line: string) => boolean {
  const whole = new RegExp(`(?<![A-Za-z0-9._-])${id.replaceAll('.', '\\.')}(?![A-Za-z0-9._-])`);
  return (line) => line.includes(id) && whole.test(line);
}

/** Lines of an object that are of the request. */
export async function found(body: Buffer, id: string): Promise<Line[]> {
  const text = await promisify(gunzip)(body);
  // Most objects have none, and cutting them into lines is most of the work.
  if (!text.includes(id)) return [];
  const isWanted = isOf(id);
  return text
    .toString('utf8')
    .split('\n')
    .filter(isWanted)
    .map((line) => JSON.parse(line) as Line)
    .filter(({ log }) => isWanted(log));
}

export type FoundLine = Line & { region: string };
type Where = { region: string; bucket: Bucket; key: string };

/** Objects that are read at the same time: an S3 takes some 20 ms to begin an answer, however small. */
const most = 8;

/**
 * All lines of one request in the buckets of these regions, of the last days, in the order of their time. All objects are read: a line comes hours after
 * the others where an event waited, and what could not be shipped comes late. One that nobody can read is said, and keeps none of the others away.
 */
export async function linesOfRequest(
  buckets: Record<string, Bucket>,
  id: string,
  days: number,
  now = new Date(),
  progress: (read: number, of: number) => void = () => undefined,
): Promise<{ lines: FoundLine[]; unread: string[] }> {
  const unread: string[] = [];
  const lines: FoundLine[] = [];
  const listed = async ([region, bucket]: [string, Bucket]): Promise<Where[]> => {
    const objects: Where[] = [];
    try {
      for (let day = days - 1; day >= 0; day -= 1) {
        const [year, month, date] = new Date(now.getTime() - day * 86_400_000).toISOString().slice(0, 10).split('-');
        const found = await under(bucket, `eks/application/year=${year}/month=${month}/day=${date}/`);
        objects.push(...found.map(({ key }) => ({ region, bucket, key })));
      }
    } catch (error) {
      // The other region is asked all the same.
      unread.push(`${region}: ${(error as Error).message}`);
    }
    return objects;
  };
  const objects = (await Promise.all(Object.entries(buckets).map(listed))).flat();
  let read = 0;
  await atOnce(most, objects, async ({ region, bucket, key }) => {
    try {
      lines.push(...(await found(await get(bucket, key), id)).map((line) => ({ ...line, region })));
    } catch (error) {
      unread.push(`${region}: ${key}: ${(error as Error).message}`);
    }
    progress(++read, objects.length);
  });
  // A line may be there twice: who shipped it ended before it remembered that.
  const unique = new Map(lines.map((line) => [JSON.stringify(line), line]));
  const sorted = [...unique].sort(([a, one], [b, other]) => compare(one.time, other.time) || compare(a, b));
  return { lines: sorted.map(([, line]) => line), unread: unread.sort() };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One line for people: time, where, what. */
export function shown({ time, region, kubernetes, log }: FoundLine): string {
  const { namespace_name: namespace, pod_name: pod } = kubernetes;
  // A log may hold what a terminal would obey.
  return `${time.slice(0, 23)}Z ${region} ${namespace}/${pod} ${log.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')}`;
}
