/** The real program against an API server and the Slack stand-in, both in this process. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { openSlack } from '../alerts/channels/slack.ts';
import { isEndNotified, notifiedAnnotation } from '../lib/kube/notified.ts';
import { startSlack } from '../local/outside/slack/server.ts';
import { annotationText, readState } from './notified.ts';
import { startNotifier } from './notifier.ts';
import {
  APPLICATIONS_PATH,
  deploymentsPath,
  type Given,
  PIPELINE_RUNS_PATH,
  startApiServer,
  TASK_RUNS_PATH,
} from './testing/api-server.ts';
import { applications, deployment, runs, taskRuns } from './testing/objects.ts';

type Stoppable = { stop(): Promise<void> };
const started: Stoppable[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

const now = (offsetSeconds = 0) => new Date(Date.now() + offsetSeconds * 1000).toISOString();
const given = (object: unknown) => object as Given;

async function bed() {
  const api = await startApiServer();
  const standIn = await startSlack({ port: 0, log: () => {}, ratePerSecond: 1000 });
  started.push(api, standIn);
  const lines: string[] = [];
  const notifier = async (name = 'notifier-1', resyncMs = 60_000) => {
    const log = (level: string, message: string, fields = {}) =>
      void lines.push(JSON.stringify({ level, message, ...fields }));
    // A message that is taken but answered too late is sent again, so on a busy machine a request needs its time.
    const times = { timeoutMs: 10_000, budgetMs: 1000, paceMs: 0, backoffMs: 20 };
    const channel = openSlack(standIn.webhookUrl, log, times);
    const addresses = { forge: 'http://localhost:3000/tickets', argocd: 'http://argocd.localhost' };
    const running = await startNotifier({
      watch: ['pipelineruns', 'applications'],
      config: api.config,
      channels: [{ ...channel, name: 'slack' }],
      addresses,
      log,
      name,
      port: 0,
      resyncMs,
    });
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= running.stop();
      return stopping;
    };
    started.push({ stop });
    return { ...running, stop };
  };
  const sent = () => standIn.messages.map(({ payload }) => payload.text ?? '');
  return { api, standIn, notifier, sent, lines };
}

async function until(condition: () => boolean, what: string, ms = 8000) {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}`);
    await pause(10);
  }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('G25: a push is notified as run, live in dev, live in prod; a restart repeats nothing', async () => {
  const { api, notifier, sent, standIn } = await bed();
  const first = await notifier();
  api.put(deploymentsPath('dev'), given(deployment('waiting')));
  api.put(APPLICATIONS_PATH, given(applications.waiting()));
  api.put(PIPELINE_RUNS_PATH, given(runs.running()));
  // Argo CD is faster than the run's last pod: its news waits for the run's.
  api.put(deploymentsPath('dev'), given(deployment('live')));
  api.put(APPLICATIONS_PATH, given(applications.live({ end: now() })));
  await pause(300);
  expect(sent()).toEqual([]);
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now() })));
  await until(() => sent().length === 2, 'run and dev');
  api.put(deploymentsPath('prod'), given(deployment('live', { environment: 'prod' })));
  api.put(APPLICATIONS_PATH, given(applications.live({ environment: 'prod', end: now() })));
  await until(() => sent().length === 3, 'prod');
  expect(sent()).toEqual([
    '✅ ticket · dev · pipeline released – “Sell two at once” – 홍길동',
    '🚀 ticket · dev · live – “Sell two at once” – 홍길동',
    '🚀 ticket · prod · live – “Sell two at once” – 홍길동',
  ]);
  expect(standIn.messages[0]?.shown).toContain(
    'Commit: 01234567 <http://localhost:3000/tickets/ticket/commit/0123456789abcdef',
  );
  await first.stop();

  await notifier('notifier-2');
  api.put(APPLICATIONS_PATH, given(applications.live({ end: now(), revision: 'c'.repeat(40) })));
  await pause(400);
  expect(sent()).toHaveLength(3);
});

test('what happened while it was down is notified afterwards, in its order', async () => {
  const { api, notifier, sent } = await bed();
  api.put(deploymentsPath('prod'), given(deployment('live', { environment: 'prod' })));
  api.put(APPLICATIONS_PATH, given(applications.live({ environment: 'prod', end: now(-10) })));
  api.put(deploymentsPath('dev'), given(deployment('live')));
  api.put(APPLICATIONS_PATH, given(applications.live({ end: now(-20) })));
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now(-30) })));
  await notifier();
  await until(() => sent().length === 3, 'three messages');
  expect(sent().map((text) => text.split(' – ')[0])).toEqual([
    '✅ ticket · dev · pipeline released',
    '🚀 ticket · dev · live',
    '🚀 ticket · prod · live',
  ]);
});

test('stopped before its first list is complete, it leaves the messages to the next one', async () => {
  const { api, notifier, sent, lines } = await bed();
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now() })));
  api.unlistable.add(APPLICATIONS_PATH);
  // The time to give the list up never comes.
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  const first = await notifier();
  await pause(100);
  await first.stop();
  clock.mockRestore();
  expect(sent()).toEqual([]);
  expect(lines.at(-1)).toContain('notifier stopped');
  api.unlistable.clear();
  await notifier('notifier-2');
  await until(() => sent().length === 1, 'the run');
}, 15_000);

test('a failed run names task, step, exit code and reason', async () => {
  const { api, notifier, sent, standIn } = await bed();
  await notifier();
  for (const taskRun of [taskRuns.cloned(), taskRuns.stepFailed(), taskRuns.cancelledBeside()])
    api.put(TASK_RUNS_PATH, given(taskRun));
  api.put(PIPELINE_RUNS_PATH, given(runs.failed({ end: now() })));
  await until(() => sent().length === 1, 'the failure');
  expect(sent()[0]).toContain('Failed: task unit-test, step test, exit code 2, StepFailed');
  expect(standIn.messages[0]?.shown).toContain('"step-test" exited with code 2: Error');
});

test('G25: dropped watches, 410 Gone and 409 on the mark: nothing is lost and nothing doubled', async () => {
  const { api, notifier, sent } = await bed();
  await notifier();
  await until(() => api.watches === 2, 'both watches');
  api.dropWatches();
  api.put(PIPELINE_RUNS_PATH, given(runs.released('superseded', { sha: '1'.repeat(40), end: now() })));
  await until(() => sent().length === 1, 'the run that ended without a watch');

  api.dropWatches();
  api.compact();
  api.put(PIPELINE_RUNS_PATH, given(runs.released('unchanged', { sha: '2'.repeat(40), end: now() })));
  await until(() => sent().length === 2, 'the run that ended before the compaction');

  // Another writer changes the object before each of the first three patches.
  let writes = 0;
  const app = applications.live({ end: now() });
  api.beforePatch = (path) => {
    if (path.startsWith(APPLICATIONS_PATH) && writes < 3) {
      writes += 1;
      api.put(APPLICATIONS_PATH, given({ ...app, status: { ...app.status, reconciledAt: now() } }));
    }
    return undefined;
  };
  api.put(deploymentsPath('dev'), given(deployment('live')));
  api.put(APPLICATIONS_PATH, given(app));
  await until(
    () => readState(api.get(`${APPLICATIONS_PATH}/ticket-dev`) ?? {}, 'slack').release !== undefined,
    'the mark',
  );
  await pause(200);
  expect(writes).toBe(3);
  expect(sent().map((text) => text.split(' – ')[0])).toEqual([
    '⏭️ ticket · dev · pipeline superseded',
    '✅ ticket · dev · pipeline unchanged',
    '🚀 ticket · dev · live',
  ]);
});

test('sent but not recorded, because the API server is down: recorded later, and not repeated', async () => {
  const { api, notifier, sent } = await bed();
  await notifier();
  let patches = 0;
  api.beforePatch = () => {
    patches += 1;
    return patches >= 2 && patches <= 4 ? 500 : undefined; // the claim is taken, the mark is not
  };
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now() })));
  const path = `${PIPELINE_RUNS_PATH}/${runs.released().metadata.name}`;
  await until(() => readState(api.get(path) ?? {}, 'slack').ended === 'released', 'the mark', 15_000);
  expect(sent()).toHaveLength(1);
  expect(readState(api.get(path) ?? {}, 'slack').claim).toBeUndefined();
}, 20_000);

test('a run whose record is late holds up no deployment', async () => {
  const { api, notifier, sent } = await bed();
  await notifier();
  let patches = 0;
  api.beforePatch = (path) => {
    if (!path.startsWith(PIPELINE_RUNS_PATH)) return undefined;
    patches += 1;
    return patches > 1 ? 500 : undefined; // the claim is taken, the record is not
  };
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now() })));
  await until(() => sent().length === 1, 'the run');
  api.put(deploymentsPath('dev'), given(deployment('live')));
  api.put(APPLICATIONS_PATH, given(applications.live({ end: now() })));
  await until(() => sent().length === 2, 'the deployment');
}, 20_000);

test('two notifiers at once send each message once', async () => {
  const { api, notifier, sent } = await bed();
  await notifier('one');
  await notifier('two');
  for (let index = 0; index < 8; index += 1) {
    const sha = String(index).repeat(40);
    api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { sha, subject: `change ${index}`, end: now() })));
  }
  await until(() => sent().length >= 8, 'all eight');
  await pause(300);
  expect(new Set(sent()).size).toBe(8);
  expect(sent()).toHaveLength(8);
});

test('the claim of a dead notifier holds the message back until it lapses', async () => {
  const { api, notifier, sent } = await bed();
  const run = runs.released('released', { end: now() });
  const claim = { by: 'dead', until: now(0.8) };
  run.metadata.annotations = {
    ...run.metadata.annotations,
    [notifiedAnnotation]: annotationText({}, 'slack', { claim }),
  };
  api.put(PIPELINE_RUNS_PATH, given(run));
  await notifier('alive');
  await pause(400);
  expect(sent()).toEqual([]);
  await until(() => sent().length === 1, 'the message after the claim');
});

test('Slack down: nothing is recorded, and all is sent once it is back', async () => {
  const { api, notifier, sent, standIn } = await bed();
  standIn.setMode('down');
  await notifier();
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now() })));
  await pause(1500);
  const path = `${PIPELINE_RUNS_PATH}/${runs.released().metadata.name}`;
  expect(readState(api.get(path) ?? {}, 'slack').ended).toBeUndefined();
  standIn.setMode('ok');
  await until(() => sent().length === 1 && readState(api.get(path) ?? {}, 'slack').ended === 'released', 'the message');
});

test('refused for good: one log line, recorded, and the next message goes out', async () => {
  const { api, notifier, sent, lines } = await bed();
  const standIn = started[1] as unknown as { webhookUrl: string };
  expect(standIn.webhookUrl).toContain('/services/');
  const log = (level: string, message: string, fields = {}) =>
    void lines.push(JSON.stringify({ level, message, ...fields }));
  const wrong = openSlack(standIn.webhookUrl.replace('/services/', '/nothing/'), log);
  const addresses = { forge: 'http://f', argocd: 'http://a' };
  started.push(
    await startNotifier({
      watch: ['pipelineruns', 'applications'],
      config: api.config,
      channels: [{ ...wrong, name: 'slack' }],
      addresses,
      log,
      name: 'wrong',
      port: 0,
    }),
  );
  api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { end: now() })));
  const path = `${PIPELINE_RUNS_PATH}/${runs.released().metadata.name}`;
  await until(() => readState(api.get(path) ?? {}, 'slack').ended === 'released', 'the mark');
  expect(lines.filter((line) => line.includes('HTTP 404 no_service'))).toHaveLength(1);
  expect(lines.join('\n')).not.toContain('stand-in-no-secret');
  await notifier('right');
  await pause(300);
  expect(sent()).toEqual([]);
});

test('a channel that is down delays no other, and gets its message once it is back', async () => {
  const { api, standIn, sent } = await bed();
  const other = await startSlack({ port: 0, log: () => {} });
  // One after the other, the second message would come a minute later.
  const times = { timeoutMs: 10_000, budgetMs: 60_000, paceMs: 0, backoffMs: 20 };
  const log = () => {};
  started.push(
    other,
    await startNotifier({
      watch: ['pipelineruns'],
      config: api.config,
      channels: [
        { ...openSlack(standIn.webhookUrl, log, times), name: 'slack' },
        { ...openSlack(other.webhookUrl, log, times), name: 'other' },
      ],
      addresses: { forge: 'http://f', argocd: undefined },
      log,
      name: 'notifier-1',
      port: 0,
    }),
  );
  other.setMode('down');
  for (const sha of ['1', '2'])
    api.put(PIPELINE_RUNS_PATH, given(runs.released('released', { sha: sha.repeat(40), end: now() })));
  await until(() => sent().length === 2, 'both messages at the channel that is up');
  other.setMode('ok');
  await until(() => other.messages.length === 2, 'both messages at the other');
  const annotations = () => api.get(`${PIPELINE_RUNS_PATH}/ticket-main-${'1'.repeat(12)}`)?.metadata.annotations;
  await until(() => isEndNotified(annotations()), 'the record');
  expect([sent().length, other.messages.length]).toEqual([2, 2]);
}, 15_000);

test('an Application that is written again without news costs no further look', async () => {
  const { api, notifier, sent } = await bed();
  await notifier();
  const path = deploymentsPath('dev');
  const looks = () => api.requests.filter((request) => request === `GET ${path}/ticket`).length;
  api.put(path, given(deployment('live')));
  api.put(APPLICATIONS_PATH, given(applications.live({ end: now() })));
  await until(() => sent().length === 1 && looks() >= 2, 'the message, and the look after it');
  await pause(200);
  const before = looks();
  for (let index = 0; index < 3; index += 1) {
    const app = api.get(`${APPLICATIONS_PATH}/ticket-dev`);
    api.put(APPLICATIONS_PATH, given({ ...app, metadata: { ...app?.metadata, generation: index } }));
    await pause(50);
  }
  expect(looks()).toBe(before);
});

test('many old runs at a first install make one message', async () => {
  const { api, notifier, sent, standIn } = await bed();
  for (let index = 0; index < 60; index += 1) {
    const sha = index.toString(16).padStart(40, '0');
    const start = now(-7200 - index * 60);
    const reverse = sha.split('').reverse().join('');
    api.put(
      PIPELINE_RUNS_PATH,
      given(runs.released('released', { sha: reverse, start, end: now(-7100 - index * 60) })),
    );
  }
  // A release that has been running for a week is how things stand.
  api.put(deploymentsPath('dev'), given(deployment('live', { sha: 'd'.repeat(40) })));
  api.put(APPLICATIONS_PATH, given(applications.live({ end: now(-7 * 86_400) })));
  await notifier();
  await until(() => sent().length === 21, 'one message for forty runs and twenty for the newest');
  await pause(200);
  expect(sent()).toHaveLength(21);
  expect(sent()[0]).toMatch(/^🗂️ 40 earlier pipeline runs/);
  expect(standIn.messages[0]?.shown).toContain('ticket: 40 released');
  expect(readState(api.get(`${APPLICATIONS_PATH}/ticket-dev`) ?? {}, 'slack').release).toBeDefined();
}, 15_000);

test('health endpoints: ready while both kinds are watched', async () => {
  const { api, notifier } = await bed();
  const { port } = await notifier();
  await until(() => api.watches === 2, 'both watches');
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  expect([await status('/healthz'), await status('/readyz'), await status('/else')]).toEqual([200, 200, 404]);
  api.unlistable.add(APPLICATIONS_PATH);
  api.dropWatches();
  await until(() => api.watches < 2, 'the broken watch');
  await pause(100);
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
});
