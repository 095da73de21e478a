import { beforeAll, expect, test } from '@jest/globals';
import type { FailoverStep } from '../alerts/event.ts';
import { failoverText, failoverTitle } from '../alerts/failover.ts';
import { notifyAws } from './aws/notify.ts';
import type { Config } from './config.ts';
import { config, execute, subject, timeAt, values } from './execution.testing.ts';
import { eventOf } from './invariants.testing.ts';
import type { Scenario } from './matrix.testing.ts';
import { type Model, modelOf } from './model.testing.ts';
import { base } from './recovery.testing.ts';
import type { Branch } from './types.ts';

/** Every message of a run, with the time in it. */
async function notified(
  what: Partial<Scenario>,
  {
    fence = 'ok',
    input = eventOf({ ...base, ...what }, 'event-1', 0),
  }: { fence?: Model['faults']['fence']; input?: object } = {},
): Promise<FailoverStep[]> {
  const events: FailoverStep[] = [];
  const model = modelOf({ ...base, ...what }, 'ok');
  model.faults.fence = fence;
  await execute(
    model,
    input,
    'run-1',
    {},
    {
      ...subject,
      ports: (ports) => {
        const notify = ports.notify;
        return Object.defineProperty(Object.create(ports) as typeof ports, 'notify', {
          value: (event: FailoverStep) => {
            events.push(event);
            return notify(event);
          },
        });
      },
    },
  );
  return events;
}
beforeAll(() => {
  Error.stackTraceLimit = 0;
});

test('a lost region is notified in four steps, with the branch, the time since the alarm and the lag', async () => {
  const events = await notified({ trigger: 'region', seoulDatabase: 'fail' });
  expect(events.map(({ result }) => result)).toEqual(['begun', 'promoted', 'traffic moved', 'failed over']);
  for (const event of events)
    expect(event).toMatchObject({ branch: 'region-failure', mode: 'live', incident: 'dr-1', lag: 0.8 });
  const seconds = events.map((event) => event.seconds ?? -1);
  expect(seconds).toEqual([...seconds].sort((one, other) => one - other));
  expect(events[1]?.seconds).toBeGreaterThan(90);
  const [begun, , , done] = events;
  expect(begun?.details).toContain('witness: database fail, services fail, region fail');
  expect(done?.details).toEqual([
    'decided for region-failure',
    "asked for the promotion of Tokyo's database",
    'the accelerator sends all traffic to Tokyo',
    'nodes: 2 → 6',
    'Tokyo writes and serves',
  ]);
  expect(done?.todo).toMatch(/docs\/stores\.md/);
});

test.each<[string, Partial<Scenario>, string, RegExp, RegExp]>([
  [
    'a lag above the objective',
    { trigger: 'region', seoulDatabase: 'fail', tokyoDatabase: 'lagging' },
    'failed over',
    /25 s, more than the objective of 10 s/,
    /check bookings/,
  ],
  [
    'a lag that nobody knows',
    { trigger: 'region', seoulDatabase: 'fail', tokyoDatabase: 'lag unknown' },
    'failed over',
    /nothing was measured/,
    /check bookings/,
  ],
  [
    'probes that do not know',
    { trigger: 'unknown' },
    'no action',
    /witness: database ok, services unknown/,
    /nothing changed: the probes do not know/,
  ],
  ['an event that is wrong', { trigger: 'nonsense' }, 'refused', /trigger: given "disk-full"/, /nothing changed/],
  [
    'versions that differ',
    { trigger: 'region', seoulDatabase: 'fail', versions: 'differ' },
    'failed',
    /Permanent: version of Tokyo's database: given 16\.7, allowed 16\.8/,
    /nothing changed/,
  ],
  [
    'a promotion that AWS refuses',
    { trigger: 'region', seoulDatabase: 'fail', failover: 'invalid' },
    'failed',
    /InvalidGlobalClusterStateFault/,
    /database and traffic are where they were/,
  ],
  [
    'an accelerator that is down',
    { trigger: 'region', seoulDatabase: 'fail', traffic: 'down' },
    'failed',
    /Retryable: DescribeEndpointGroup/,
    /us-west-2 alone/,
  ],
  [
    'nodes that cannot be raised',
    { trigger: 'region', seoulDatabase: 'fail', nodes: 'invalid' },
    'failed',
    /node group of Tokyo: given 2, allowed 6 or more/,
    /look at it, then start the machine again/,
  ],
  [
    'services of Tokyo that do not answer',
    { trigger: 'region', seoulDatabase: 'fail', tokyoApp: 'fail' },
    'failed',
    /services of Tokyo: given fail/,
    /the steps are done/,
  ],
])('%s: the last message says it, and what to do', async (_, what, result, details, todo) => {
  const last = (await notified(what)).at(-1);
  expect(last?.result).toBe(result);
  expect(last?.details.join('\n')).toMatch(details);
  expect(last?.todo ?? '').toMatch(todo);
});

test('a dry run says what it would do, with the lag', async () => {
  const last = (await notified({ trigger: 'db', seoulDatabase: 'fail', mode: 'dry-run' })).at(-1);
  expect(last).toMatchObject({ result: 'dry run done', mode: 'dry-run', lag: 0.8 });
  expect(last?.details).toEqual([
    'fail over by db-failure',
    "promote Tokyo's database, with the loss of what has not arrived",
    'endpoint group of Tokyo: dial 0 → 100, weights 0, 0 → 0, 128',
    'endpoint group of Seoul: dial 100 → 0, weights 128, 10 → 0, 0',
    'nodes: 2 → 6',
  ]);
});

test.each<[Model['faults']['fence'], RegExp]>([
  ['down', /^the fence was not notified that Tokyo writes: SecretsManager\.ResourceNotFoundException/],
  ['denied', /^the fence was not notified that Tokyo writes: SecretsManager\.SecretsManagerException: AccessDenied/],
  ['unread', /^the fence may have received a later epoch than 1 before, and then ignores it: GetSecretValue of/],
])('a fence that is %s is named first, with what to do, and the end is a warning', async (fence, why) => {
  const events = await notified({ trigger: 'region', seoulDatabase: 'fail' }, { fence });
  const [, promoted, moved, ended] = events as [FailoverStep, FailoverStep, FailoverStep, FailoverStep];
  for (const { details, todo } of [promoted, ended]) {
    expect(details[0]).toMatch(why);
    expect(todo).toMatch(
      /write a later epoch of tokyo into the secret platform\/dr\/writer-epoch by hand: docs\/failover.md/,
    );
  }
  expect(ended.todo).toMatch(/check bookings/);
  expect([promoted.result, moved.result, ended.result]).toEqual([
    'promoted',
    'traffic moved',
    'failed over, not fenced',
  ]);
  expect(failoverTitle(ended)).toBe('⚠️ failover · live · region-failure · failed over, not fenced');
});

test('a run that failed says of its fence, too; where nothing was promoted, nobody is asked to fence Seoul', async () => {
  const lost = { trigger: 'region', seoulDatabase: 'fail' } as const;
  const still = (await notified({ ...lost, failover: 'invalid' }, { fence: 'denied' })).at(-1);
  expect(still).toMatchObject({
    result: 'failed',
    details: [expect.stringMatching(/^the fence was not notified/), expect.anything(), expect.anything()],
  });
  expect(still?.todo).toMatch(/^database and traffic are where they were/);
  const moved = (await notified({ ...lost, traffic: 'down' }, { fence: 'denied' })).at(-1);
  expect(moved?.todo).toMatch(/^before Seoul comes back, write a later epoch of tokyo/);
});

/** A person asks what would happen. */
const asks = (mode: 'dry-run' | 'live', trigger: Branch, source = 'dr.operator') => ({
  mode,
  trigger,
  event: { id: 'by-hand-1', time: timeAt(0), account: values.DR_ACCOUNT, source },
});
const well = { trigger: 'db', seoulDatabase: 'ok' } as const;

test('a dry run of a person says what would happen, and what the probes see beside it', async () => {
  const last = (await notified(well, { input: asks('dry-run', 'region-failure') })).at(-1);
  expect(last).toMatchObject({ result: 'dry run done', branch: 'region-failure' });
  expect(last?.details).toEqual([
    'assumed, as you said: region-failure. What the probes see now: no action',
    'Tokyo: database ok, services ok, region ok',
    'witness: database ok, services ok, region ok',
    'Tokyo itself: database ok, reader; services ok',
    'fail over by region-failure',
    "promote Tokyo's database, with the loss of what has not arrived",
    'endpoint group of Tokyo: dial 0 → 100, weights 0, 0 → 0, 128',
    'endpoint group of Seoul: dial 100 → 0, weights 128, 10 → 0, 0',
    'nodes: 2 → 6',
  ]);
});

test('what is assumed is for dry runs of a person alone, and needs a Tokyo that could take over', async () => {
  const ends = async (what: Partial<Scenario>, input: object) => (await notified(what, { input })).at(-1)?.result;
  expect(await ends(well, asks('live', 'region-failure'))).toBe('no action');
  expect(await ends(well, asks('dry-run', 'region-failure', 'dr.rehearsal'))).toBe('no action');
  expect(await ends({ ...well, tokyoApp: 'fail' }, asks('dry-run', 'svc-failure'))).toBe('no action');
  expect(await ends(well, asks('dry-run', 'svc-failure'))).toBe('dry run done');
});

test('SNS and Slack are notified at once, and one that fails keeps no message from the other', async () => {
  const [event] = (await notified({ trigger: 'unknown' })) as [FailoverStep];
  const withSlack: Config = (name) => (name === 'DR_SLACK_SECRET' ? 'platform/notifier/slack' : values[name]);
  const published: unknown[] = [];
  const clients = (sns: boolean) => ({
    sns: () => ({
      send: async ({ input }: { input?: unknown }) => {
        if (!sns) throw new Error('no topic');
        published.push(input);
      },
    }),
    secrets: () => ({ send: async () => ({ SecretString: '{"url":"https://hooks.example/services/T/B/secret"}' }) }),
  });
  const opened: string[] = [];
  const open = (outcome: object) =>
    ((url: string) => {
      opened.push(url);
      return { longestSendMs: 1, send: async () => outcome };
    }) as never;
  expect(await notifyAws(event, withSlack, clients(true), open({ outcome: 'sent' }))).toEqual({
    sent: expect.arrayContaining(['sns', 'slack']),
    failed: [],
  });
  const { subject: Subject, body: Message } = failoverText(event);
  expect(published).toEqual([{ TopicArn: 'arn:topic', Subject, Message }]);
  expect(opened).toEqual(['https://hooks.example/services/T/B/secret']);
  expect(await notifyAws(event, withSlack, clients(false), open({ outcome: 'sent' }))).toEqual({
    sent: ['slack'],
    failed: ['sns: no topic'],
  });
  const refused = await notifyAws(event, withSlack, clients(true), open({ outcome: 'refused', reason: 'HTTP 404' }));
  expect(refused).toEqual({ sent: ['sns'], failed: ['slack: HTTP 404'] });
  expect(await notifyAws(event, config, clients(true), open({ outcome: 'sent' }))).toEqual({
    sent: ['sns'],
    failed: [],
  });
});
