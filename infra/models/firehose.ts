import { gunzipSync, gzipSync } from 'node:zlib';
import type { Json } from '../rules/stacks.ts';

/** What CloudWatch Logs puts into a stream: one JSON object, packed ("Using subscription filters", CloudWatch Logs user guide). */
export type Subscribed = { logGroup: string; logStream: string; messages: readonly string[] };
export const subscribed = ({ logGroup, logStream, messages }: Subscribed, control = false): Buffer =>
  gzipSync(
    JSON.stringify({
      messageType: control ? 'CONTROL_MESSAGE' : 'DATA_MESSAGE',
      owner: '111122223333',
      ...{ logGroup, logStream },
      subscriptionFilters: ['all'],
      logEvents: messages.map((message, at) => ({
        id: `${at}`.padStart(56, '0'),
        timestamp: 1_764_514_800_000 + at,
        message,
      })),
    }),
  );

const isPacked = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
type Step = (records: Buffer[], parameters: Record<string, string>) => Buffer[];

/** The processors of Firehose, as "Decompress CloudWatch Logs", "Message extraction" and "Processor" of its guides have them. */
const steps: Record<string, Step> = {
  Decompression: (records) => records.map((record) => gunzipSync(record)),
  CloudWatchLogProcessing: (records, { DataMessageExtraction }) =>
    DataMessageExtraction === 'true'
      ? records.flatMap((record) => {
          const { messageType, logEvents } = JSON.parse(record.toString('utf8'));
          return messageType === 'DATA_MESSAGE'
            ? logEvents.map(({ message }: { message: string }) => Buffer.from(`${message}\n`))
            : [];
        })
      : records,
  AppendDelimiterToRecord: (records) => records.map((record) => Buffer.concat([record, Buffer.from('\n')])),
};

export type File = { key: string; body: Buffer };

/** What a delivery stream, as Terraform plans it, makes of records that come so many seconds after the first one. */
export function delivered(args: Json, incoming: readonly { second: number; record: Buffer }[], from: Date): File[] {
  const s3 = args.extended_s3_configuration;
  const files: File[] = [];
  let held: Buffer[] = [];
  let size = 0;
  let since = 0;
  const processors: Json[] = s3.processing_configuration?.enabled ? s3.processing_configuration.processors : [];
  const flush = (second: number) => {
    const done = processors.reduce<Buffer[]>((records, { type, parameters = [] }) => {
      const step = steps[type];
      if (!step) throw new Error(`${args.name}: processor: given ${type}, allowed ${Object.keys(steps).join(', ')}`);
      const named = parameters.map((one: Json) => [one.parameter_name, one.parameter_value]);
      return step(records, Object.fromEntries(named));
    }, held);
    const whole = Buffer.concat(done);
    const at = new Date(from.getTime() + second * 1000);
    files.push({
      key: `${prefixAt(s3.prefix, at)}${args.name}-1-${at.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-')}${s3.file_extension}`,
      body: s3.compression_format === 'GZIP' ? gzipSync(whole) : whole,
    });
    held = [];
    size = 0;
  };
  for (const { second, record } of incoming) {
    if (held.length > 0 && second - since >= s3.buffering_interval) flush(since + s3.buffering_interval);
    if (held.length === 0) since = second;
    held.push(record);
    size += record.length;
    if (size >= s3.buffering_size * 1024 * 1024) flush(second);
  }
  if (held.length > 0) flush(since + s3.buffering_interval);
  return files;
}

/** `!{timestamp:yyyy}` and its like, in UTC. What else is in such brackets Firehose refuses. */
export function prefixAt(prefix: string, at: Date): string {
  const [year, month, day, hour] = at.toISOString().split(/[-T:]/) as [string, string, string, string];
  const values: Record<string, string> = { yyyy: year, MM: month, dd: day, HH: hour };
  return prefix.replaceAll(/!\{([^}]*)\}/g, (whole, what: string) => {
    const value = values[what.replace(/^timestamp:/, '')];
    if (value === undefined)
      throw new Error(`prefix: given ${whole}, allowed ${Object.keys(values).join(', ')} of timestamp`);
    return value;
  });
}

/** Why nobody could read a file as lines of JSON. */
export function unreadable({ key, body }: File): string[] {
  if (!key.endsWith('.gz')) return [`${key}: its name does not say that it is packed`];
  if (!isPacked(body)) return [`${key}: is not packed`];
  const text = gunzipSync(body);
  if (isPacked(text)) return [`${key}: is gzip in gzip`];
  const lines = text.toString('utf8').split('\n');
  if (lines.pop() !== '') return [`${key}: does not end with a line`];
  const bad = lines.filter((line) => {
    try {
      return typeof JSON.parse(line) !== 'object';
    } catch {
      return true;
    }
  });
  return bad.length > 0 ? [`${key}: ${bad.length} of ${lines.length} lines are no JSON object`] : [];
}

export const linesOf = ({ body }: File): string[] => gunzipSync(body).toString('utf8').trimEnd().split('\n');
