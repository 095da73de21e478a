/** Where lines of pods go, and how often people hear of the firewall. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { packed, record } from '../firewall/records.testing.ts';
import { atOnce } from '../lib/at-once.ts';
import { behindEntrance } from '../local/entrance/behind.ts';
import { recordsFolder } from '../local/entrance/settings.ts';
import { under } from '../local/logs/bucket.ts';
import { bucketOf } from '../local/logs/settings.ts';
import { slackMessages } from '../local/loop.ts';
import { sleep, until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { services } from '../local/seed/git.ts';
import { logs, platformUser } from '../local/stores/settings.ts';
import { hostOf, regions, seoul } from '../local/topology.ts';
import { bringUp, released, script, upMs } from './platform.ts';

beforeAll(async () => {
  await bringUp();
  await atOnce(services.length, services, released);
}, upMs + 900_000);

/** Asks a service for what it has not, as the request with this id: the entrance gives each request one of its own. */
const ask = async (service: string, id: string): Promise<string | undefined> => {
  const sent = { path: '/nothing-here', headers: { 'x-request-id': id } };
  return (await behindEntrance(seoul, hostOf(service, 'dev'), sent)).headers['x-request-id'];
};

test('S9: scripts/logs finds the lines of every service by one id, and none of another', async () => {
  const id = `e2e-${Date.now()}`;
  for (const service of services)
    for (const one of [id, `${id}1`]) expect(await until(service, 60, async () => ask(service, one))).toBe(one);
  const { output } = await until('the lines', 60, async () => {
    const found = await script('logs', id);
    return services.every((service) => found.output.includes(`dev/${service}-`)) ? found : undefined;
  });
  const lines = output.trim().split('\n');
  expect(lines.filter((line) => !line.includes(id) || line.includes(`${id}1`))).toEqual([]);
  expect([...lines].sort((a, b) => (a.slice(0, 23) < b.slice(0, 23) ? -1 : 1))).toEqual(lines);
}, 180_000);

test('an id that no request had is said to have no lines', async () => {
  const { status, output } = await script('logs', `e2e-${Date.now()}-none`);
  expect([status, output]).toEqual([1, expect.stringContaining('of which no line is there')]);
}, 60_000);

test('the logs of each region are in its own bucket, below keys of the day', async () => {
  for (const region of regions) {
    const keys = (await under(bucketOf(region, logs.bucket, platformUser), 'eks/')).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys)
      expect(key).toMatch(
        /^eks\/application\/year=\d{4}\/month=\d\d\/day=\d\d\/eks-application-1-[\d-]{19}-[0-9a-f]{12}\.json\.gz$/,
      );
  }
  // Nobody in the cluster has the account that writes there.
  const secrets = await kubectl(seoul, ['get', 'secrets', '-A', '-o', 'jsonpath={.items[*].metadata.name}']);
  expect(secrets.split(' ').filter((name) => /log|record/.test(name))).toEqual([]);
}, 60_000);

test('records of the firewall are one message for a window, however often their event comes', async () => {
  // Both files in one minute.
  while (new Date().getSeconds() > 40) await sleep(1000);
  const rule = `e2e-${Date.now()}`;
  const at = new Date().toISOString().slice(0, 15).replaceAll(/[-T:]/g, '/');
  const folder = `AWSLogs/000000000000/WAFLogs/cloudfront/tickets/${at}0`;
  const leave = (name: string) => {
    const file = join(recordsFolder(), folder, `000000000000_waflogs_cloudfront_tickets_${name}.log.gz`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      `${file}.part`,
      packed([record({ rule, inside: '' }), record({ rule, inside: '', ip: '198.51.100.9' })]),
    );
    cpSync(`${file}.part`, file);
  };
  const heard = async () => (await slackMessages()).filter(({ shown }) => shown.includes(rule));
  leave(`${rule}-a`);
  leave(`${rule}-b`);
  await sleep(5000);
  leave(`${rule}-a`);
  const [first] = await until('the message', 150, async () => {
    const found = await heard();
    return found.length > 0 ? found : undefined;
  });
  expect(first?.shown).toContain('4 blocked');
  expect(first?.shown).not.toMatch(/203\.0\.113\.7|198\.51\.100\.9|ann@/);
  // As long again as the window and the tries of an event.
  await sleep(90_000);
  expect(await heard()).toHaveLength(1);
}, 360_000);
