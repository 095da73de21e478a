/** A line as Fluent Bit sends it to CloudWatch on AWS (charts/fluent-bit-config.ts), and Firehose on to S3. */
export type Line = {
  time: string;
  stream: 'stdout' | 'stderr';
  log: string;
  kubernetes: { pod_name: string; namespace_name: string; container_name: string };
  host: string;
};

/** `<namespace>_<pod>_<uid>/<container>/<number>.log`, and with a time behind it when the kubelet rotated it. */
const name = /^([a-z0-9-]+)_([a-z0-9.-]+)_[0-9a-f-]{32,36}\/([a-z0-9-]+)\/\d+\.log(?:\.\d{8}-\d{6})?$/;

/** Which container a file of the kubelet is of; undefined: it is no log, or one that the kubelet packed. */
export function containerOf(path: string): Line['kubernetes'] | undefined {
  const [, namespace_name, pod_name, container_name] = name.exec(path) ?? [];
  return namespace_name && pod_name && container_name ? { pod_name, namespace_name, container_name } : undefined;
}

type Entry = Pick<Line, 'time' | 'stream' | 'log'>;
const entry = /^(\S{20,40}) (stdout|stderr) ([FP]) ?(.*)$/s;

/**
 * Lines of a file as the container runtime writes it: `<time> <stream> <F or P> <text>`, where P is a part of a line and F its end. Gives the whole
 * lines, and how many bytes they are: what is behind them is read again when there is more. `atMost`: a line beyond it is cut where it is.
 * `isAll`: there is no room for more, so where nothing is whole, all is taken as it is, or reading would stop here for ever.
 */
export function linesOf(bytes: Buffer, atMost: number, isAll = false): { entries: Entry[]; read: number } {
  const entries: Entry[] = [];
  const parts: Record<string, string> = {};
  let read = 0;
  let at = 0;
  for (let end = bytes.indexOf(10, at); end !== -1; end = bytes.indexOf(10, at)) {
    const [, time = '', stream = '', kind = '', text = ''] = entry.exec(bytes.toString('utf8', at, end)) ?? [];
    at = end + 1;
    if (kind === '') {
      // No line of a runtime: nobody can say whose it is.
      if (Object.keys(parts).length === 0) read = at;
      continue;
    }
    const log = (parts[stream] ?? '') + text;
    if (kind === 'P' && log.length < atMost) {
      parts[stream] = log;
      continue;
    }
    delete parts[stream];
    entries.push({ time, stream: stream as Entry['stream'], log });
    if (Object.keys(parts).length === 0) read = at;
  }
  if (read === 0 && isAll) return { entries, read: at || bytes.length };
  // Both streams at once may leave a part open for long: what is whole before it was counted already.
  return { entries: read === at ? entries : whole(bytes.subarray(0, read), atMost), read };
}

const whole = (bytes: Buffer, atMost: number): Entry[] => (bytes.length === 0 ? [] : linesOf(bytes, atMost).entries);
