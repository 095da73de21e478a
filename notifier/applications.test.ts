import { describe, expect, test } from '@jest/globals';
import type { Application, Deployment } from '../lib/kube/objects.ts';
import { type Decision, decide, isSettled } from './applications.ts';
import { MOST_PROBLEMS, type Notified } from './notified.ts';
import { applications as apps, at, deployment, REVISION } from './testing/objects.ts';

const addresses = { forge: 'http://localhost:3000/tickets', argocd: 'http://argocd.localhost' };
const NOW = Date.parse(at(3600));
const live = deployment('live');
const look = (app: Application, notified: Notified = {}, running: Deployment | undefined = live, now = NOW) =>
  decide(app, running, notified, addresses, now);
const short = (decision: Decision) =>
  decision.action === 'notify'
    ? `${decision.event.result}`
    : decision.action === 'wait'
      ? `wait ${decision.ms}`
      : decision.action;
const notifiedBy = (decision: Decision): Notified => {
  if (decision.action !== 'notify' && decision.action !== 'record')
    throw new Error(`nothing notified: ${decision.action}`);
  return decision.notified;
};
/** What is recorded of the release that runs. */
const releasedKey = () => notifiedBy(look(apps.live())).release as string;

test('a new release that is Synced and Healthy is notified once', () => {
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
  const notified = notifiedBy(first);
  expect(short(look(apps.live(), notified))).toBe('none');
  // A change of the platform moves the revision of every Application, and is no release.
  expect(short(look(apps.live({ revision: 'c'.repeat(40), end: at(500) }), notified))).toBe('none');
  expect(short(look(apps.live(), notified, deployment('live', { sha: 'e'.repeat(40) })))).toBe('deployed');
  expect(short(look(apps.live(), notified, deployment('live', { digest: 'b' })))).toBe('deployed');
});

test('without a web interface of Argo CD there is no link to it', () => {
  const decision = decide(apps.live(), live, {}, { ...addresses, argocd: undefined }, NOW);
  expect(decision).toMatchObject({ event: { links: [{ label: 'commit' }] } });
});

test('waiting for the first release, progressing, and an operation under way are not news', () => {
  expect(short(look(apps.waiting(), {}, deployment('waiting')))).toBe('none');
  expect(short(look(apps.progressing(), {}, deployment('rolling')))).toBe('none');
  expect(short(look({ ...apps.live(), operation: { sync: {} } }))).toBe('none');
  expect(short(look({ ...apps.live(), status: {} }))).toBe('none');
});

test('Healthy of the release before, while the new one rolls out, is not yet deployed', () => {
  expect(short(look(apps.live(), {}, deployment('rolling')))).toBe('wait 3000');
});

test('a release found deployed long ago is recorded without a message', () => {
  const found = look(apps.live(), {}, live, Date.parse(at(112)) + 25 * 3600_000);
  expect(found.action).toBe('record');
  expect(short(look(apps.live(), notifiedBy(found)))).toBe('none');
});

test('the first sync of a new cluster is recorded without a message, the next release is notified', () => {
  const recreated = { ...apps.live(), status: { ...apps.live().status, history: [{ revision: 'a' }] } };
  const found = look(recreated);
  expect(found.action).toBe('record');
  expect(short(look(recreated, notifiedBy(found)))).toBe('none');
  const later = { ...recreated, status: { ...recreated.status, history: [{ revision: 'a' }, { revision: 'b' }] } };
  expect(short(look(later, notifiedBy(found), deployment('live', { sha: 'e'.repeat(40) })))).toBe('deployed');
  // A new service was synced once while it waited.
  expect(short(look(later))).toBe('deployed');
});

test('sync failed: notified once for its cause, whatever the attempt; then recovered', () => {
  const healthy = notifiedBy(look(apps.live()));
  const failed = look(apps.syncFailed(), healthy);
  expect(failed).toMatchObject({
    event: {
      result: 'sync failed',
      reason: expect.stringContaining('Deployment ticket: Deployment.apps "ticket" is invalid'),
    },
  });
  const notified = notifiedBy(failed);
  expect(short(look(apps.syncFailed(undefined, at(400)), notified))).toBe('none');
  expect(short(look(apps.syncFailed('namespaces "dev" is forbidden'), notified))).toBe('sync failed');
  const well = look(apps.live({ revision: 'c'.repeat(40) }), notified);
  expect(short(well)).toBe('recovered');
  expect(notifiedBy(well)).toEqual(healthy);
});

test('Failed at an older revision than the one that is Synced is past', () => {
  const app = apps.syncFailed();
  if (app.status) app.status.sync = { status: 'Synced', revision: 'c'.repeat(40) };
  const healthy = notifiedBy(look(apps.live()));
  expect(short(look(app, healthy))).toBe('none');
});

test('a sync that is retried for ever is notified as failed after a while', () => {
  expect(short(look(apps.retrying(), {}, live, Date.parse(at(160))))).toBe('wait 60000');
  const failing = look(apps.retrying(), {}, live, Date.parse(at(230)));
  expect(short(failing)).toBe('sync failed');
  const given = apps.retrying();
  if (given.status?.operationState) {
    given.status.operationState.phase = 'Failed';
    given.status.operationState.message = 'one or more objects failed to apply, reason: timeout (retried 5 times).';
  }
  expect(short(look(given, notifiedBy(failing)))).toBe('none');
});

test('degraded: notified once it has lasted, with the cause; then recovered', () => {
  const healthy = notifiedBy(look(apps.live()));
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
  const notified = notifiedBy(degraded);
  expect(short(look(apps.degraded(at(900)), notified, stuck))).toBe('none');
  expect(short(look(apps.progressing(), notified))).toBe('none');
  expect(short(look(apps.live({ end: at(1000) }), notified))).toBe('recovered');
});

test('a fix that is a new release is one message, not two', () => {
  const notified = notifiedBy(look(apps.degraded(), notifiedBy(look(apps.live())), deployment('stuck')));
  const fixed = look(apps.live({ end: at(1000) }), notified, deployment('live', { sha: 'e'.repeat(40) }));
  expect(fixed).toMatchObject({ event: { result: 'deployed', reason: 'recovered with this release' } });
  expect(notifiedBy(fixed).problems).toBeUndefined();
});

test('an unreadable git is notified when it lasts longer than a restart of the forge', () => {
  expect(short(look(apps.comparisonError(), {}, live, Date.parse(at(260))))).toBe('wait 120000');
  expect(short(look(apps.comparisonError(), {}, live, Date.parse(at(400))))).toBe('sync failed');
});

test('a waiting service whose sync failed has recovered when it waits again', () => {
  const notified = notifiedBy(look(apps.syncFailed(), {}, deployment('waiting')));
  expect(short(look(apps.waiting(), notified, deployment('waiting')))).toBe('recovered');
});

test('a fault that changes its words is notified a few times and no more', () => {
  let notified: Notified = {};
  let sent = 0;
  for (const word of 'abcdefghijklmnop') {
    const decision = look(apps.syncFailed(`cause ${word} ${word}`), notified);
    if (decision.action !== 'notify') continue;
    sent += 1;
    notified = decision.notified;
  }
  expect(sent).toBe(MOST_PROBLEMS);
});

test('G25: in any order and repetition of states, each change is notified once', () => {
  const states: [Application, Deployment][] = [
    [apps.waiting(), deployment('waiting')],
    [apps.progressing(), deployment('rolling')],
    [apps.live(), live],
    [apps.progressing(), deployment('rolling')],
    [apps.live(), live],
    [apps.live({ revision: 'c'.repeat(40) }), live],
    [apps.live(), live],
  ];
  const results = (sequence: typeof states) => {
    let notified: Notified = {};
    return sequence.flatMap(([app, running]) => {
      const decision = decide(app, running, notified, addresses, NOW);
      if (decision.action !== 'notify') return [];
      notified = decision.notified;
      return [decision.event.result];
    });
  };
  expect(results(states)).toEqual(['deployed']);
  expect(results([...states].reverse())).toEqual(['deployed']);
  expect(results(states.flatMap((state) => [state, state, ...states.slice(0, 3)]))).toEqual(['deployed']);
});

describe('what lasts is news', () => {
  const seen = NOW - 600_000;
  const stuck = (
    status: Partial<NonNullable<Application['status']>>,
    notified: Notified = {},
    since: number | undefined = seen,
  ) => {
    const app = apps.live();
    const changed: Application = { ...app, status: { ...app.status, ...status } };
    return { settled: isSettled(changed), decision: decide(changed, live, notified, addresses, NOW, since) };
  };
  const lasting: [string, Partial<NonNullable<Application['status']>>, RegExp][] = [
    [
      'Progressing for ever, by an Ingress without an address',
      {
        health: { status: 'Progressing', lastTransitionTime: at(0) },
        resources: [{ kind: 'Ingress', name: 'ticket', status: 'Synced', health: { status: 'Progressing' } }],
      },
      /Synced, Progressing[\s\S]*Ingress ticket: Synced Progressing/,
    ],
    ['OutOfSync after a good sync', { sync: { status: 'OutOfSync', revision: REVISION } }, /OutOfSync, Healthy/],
    ['Missing', { health: { status: 'Missing', lastTransitionTime: at(0) } }, /Synced, Missing/],
    [
      'a hook that never ends',
      {
        operationState: {
          phase: 'Running',
          message: 'waiting for completion of hook batch/Job/migrate',
          startedAt: at(0),
        },
      },
      /Running: waiting for completion of hook/,
    ],
    ...['SyncError', 'UnknownError', 'DeletionError'].map(
      (type): [string, Partial<NonNullable<Application['status']>>, RegExp] => [
        type,
        { conditions: [{ type, message: 'no luck', lastTransitionTime: at(0) }] },
        new RegExp(`${type}: no luck`),
      ],
    ),
    [
      'an Application that was never compared',
      { sync: {}, health: {} },
      /not compared, of unknown health|for 10 minutes/,
    ],
  ];
  test.each(lasting)('%s: after ten minutes, in its own words, and once', (_, status, words) => {
    const { settled, decision } = stuck(status);
    expect([settled, short(decision)]).toEqual([false, 'stuck']);
    expect(decision).toMatchObject({ event: { reason: expect.stringMatching(words) } });
    expect(short(stuck(status, notifiedBy(decision)).decision)).toBe('none');
    expect(short(look(apps.live(), { ...notifiedBy(decision), release: releasedKey() }))).toBe('recovered');
  });
  test.each(lasting)('%s: not before', (_, status) => {
    expect(short(stuck(status, {}, NOW - 599_000).decision)).toBe('wait 1000');
  });
  test('an Application that stands as it should, or waits for its first release, is settled', () => {
    expect([isSettled(apps.live()), isSettled(apps.waiting())]).toEqual([true, true]);
  });
});
