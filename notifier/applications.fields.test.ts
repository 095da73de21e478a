/** What each field decides of whether and how an Application is notified. applications.test.ts has the scenarios. */
import { describe, expect, test } from '@jest/globals';
import type { Application, Deployment } from '../lib/kube/objects.ts';
import { changedAt, decide, deploymentOf, isSettled, stateOf } from './applications.ts';
import type { Notified } from './notified.ts';
import { application, applications as apps, at, deployment, REVISION } from './testing/objects.ts';

const addresses = { forge: 'http://forge.example/tickets', argocd: 'http://argocd.example' };
const NOW = Date.parse(at(3600));
const live = deployment('live');
const look = (app: Application, running: Deployment | undefined = live, notified: Notified = {}, now = NOW) =>
  decide(app, running, notified, addresses, now);
type Status = NonNullable<Application['status']>;
const changed = (app: Application, status: Partial<Status>): Application => ({
  ...app,
  status: { ...app.status, ...status },
});
const running = (
  spec: Partial<NonNullable<Deployment['spec']>>,
  status: Partial<NonNullable<Deployment['status']>> = {},
): Deployment => ({ ...live, spec: { ...live.spec, ...spec }, status: { ...live.status, ...status } });

describe('a release is live when all of its pods are', () => {
  const waits = { action: 'wait', ms: 3000 };
  test.each<[string, Deployment]>([
    ['paused', running({ paused: true })],
    ['another generation is observed', running({}, { observedGeneration: 3 })],
    ['too few are updated', running({}, { updatedReplicas: 1, replicas: 1, availableReplicas: 1 })],
    ['old ones are left', running({}, { replicas: 3 })],
    ['not all are available', running({}, { availableReplicas: 1 })],
    ['nothing is known of them', { ...live, status: {} }],
  ])('not yet: %s', (_, deployment) => expect(look(apps.live(), deployment)).toEqual(waits));

  test.each<[string, Deployment]>([
    [
      'without a wish for replicas one is enough',
      {
        ...live,
        spec: { template: live.spec?.template as never },
        status: { ...live.status, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      },
    ],
    ['more than asked for', running({}, { replicas: 3, updatedReplicas: 3, availableReplicas: 3 })],
  ])('live: %s', (_, deployment) => expect(look(apps.live(), deployment)).toMatchObject({ action: 'notify' }));

  test('found deployed for less than a day it is news, measured by its own rollout where that is known', () => {
    const day = 24 * 3600_000;
    const end = Date.parse(at(112));
    expect(look(apps.live(), live, {}, end + day)).toMatchObject({ action: 'notify', event: { result: 'deployed' } });
    expect(look(apps.live(), live, {}, end + day + 1)).toMatchObject({ action: 'record' });
    const conditions = [
      { type: 'Available', status: 'True' as const, lastUpdateTime: at(0) },
      { type: 'Progressing', status: 'True' as const, lastUpdateTime: at(500) },
    ];
    const later = running({}, { conditions });
    expect(look(apps.live(), later, {}, Date.parse(at(500)) + day)).toMatchObject({ action: 'notify' });
    expect(look(apps.live(), later, {}, Date.parse(at(500)) + day + 1)).toMatchObject({ action: 'record' });
    // The end of an earlier fault is notified, however old it is.
    expect(look(apps.live(), live, { problems: ['x'] }, end + 2 * day)).toMatchObject({ action: 'notify' });
  });

  test('its key is the image of the service, not of what runs beside it', () => {
    const image = (digest: string) => `r/x@sha256:${digest.repeat(64)}`;
    const containers = (...list: [string, string][]) =>
      running({ template: { spec: { containers: list.map(([name, image]) => ({ name, image })) } } });
    const keyOf = (deployment: Deployment) =>
      (look(apps.live(), deployment) as { notified?: Notified }).notified?.release?.split('@')[1];
    expect(keyOf(containers(['agent', image('b')], ['ticket', image('a')]))).toBe('a'.repeat(12));
    expect(keyOf(containers(['agent', image('b')]))).toBe('b'.repeat(12));
    expect(keyOf(containers(['ticket', 'r/x:1']))).not.toBe(keyOf(containers(['ticket', 'r/x:2'])));
    expect(keyOf(containers())).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('a failed sync', () => {
  const operationState = (more: object) => ({ ...apps.syncFailed().status?.operationState, ...more });
  test.each<[string, Partial<Status>, boolean]>([
    ['an error', { operationState: operationState({ phase: 'Error' }) }, true],
    ['of another revision, and still OutOfSync', { sync: { status: 'OutOfSync', revision: 'c' } }, true],
    ['of the revision that is Synced', { sync: { status: 'Synced', revision: REVISION } }, true],
    ['of another one than is Synced', { sync: { status: 'Synced', revision: 'c' } }, false],
    ['a first attempt that runs', { operationState: operationState({ phase: 'Running', retryCount: 0 }) }, false],
    [
      'a retry that has not failed yet',
      { operationState: operationState({ phase: 'Running', retryCount: 2, finishedAt: undefined }) },
      false,
    ],
    ['no operation', { operationState: {} }, false],
  ])('%s: news %#', (_, status, isNews) => {
    const decision = look(changed(apps.syncFailed(), status));
    const result = decision.action === 'notify' ? decision.event.result : '';
    expect(result === 'sync failed').toBe(isNews);
  });

  test('names the first three objects that failed, and hooks that did', () => {
    const failed = (name: string, more: object) => ({ kind: 'Job', name, message: 'no', ...more });
    const resources = [
      failed('fine', { status: 'Synced', hookPhase: 'Succeeded' }),
      failed('a', { status: 'SyncFailed' }),
      failed('b', { hookPhase: 'Failed' }),
      failed('c', { hookPhase: 'Error' }),
      failed('d', { status: 'SyncFailed' }),
    ];
    const status = {
      operationState: operationState({ message: undefined, syncResult: { revision: REVISION, resources } }),
    };
    expect(look(changed(apps.syncFailed(), status))).toMatchObject({
      event: { reason: 'Failed\nJob a: no\nJob b: no\nJob c: no' },
    });
  });

  test('an Application that Argo CD cannot read is one, of either kind, and only where it compares nothing', () => {
    const invalid = [{ type: 'InvalidSpecError', lastTransitionTime: at(0) }];
    expect(look(changed(apps.comparisonError(), { conditions: invalid }))).toMatchObject({
      event: { result: 'sync failed', reason: 'InvalidSpecError' },
      notified: { problems: ['comparison'] },
    });
    expect(look(changed(apps.comparisonError(), { conditions: [{ type: 'SyncError' }] })).action).toBe('none');
    expect(look(changed(apps.comparisonError(), { sync: { status: 'OutOfSync' } })).action).toBe('none');
  });
});

test('degraded: by which of its conditions, and not while a sync is under way', () => {
  const condition = (type: string, status: 'True' | 'False') => ({ type, status, reason: type, message: status });
  const conditions = [
    condition('Progressing', 'False'),
    condition('ReplicaFailure', 'True'),
    condition('Available', 'False'),
    condition('Progressing', 'True'),
    condition('ReplicaFailure', 'False'),
    condition('Available', 'True'),
    condition('Other', 'False'),
  ];
  expect(look(apps.degraded(), running({}, { conditions }))).toMatchObject({
    event: {
      reason: 'Caused by apps/Deployment:dev/ticket\nProgressing: False\nReplicaFailure: True\nAvailable: False',
    },
  });
  for (const phase of ['Running', 'Terminating'])
    expect(look(changed(apps.degraded(), { operationState: { phase, startedAt: at(0) } })).action).toBe('none');
  expect(look({ ...apps.degraded(), operation: {} }).action).toBe('none');
});

test('a service that waits has recovered only if something was wrong', () => {
  const waiting = deployment('waiting');
  expect(look(apps.waiting(), waiting, { release: 'r', problems: ['x'] })).toMatchObject({
    event: { result: 'recovered', reason: 'Caused by apps/Deployment:dev/ticket' },
    notified: { release: 'r' },
  });
  expect(look(apps.waiting(), waiting, { release: 'r' }).action).toBe('none');
  expect(look(changed(apps.live(), { sync: { status: 'OutOfSync' } }), live, { problems: ['x'] }).action).toBe('none');
});

test.each<[string, Partial<Status>, boolean]>([
  ['as it should be', {}, true],
  ['waiting', { health: { status: 'Suspended' } }, true],
  ['degraded', { health: { status: 'Degraded' } }, false],
  ['of unknown health', { health: {} }, false],
  ['out of sync', { sync: { status: 'OutOfSync' } }, false],
  ['at a sync', { operationState: { phase: 'Running' } }, false],
  ['with an error', { conditions: [{ type: 'SyncError' }] }, false],
  ['with a warning', { conditions: [{ type: 'OrphanedResourceWarning' }] }, true],
])('settled or not: %s', (_, status, settled) => {
  expect(isSettled(changed(apps.live(), status))).toBe(settled);
});

test('where its Deployment is, if it is in this cluster', () => {
  const of = (destination: object) => deploymentOf({ ...apps.live(), spec: { destination } });
  const here = { namespace: 'dev', name: 'ticket' };
  expect(of({ name: 'in-cluster', namespace: 'dev' })).toEqual(here);
  expect(of({ server: 'https://kubernetes.default.svc', namespace: 'dev' })).toEqual(here);
  expect(of({ server: 'https://tokyo.example', namespace: 'dev' })).toBeUndefined();
  expect(of({ name: 'tokyo', server: 'https://kubernetes.default.svc', namespace: 'dev' })).toBeUndefined();
  expect(of({ name: 'in-cluster' })).toBeUndefined();
  expect(deploymentOf({ metadata: apps.live().metadata })).toBeUndefined();
});

test('when it came to stand as it does: the latest of its times, or when it was made', () => {
  const of = (status: Status) => changedAt(application(status));
  expect(of({ health: { lastTransitionTime: at(7) }, operationState: { finishedAt: at(5) } })).toBe(Date.parse(at(7)));
  expect(of({ health: { lastTransitionTime: at(7) }, operationState: { finishedAt: at(9) } })).toBe(Date.parse(at(9)));
  expect(of({ operationState: { finishedAt: at(9) } })).toBe(Date.parse(at(9)));
  expect(of({ health: { lastTransitionTime: 'soon' } })).toBe(Date.parse(at(0)));
  expect(changedAt({ metadata: { ...apps.live().metadata, creationTimestamp: 'x' } })).toBe(0);
});

test('how long a release took is said of a release alone', () => {
  const started = { ...apps.live().status?.operationState, startedAt: at(200) };
  const early = look(changed(apps.live(), { operationState: started }));
  expect(early).toMatchObject({ action: 'notify' });
  expect((early as { event: object }).event).not.toHaveProperty('duration');
  expect((look(apps.degraded()) as { event: object }).event).not.toHaveProperty('duration');
});

test('a state is another one by each of the fields that decide, and by no other', () => {
  const base = changed(apps.live(), { conditions: [{ type: 'x', lastTransitionTime: at(0) }] });
  const operationState = base.status?.operationState;
  const states = [
    base,
    { ...base, metadata: { ...base.metadata, uid: 'other' } },
    { ...base, operation: {} },
    changed(base, { sync: { status: 'OutOfSync', revision: REVISION } }),
    changed(base, { sync: { status: 'Synced', revision: 'c' } }),
    changed(base, { health: { status: 'Degraded', lastTransitionTime: at(112) } }),
    changed(base, { health: { status: 'Healthy', lastTransitionTime: at(113) } }),
    changed(base, { operationState: { ...operationState, phase: 'Failed' } }),
    changed(base, { operationState: { ...operationState, startedAt: at(1) } }),
    changed(base, { operationState: { ...operationState, finishedAt: at(1) } }),
    changed(base, { operationState: { ...operationState, retryCount: 1 } }),
    changed(base, { conditions: [{ type: 'y', lastTransitionTime: at(0) }] }),
    changed(base, { conditions: [{ type: 'x', lastTransitionTime: at(1) }] }),
    changed(base, { conditions: [] }),
    { metadata: base.metadata },
  ].map(stateOf);
  expect(new Set(states).size).toBe(states.length);
  expect(stateOf({ ...base, metadata: { ...base.metadata, resourceVersion: '9' } })).toBe(stateOf(base));
});

test('of one cause counts, ids and attempts change nothing, and words do', () => {
  const problemOf = (app: Application) => (look(app) as { notified?: Notified }).notified?.problems?.[0] as string;
  const cause = (message: string) => problemOf(apps.syncFailed(message));
  expect(cause('pod a1b2c3 was away for 9 s')).toBe(cause('pod 99ff00aa12 was away for 10 s'));
  expect(cause('a dead pod')).not.toBe(cause('a faded pod'));
  const attempt = (phase: string, end: string) => {
    const message = `one or more objects failed to apply, reason: timeout${end}`;
    return problemOf(
      changed(apps.retrying(), { operationState: { ...apps.retrying().status?.operationState, phase, message } }),
    );
  };
  expect(attempt('Running', '. Retrying attempt #12 at 2026-11-23T10:09:10Z.')).toBe(problemOf(apps.retrying()));
  expect(attempt('Failed', ' (retried 15 times).')).toBe(problemOf(apps.retrying()));
});

test('what is stuck names the first five objects that are not as they should be', () => {
  const resources = [
    { kind: 'Service', name: 'a', status: 'Synced', health: { status: 'Healthy' } },
    { kind: 'ConfigMap', name: 'b' },
    { kind: 'Deployment', name: 'c', status: 'OutOfSync' },
    { kind: 'Ingress', name: 'd', status: 'Synced', health: { status: 'Progressing', message: 'no address' } },
    ...['e', 'f', 'g', 'h'].map((name) => ({ kind: 'Job', name, status: 'OutOfSync' })),
  ];
  const app = changed(apps.live(), { sync: { status: 'OutOfSync' }, resources });
  expect(decide(app, undefined, {}, addresses, NOW, NOW - 600_000)).toMatchObject({
    notified: { problems: ['stuck:'] },
    event: {
      reason:
        'for 10 minutes: OutOfSync, Healthy\nDeployment c: OutOfSync\nIngress d: Synced Progressing no address\nJob e: OutOfSync\nJob f: OutOfSync\nJob g: OutOfSync',
    },
  });
});
