import { expect, test } from '@jest/globals';
import type { Application, Deployment } from '../lib/kube/objects.ts';
import { judge, type Verdict } from './applications.ts';
import { type Memory, TROUBLES } from './memory.ts';
import { applications as apps, at, deployment } from './testing/objects.ts';

const addresses = { forge: 'http://localhost:3000/tickets', argocd: 'http://argocd.localhost' };
const NOW = Date.parse(at(3600));
const live = deployment('live');
const look = (app: Application, memory: Memory = {}, running: Deployment | undefined = live, now = NOW) =>
  judge(app, running, memory, addresses, now);
const short = (verdict: Verdict) =>
  verdict.verdict === 'tell'
    ? `${verdict.event.result}`
    : verdict.verdict === 'wait'
      ? `wait ${verdict.ms}`
      : verdict.verdict;
const memoryAfter = (verdict: Verdict): Memory => {
  if (verdict.verdict !== 'tell' && verdict.verdict !== 'remember') throw new Error(`nothing told: ${verdict.verdict}`);
  return verdict.memory;
};

test('a new release that is Synced and Healthy is told once', () => {
  const first = look(apps.live());
  expect(short(first)).toBe('deployed');
  expect(first).toMatchObject({
    event: {
      service: 'ticket',
      environment: 'dev',
      commit: { subject: 'Sell two at once', author: '홍길동' },
      duration: 12,
      links: [{ label: 'commit' }, { label: 'Argo CD', url: 'http://argocd.localhost/applications/argocd/ticket-dev' }],
    },
  });
  const memory = memoryAfter(first);
  expect(short(look(apps.live(), memory))).toBe('nothing');
  // A change of the platform moves the revision of every Application, and is no release.
  expect(short(look(apps.live({ revision: 'c'.repeat(40), end: at(500) }), memory))).toBe('nothing');
  expect(short(look(apps.live(), memory, deployment('live', { sha: 'e'.repeat(40) })))).toBe('deployed');
  expect(short(look(apps.live(), memory, deployment('live', { digest: 'b' })))).toBe('deployed');
});

test('without a web interface of Argo CD there is no link to it', () => {
  const verdict = judge(apps.live(), live, {}, { ...addresses, argocd: undefined }, NOW);
  expect(verdict).toMatchObject({ event: { links: [{ label: 'commit' }] } });
});

test('waiting for the first release, progressing, and an operation under way are not news', () => {
  expect(short(look(apps.waiting(), {}, deployment('waiting')))).toBe('nothing');
  expect(short(look(apps.progressing(), {}, deployment('rolling')))).toBe('nothing');
  expect(short(look({ ...apps.live(), operation: { sync: {} } }))).toBe('nothing');
  expect(short(look({ ...apps.live(), status: {} }))).toBe('nothing');
});

test('Healthy of the release before, while the new one rolls out, is not yet deployed', () => {
  expect(short(look(apps.live(), {}, deployment('rolling')))).toBe('wait 3000');
});

test('a release found deployed long ago is remembered without a word', () => {
  const found = look(apps.live(), {}, live, Date.parse(at(112)) + 25 * 3600_000);
  expect(found.verdict).toBe('remember');
  expect(short(look(apps.live(), memoryAfter(found)))).toBe('nothing');
});

test('what the first sync of a cluster made anew brings is remembered without a word, the next release is told', () => {
  const anew = { ...apps.live(), status: { ...apps.live().status, history: [{ revision: 'a' }] } };
  const found = look(anew);
  expect(found.verdict).toBe('remember');
  expect(short(look(anew, memoryAfter(found)))).toBe('nothing');
  const later = { ...anew, status: { ...anew.status, history: [{ revision: 'a' }, { revision: 'b' }] } };
  expect(short(look(later, memoryAfter(found), deployment('live', { sha: 'e'.repeat(40) })))).toBe('deployed');
  // A new service was synced once while it waited.
  expect(short(look(later))).toBe('deployed');
});

test('sync failed: told once for its cause, whatever the attempt; then recovered', () => {
  const healthy = memoryAfter(look(apps.live()));
  const failed = look(apps.syncFailed(), healthy);
  expect(failed).toMatchObject({
    event: {
      result: 'sync failed',
      reason: expect.stringContaining('Deployment ticket: Deployment.apps "ticket" is invalid'),
    },
  });
  const memory = memoryAfter(failed);
  expect(short(look(apps.syncFailed(undefined, at(400)), memory))).toBe('nothing');
  expect(short(look(apps.syncFailed('namespaces "dev" is forbidden'), memory))).toBe('sync failed');
  const well = look(apps.live({ revision: 'c'.repeat(40) }), memory);
  expect(short(well)).toBe('recovered');
  expect(memoryAfter(well)).toEqual(healthy);
});

test('Failed at an older revision than the one that is Synced is past', () => {
  const app = apps.syncFailed();
  if (app.status) app.status.sync = { status: 'Synced', revision: 'c'.repeat(40) };
  const healthy = memoryAfter(look(apps.live()));
  expect(short(look(app, healthy))).toBe('nothing');
});

test('a sync that is tried again and again without ever saying Failed is told after a while', () => {
  expect(short(look(apps.retrying(), {}, live, Date.parse(at(160))))).toBe('wait 60000');
  const told = look(apps.retrying(), {}, live, Date.parse(at(230)));
  expect(short(told)).toBe('sync failed');
  const given = apps.retrying();
  if (given.status?.operationState) {
    given.status.operationState.phase = 'Failed';
    given.status.operationState.message = 'one or more objects failed to apply, reason: timeout (retried 5 times).';
  }
  expect(short(look(given, memoryAfter(told)))).toBe('nothing');
});

test('degraded: told after it has lasted, with the cause; once; then recovered', () => {
  const healthy = memoryAfter(look(apps.live()));
  const stuck = deployment('stuck');
  expect(short(look(apps.degraded(at(712)), healthy, stuck, Date.parse(at(722))))).toBe('wait 50000');
  const degraded = look(apps.degraded(), healthy, stuck);
  expect(degraded).toMatchObject({
    event: {
      result: 'degraded',
      reason:
        'Caused by apps/Deployment:dev/ticket\nProgressDeadlineExceeded: ReplicaSet "ticket-5d4f8c7b9" has timed out progressing.',
    },
  });
  const memory = memoryAfter(degraded);
  expect(short(look(apps.degraded(at(900)), memory, stuck))).toBe('nothing');
  expect(short(look(apps.progressing(), memory))).toBe('nothing');
  expect(short(look(apps.live({ end: at(1000) }), memory))).toBe('recovered');
});

test('a fix that is a new release is one message, not two', () => {
  const memory = memoryAfter(look(apps.degraded(), memoryAfter(look(apps.live())), deployment('stuck')));
  const fixed = look(apps.live({ end: at(1000) }), memory, deployment('live', { sha: 'e'.repeat(40) }));
  expect(fixed).toMatchObject({ event: { result: 'deployed', reason: 'recovered with this release' } });
  expect(memoryAfter(fixed).troubles).toBeUndefined();
});

test('git that cannot be read or rendered is told when it lasts longer than a restart of the forge', () => {
  expect(short(look(apps.comparisonError(), {}, live, Date.parse(at(260))))).toBe('wait 120000');
  expect(short(look(apps.comparisonError(), {}, live, Date.parse(at(400))))).toBe('sync failed');
});

test('a waiting service whose sync failed has recovered when it waits again', () => {
  const memory = memoryAfter(look(apps.syncFailed(), {}, deployment('waiting')));
  expect(short(look(apps.waiting(), memory, deployment('waiting')))).toBe('recovered');
});

test('a fault that changes its words is told so many times and no more', () => {
  let memory: Memory = {};
  let told = 0;
  for (const word of 'abcdefghijklmnop') {
    const verdict = look(apps.syncFailed(`cause ${word} ${word}`), memory);
    if (verdict.verdict !== 'tell') continue;
    told += 1;
    memory = verdict.memory;
  }
  expect(told).toBe(TROUBLES);
});

test('in any order and any repetition of states, each thing is told once', () => {
  const states: [Application, Deployment][] = [
    [apps.waiting(), deployment('waiting')],
    [apps.progressing(), deployment('rolling')],
    [apps.live(), live],
    [apps.progressing(), deployment('rolling')],
    [apps.live(), live],
    [apps.live({ revision: 'c'.repeat(40) }), live],
    [apps.live(), live],
  ];
  const told = (sequence: typeof states) => {
    let memory: Memory = {};
    return sequence.flatMap(([app, running]) => {
      const verdict = judge(app, running, memory, addresses, NOW);
      if (verdict.verdict !== 'tell') return [];
      memory = verdict.memory;
      return [verdict.event.result];
    });
  };
  expect(told(states)).toEqual(['deployed']);
  expect(told([...states].reverse())).toEqual(['deployed']);
  expect(told(states.flatMap((state) => [state, state, ...states.slice(0, 3)]))).toEqual(['deployed']);
});
