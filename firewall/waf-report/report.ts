import type { FirewallAlarm } from '../../alerts/event.ts';
import { NotYet, Refused } from '../errors.ts';
import type { Config, Ports } from './ports.ts';
import { reader } from './read.ts';
import { type Window, windowOf } from './window.ts';

/** Files of one window at most: with 75 MB each they are more than is read anyway. */
const mostFiles = 100;
/** What is kept of the time for sending the message. */
const sendSeconds = 40;
/** Between two looks at a message that somebody else is at. */
const lookSeconds = 10;

export type Answer = { sent: string } | { skipped: string };
type Unknown = Record<string, unknown>;
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Unknown | null | undefined)?.[key], value);
const text = (value: unknown, ...path: string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};

/** An event of EventBridge (S3: Object Created), or of CloudWatch (an alarm that changed). `owner`: the id of this invocation. */
export async function report(event: unknown, owner: string, ports: Ports, config: Config): Promise<Answer> {
  if (text(event, 'source') === 'aws.s3' && text(event, 'detail-type') === 'Object Created')
    return ofFile(event, owner, ports, config);
  if (text(event, 'source') === 'aws.cloudwatch' && at(event, 'alarmData')) return ofAlarm(event, owner, ports, config);
  throw new Refused('event: given neither a new object nor an alarm');
}

async function ofFile(event: unknown, owner: string, ports: Ports, config: Config): Promise<Answer> {
  const bucket = text(event, 'detail', 'bucket', 'name');
  if (bucket !== config.bucket) throw new Refused(`bucket: given ${bucket}, allowed ${config.bucket}`);
  const key = text(event, 'detail', 'object', 'key');
  const window = windowOf(key, config.windowSeconds);
  if (!window) throw new Refused(`key: given ${key.slice(0, 200)}, allowed a file of the firewall's records`);
  const start = ports.now().getTime();
  const closed = window.to.getTime() + config.graceSeconds * 1000;
  const until = new Date(start + config.timeoutSeconds * 1000);
  const first = await ports.claim(window.prefix, owner, until);
  // Whoever is at it lists the folder when the window is closed, so it finds this file.
  if (!first.won && !first.files && start < closed) return { skipped: `${window.prefix} is being reported` };
  const claim = first.won ? first : await takeOn(window.prefix, owner, ports, config, start);
  if (claim.won) {
    // Only a clock that is wrong makes a window end later than that.
    const wait = Math.min(closed - start, (config.windowSeconds + config.graceSeconds) * 1000);
    if (wait > 0) await ports.sleep(wait);
    const listed = await ports.list(window.prefix, mostFiles + 1);
    // The file of the event is there, whatever a list says.
    const files = [...new Set([key, ...listed])].sort();
    return reportWindow(window, window.prefix, files, owner, ports, start, config);
  }
  // The folder among its files: they were too many to be named.
  if ([key, window.prefix].some((one) => claim.files.includes(one)))
    return { skipped: `${window.prefix} was reported` };
  // It came after its window was reported: a message of its own.
  const late = await takeOn(key, owner, ports, config, start);
  if (!late.won) return { skipped: `${key} was reported` };
  return reportWindow(window, key, [key], owner, ports, start, config);
}

type Taken = { won: true } | { won: false; files: readonly string[] };
/**
 * Takes a message on, or gives the files that it was about. Whoever else is at it may leave out what this event is of, or die: Lambda's tries of one event are over
 * in three minutes, while somebody may be at it for ten, so this waits for its end, and leaves itself half of its time.
 */
async function takeOn(id: string, owner: string, ports: Ports, config: Config, start: number): Promise<Taken> {
  const until = new Date(start + config.timeoutSeconds * 1000);
  for (;;) {
    const claim = await ports.claim(id, owner, until);
    if (claim.won) return claim;
    if (claim.files) return { won: false, files: claim.files };
    if (ports.now().getTime() > start + (config.timeoutSeconds / 2) * 1000)
      throw new NotYet(`${id.slice(0, 300)}: somebody else is at it`);
    await ports.sleep(lookSeconds * 1000);
  }
}

async function reportWindow(
  window: Window,
  id: string,
  files: readonly string[],
  owner: string,
  ports: Ports,
  start: number,
  config: Config,
): Promise<Answer> {
  const end = start + (config.timeoutSeconds - sendSeconds) * 1000;
  const read = reader(() => ports.now().getTime() > end);
  if (id !== window.prefix) read.note('these records came late');
  for (const key of files.slice(0, mostFiles)) {
    if (read.isFull()) {
      read.note('not every file was read');
      break;
    }
    const name = key.slice(window.prefix.length);
    const source = await ports.read(key);
    // An event that a person starts again may be of a file that is gone; the others are reported all the same.
    if (source) await read.file(name, source);
    else read.note(`${name} is there no more`);
  }
  const areTooMany = files.length > mostFiles;
  if (areTooMany) read.note(`there are more than ${mostFiles} files`);
  const { records, ...found } = read.result();
  // All was let through and no rule matched: the filter of the log lets no such record by.
  const quiet = found.actions.length === 0 && found.notes.length === 0;
  if (!quiet) {
    const { firewall, from, to, prefix } = window;
    await ports.notify({ kind: 'firewall', firewall, from, to, ...found, subject: `${config.bucket}/${prefix}` });
  }
  // An event of each of the others would be a message: they are named together, by their folder.
  await ports.markReported(id, owner, areTooMany ? [window.prefix] : files);
  return quiet ? { skipped: `${id}: nothing matched in ${records} records` } : { sent: id };
}

/** CloudWatch calls the function itself when an alarm changes ("Lambda alarm actions"). */
async function ofAlarm(event: unknown, owner: string, ports: Ports, config: Config): Promise<Answer> {
  const name = text(event, 'alarmData', 'alarmName');
  const value = text(event, 'alarmData', 'state', 'value');
  const since = text(event, 'alarmData', 'state', 'timestamp');
  const before = text(event, 'alarmData', 'previousState', 'value');
  if (name === '' || since === '') throw new Refused('alarm: given no name or no time');
  // A new alarm begins without data and goes to OK: nothing was wrong.
  if (value !== 'ALARM' && before !== 'ALARM') return { skipped: `${name}: ${value}` };
  const id = `${name} ${since}`;
  if (!(await takeOn(id, owner, ports, config, ports.now().getTime())).won) return { skipped: `${id} was reported` };
  const alarm: FirewallAlarm = {
    kind: 'firewall alarm',
    result: value === 'ALARM' ? 'raised' : 'over',
    firewall: webAcl(event) || name,
    reason: text(event, 'alarmData', 'state', 'reason'),
    at: ports.now(),
    subject: name,
  };
  await ports.notify(alarm);
  await ports.markReported(id, owner, []);
  return { sent: id };
}

/** The dimension `WebACL` of the alarm's metric. */
function webAcl(event: unknown): string {
  const metrics = at(event, 'alarmData', 'configuration', 'metrics');
  const first = Array.isArray(metrics) ? metrics[0] : undefined;
  return text(first, 'metricStat', 'metric', 'dimensions', 'WebACL');
}
