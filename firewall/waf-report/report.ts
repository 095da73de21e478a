import type { FirewallAlarm } from '../../alerts/event.ts';
import { NotYet, Refused } from '../errors.ts';
import type { Claim, Config, Ports } from './ports.ts';
import { reader } from './read.ts';
import { type Window, windowOf } from './window.ts';

/** Files of one window at most: with 75 MB each they are more than is read anyway. */
const mostFiles = 100;
/** What is kept of the time for sending the message. */
const sendSeconds = 40;

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
  const until = new Date(start + config.timeoutSeconds * 1000);
  const closed = window.to.getTime() + config.graceSeconds * 1000;
  const claim = await ports.claim(window.prefix, owner, until);
  if (claim.won) {
    // Only a clock that is wrong makes a window end later than that.
    const wait = Math.min(closed - start, (config.windowSeconds + config.graceSeconds) * 1000);
    if (wait > 0) await ports.sleep(wait);
    const listed = await ports.list(window.prefix, mostFiles + 1);
    // The file of the event is there, whatever a list says.
    const files = [...new Set([key, ...listed])].sort();
    return tell(window, window.prefix, files, owner, ports, start, config);
  }
  const { files } = claim;
  if (files?.includes(key)) return { skipped: `${window.prefix} was told` };
  // Whoever is at it lists the folder when the window is closed, so it finds this file.
  if (!files && start < closed) return { skipped: `${window.prefix} is being told` };
  if (!files) throw new NotYet(`window: ${window.prefix} is being told, perhaps without ${key.slice(0, 200)}`);
  // It came after its window was told: a message of its own.
  const late: Claim = await ports.claim(key, owner, until);
  if (!late.won) return { skipped: `${key} was told` };
  return tell(window, key, [key], owner, ports, start, config);
}

async function tell(
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
    await read.file(key.slice(window.prefix.length), await ports.read(key));
  }
  if (files.length > mostFiles) read.note(`there are more than ${mostFiles} files`);
  const { records, ...found } = read.result();
  // All was let through and no rule matched: the filter of the log lets no such record by.
  const quiet = found.actions.length === 0 && found.notes.length === 0;
  if (!quiet) {
    const { firewall, from, to, prefix } = window;
    await ports.tell({ kind: 'firewall', firewall, from, to, ...found, subject: `${config.bucket}/${prefix}` });
  }
  await ports.told(id, owner, files);
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
  const until = new Date(ports.now().getTime() + config.timeoutSeconds * 1000);
  if (!(await ports.claim(id, owner, until)).won) return { skipped: `${id} was told` };
  const told: FirewallAlarm = {
    kind: 'firewall alarm',
    result: value === 'ALARM' ? 'raised' : 'over',
    firewall: webAcl(event) || name,
    reason: text(event, 'alarmData', 'state', 'reason'),
    at: ports.now(),
    subject: name,
  };
  await ports.tell(told);
  await ports.told(id, owner, []);
  return { sent: id };
}

/** The dimension `WebACL` of the alarm's metric. */
function webAcl(event: unknown): string {
  const metrics = at(event, 'alarmData', 'configuration', 'metrics');
  const first = Array.isArray(metrics) ? metrics[0] : undefined;
  return text(first, 'metricStat', 'metric', 'dimensions', 'WebACL');
}
