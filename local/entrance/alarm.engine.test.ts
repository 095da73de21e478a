/** From an attack on the built firewall to a message in Slack, by the function that AWS runs; S3 is a folder here, and the clock goes on by itself. */
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSlack } from '../../alerts/channels/slack.ts';
import { report } from '../../firewall/waf-report/report.ts';
import { reportedFile } from '../firewall/reported.ts';
import { until } from '../machine/process.ts';
import { startSlack } from '../outside/slack/server.ts';
import { startTestEntrance, type TestEntrance } from './entrance.testing.ts';

let entrance: TestEntrance;
let slack: Awaited<ReturnType<typeof startSlack>>;
beforeAll(async () => {
  entrance = await startTestEntrance({ firewall: true });
  slack = await startSlack({ port: 0, log: () => {}, ratePerSecond: 1000 });
}, 60_000);
afterAll(async () => {
  await entrance.stop();
  await slack.stop();
});

test('an attack is one message, with the rule, the network and the plain path, and nothing that the attacker sent', async () => {
  const attack = `/api/bookings/ann@example.com?q=${encodeURIComponent("1' OR '1'='1' UNION SELECT password FROM users --")}`;
  for (let time = 0; time < 3; time += 1) expect((await entrance.ask(attack)).status).toBe(403);
  const records = join(entrance.folder, 'records');
  const [key] = await until('a file of records', 30, async () => {
    const files = readdirSync(records, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.log.gz'),
    );
    return files.length > 0 ? files : undefined;
  });
  const late = 400_000;
  const channel = openSlack(slack.webhookUrl, () => {});
  const ports = {
    ...reportedFile(join(entrance.folder, 'told.json'), Date.now),
    now: () => new Date(Date.now() + late),
    sleep: async () => {},
    list: async () => [key as string],
    read: async (name: string) => createReadStream(join(records, name)),
    notify: async (event: Parameters<typeof channel.send>[0]) =>
      expect(await channel.send(event)).toEqual({ outcome: 'sent' }),
  };
  const event = {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'b' }, object: { key } },
  };
  const config = { bucket: 'b', windowSeconds: 300, graceSeconds: 0, timeoutSeconds: 600 };
  for (const id of ['1', '2', '3']) await report(event, id, ports, config);
  expect(slack.messages).toHaveLength(1);
  const shown = slack.messages[0]?.shown ?? '';
  expect(shown).toMatch(/firewall tickets · 3 blocked\n3 × 9\d{5} blocked · \?\? · 127\.0\.0\.0\/24\n/);
  expect(shown).toContain('3 × /api/bookings/*');
  expect(shown).not.toMatch(/ann@|UNION|127\.0\.0\.1/);
}, 90_000);
