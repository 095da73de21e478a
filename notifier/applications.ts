import { createHash } from 'node:crypto';
import type { ApplicationChanged, ApplicationResult, Commit } from '../alerts/event.ts';
import { annotation, label } from '../lib/kube/labels.ts';
import type { Application, Deployment } from '../lib/kube/objects.ts';
import { MOST_PROBLEMS, type Notified } from './notified.ts';
import { type Addresses, commitLink, commitOf } from './runs.ts';

export type Decision =
  | { action: 'none' }
  /** look again after so many milliseconds, even if nothing changes */
  | { action: 'wait'; ms: number }
  | { action: 'record'; notified: Notified }
  | { action: 'notify'; notified: Notified; event: ApplicationChanged };

/** A release found deployed at first sight and older than this is how things stand, not news; it bounds the first install. */
const NEWS_MS = 24 * 3600_000;
/** An autoscaler without metrics yet, or a pod moved to another node, shows Degraded for some seconds. */
const DEGRADED_MS = 60_000;
/** A restart of the forge or of Argo CD's repository server shows as ComparisonError until the next look at git. */
const COMPARISON_MS = 180_000;
/** Longer than a rollout that ends well: whatever lasts is news, though Argo CD calls it no failure. */
const STUCK_MS = 600_000;
/** With retries an operation stays Running between the attempts, so a sync that fails each time never says Failed in time. */
const RETRYING_MS = 120_000;

const NONE: Decision = { action: 'none' };

/**
 * What there is to notify about an Application as it stands, given what was notified. Level-based: it needs no order and no completeness
 * of events. Progressing, OutOfSync and Missing are news if they last; Suspended (a service waiting for its first release) is not.
 * `unsettledSince`: since when the Application is seen as `isSettled` says not.
 */
export function decide(
  application: Application,
  deployment: Deployment | undefined,
  notified: Notified,
  addresses: Addresses,
  now: number,
  unsettledSince?: number,
): Decision {
  const { sync, health } = application.status ?? {};
  const release = releaseOf(application, deployment);
  const notify = (result: ApplicationResult, next: Notified, reason?: string): Decision => ({
    action: 'notify',
    notified: next,
    event: eventOf(application, result, release?.commit, addresses, reason),
  });

  const problem = problemOf(application, deployment, release) ?? stuckOf(application, release, unsettledSince);
  if (problem) {
    const known = notified.problems ?? [];
    if (known.includes(problem.fingerprint) || known.length >= MOST_PROBLEMS) return NONE;
    const wait = problem.since + problem.holdMs - now;
    if (wait > 0) return { action: 'wait', ms: wait };
    return notify(problem.result, { ...notified, problems: [...known, problem.fingerprint] }, problem.reason);
  }

  if (sync?.status !== 'Synced' || isOperating(application)) return NONE;
  const well = notified.release === undefined ? {} : { release: notified.release };
  if (health?.status === 'Suspended') return notified.problems ? notify('recovered', well, health.message) : NONE;
  if (health?.status !== 'Healthy') return NONE;
  if (release && release.key !== notified.release) {
    // The health in hand may be of the release before; the Deployment's own status belongs to the annotations just read.
    if (!hasRolledOut(deployment)) return { action: 'wait', ms: 3000 };
    const isFirst = notified.release === undefined && !notified.problems;
    // What the very first sync brought was released before: a new cluster catches up with git. A new service waits first.
    const caughtUp = application.status?.history?.length === 1;
    if (isFirst && (caughtUp || now - rolledOutAt(application, deployment) > NEWS_MS))
      return { action: 'record', notified: { release: release.key } };
    return notify('deployed', { release: release.key }, notified.problems ? 'recovered with this release' : undefined);
  }
  return notified.problems ? notify('recovered', well) : NONE;
}

type Release = { key: string; commit: Commit };

/** A release is its commit and image: the same commit built again is another release, a platform change to the same one is not. */
function releaseOf(application: Application, deployment: Deployment | undefined): Release | undefined {
  const annotations = deployment?.metadata.annotations;
  const commit = commitOf(annotations?.[annotation.commit], annotations);
  if (!commit) return undefined;
  const service = serviceOf(application);
  const containers = deployment?.spec?.template?.spec?.containers ?? [];
  const image = (containers.find((container) => container.name === service) ?? containers[0])?.image ?? '';
  const digest = /sha256:([0-9a-f]{64})$/.exec(image)?.[1] ?? hash(image);
  return { key: `${commit.sha.slice(0, 12)}@${digest.slice(0, 12)}`, commit };
}

type Problem = { result: ApplicationResult; fingerprint: string; reason: string; since: number; holdMs: number };

function problemOf(
  application: Application,
  deployment: Deployment | undefined,
  release: Release | undefined,
): Problem | undefined {
  const { sync, health, conditions = [], operationState: operation } = application.status ?? {};

  const failed = operation?.phase === 'Failed' || operation?.phase === 'Error';
  // Synced at another revision than the one that failed: a later commit took the fault back, and there was nothing left to sync.
  const past = sync?.status === 'Synced' && operation?.syncResult?.revision !== sync.revision;
  const retrying =
    operation?.phase === 'Running' && operation.finishedAt !== undefined && (operation.retryCount ?? 0) > 0;
  if ((failed && !past) || retrying) {
    const reason = syncReason(operation);
    // Attempts differ in counts, times and revisions only; the same words for another release are news again.
    const cause = reason
      .replace(/\. Retrying attempt #\d+ at \S+| \(retried \d+ times\)\./, '')
      .replace(/[0-9a-f]+/g, (word) => (/\d/.test(word) ? '#' : word));
    return {
      result: 'sync failed',
      fingerprint: `sync:${hash(`${release?.key} ${cause}`)}`,
      reason,
      since: Date.parse(operation?.startedAt ?? ''),
      holdMs: retrying ? RETRYING_MS : 0,
    };
  }
  const blocked = conditions.find(({ type }) => type === 'ComparisonError' || type === 'InvalidSpecError');
  if (sync?.status === 'Unknown' && blocked) {
    const since = Date.parse(blocked.lastTransitionTime ?? '');
    return {
      result: 'sync failed',
      fingerprint: 'comparison',
      reason: blocked.message ?? blocked.type,
      since,
      holdMs: COMPARISON_MS,
    };
  }
  if (health?.status === 'Degraded' && !isOperating(application)) {
    const causes = (deployment?.status?.conditions ?? [])
      .filter(
        ({ type, status }) =>
          (type === 'Progressing' && status === 'False') ||
          (type === 'ReplicaFailure' && status === 'True') ||
          (type === 'Available' && status === 'False'),
      )
      .map(({ reason, message }) => `${reason}: ${message}`);
    return {
      result: 'degraded',
      fingerprint: `degraded:${release?.key ?? ''}`,
      reason: [health.message, ...causes].filter(Boolean).join('\n'),
      since: Date.parse(health.lastTransitionTime ?? ''),
      holdMs: DEGRADED_MS,
    };
  }
  return undefined;
}

const errorsOf = ({ status }: Application) => (status?.conditions ?? []).filter(({ type }) => type.endsWith('Error'));

/** Whether an Application stands as it should, or waits for its first release. */
export function isSettled(application: Application): boolean {
  const { sync, health } = application.status ?? {};
  return (
    sync?.status === 'Synced' &&
    (health?.status === 'Healthy' || health?.status === 'Suspended') &&
    !isOperating(application) &&
    errorsOf(application).length === 0
  );
}

/** What lasts, in Argo CD's words: its two states, what it is doing, its errors, and the objects that are not well. */
function stuckOf(
  application: Application,
  release: Release | undefined,
  since: number | undefined,
): Problem | undefined {
  if (since === undefined) return undefined;
  const { sync, health, operationState: operation, resources = [] } = application.status ?? {};
  const unwell = resources.filter(
    (one) => (one.status ?? 'Synced') !== 'Synced' || (one.health?.status ?? 'Healthy') !== 'Healthy',
  );
  return {
    result: 'stuck',
    fingerprint: `stuck:${release?.key ?? ''}`,
    reason: [
      `for ${STUCK_MS / 60_000} minutes: ${sync?.status ?? 'not compared'}, ${health?.status ?? 'of unknown health'}`,
      health?.message,
      isOperating(application) ? `${operation?.phase ?? 'a sync waits'}: ${operation?.message ?? 'no message'}` : '',
      ...errorsOf(application).map(({ type, message }) => `${type}: ${message}`),
      ...unwell
        .slice(0, 5)
        .map(({ kind, name, status, health }) =>
          [`${kind} ${name}:`, status, health?.status, health?.message].filter(Boolean).join(' '),
        ),
    ]
      .filter(Boolean)
      .join('\n')
      .slice(0, 5000),
    since,
    holdMs: STUCK_MS,
  };
}

function syncReason(operation: NonNullable<Application['status']>['operationState']): string {
  const resources = (operation?.syncResult?.resources ?? [])
    .filter(({ status, hookPhase }) => status === 'SyncFailed' || hookPhase === 'Failed' || hookPhase === 'Error')
    .slice(0, 3)
    .map(({ kind, name, message }) => `${kind} ${name}: ${message}`);
  return [operation?.message ?? operation?.phase, ...resources].join('\n').slice(0, 5000);
}

function isOperating(application: Application): boolean {
  const phase = application.status?.operationState?.phase;
  return application.operation !== undefined || phase === 'Running' || phase === 'Terminating';
}

/** The rule of `kubectl rollout status`. */
function hasRolledOut(deployment: Deployment | undefined): boolean {
  if (!deployment || deployment.spec?.paused) return false;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  return (
    observedGeneration >= (deployment.metadata.generation ?? 0) &&
    updatedReplicas >= (deployment.spec?.replicas ?? 1) &&
    replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas
  );
}

/** The end of the last rollout: the deployment controller leaves this time alone when it scales, and a sync without news does not touch it. */
function rolledOutAt(application: Application, deployment: Deployment | undefined): number {
  const progressing = deployment?.status?.conditions?.find(({ type }) => type === 'Progressing');
  return Date.parse(progressing?.lastUpdateTime ?? '') || changedAt(application);
}

/** When the Application came to stand as it does; the order in which Applications are notified. */
export function changedAt(application: Application): number {
  const { health, operationState: operation } = application.status ?? {};
  const times = [health?.lastTransitionTime, operation?.finishedAt]
    .map((time) => Date.parse(time ?? ''))
    .filter((time) => time > 0);
  return times.length > 0 ? Math.max(...times) : Date.parse(application.metadata.creationTimestamp ?? '') || 0;
}

/** Equal for two states that `decide` cannot distinguish (an Application is written every few minutes with nothing new in it). */
export function stateOf({ status, operation, metadata }: Application): string {
  const { sync, health, operationState: state, conditions } = status ?? {};
  return JSON.stringify([
    metadata.uid,
    operation !== undefined,
    [sync?.status, sync?.revision],
    [health?.status, health?.lastTransitionTime],
    [state?.phase, state?.startedAt, state?.finishedAt, state?.retryCount],
    conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
  ]);
}

export const serviceOf = (application: Application) => application.metadata.labels?.[label.service] ?? '';

/** Where the service's Deployment lies, if it is on this cluster: Argo CD's two names for "here". */
export function deploymentOf(application: Application): { namespace: string; name: string } | undefined {
  const { server, name, namespace } = application.spec?.destination ?? {};
  const here = name === 'in-cluster' || (name === undefined && server === 'https://kubernetes.default.svc');
  return here && namespace ? { namespace, name: serviceOf(application) } : undefined;
}

function eventOf(
  application: Application,
  result: ApplicationResult,
  commit: Commit | undefined,
  addresses: Addresses,
  reason: string | undefined,
): ApplicationChanged {
  const { name, namespace, labels = {} } = application.metadata;
  const service = serviceOf(application);
  const at = changedAt(application);
  const path = `applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const links = addresses.argocd ? [{ label: 'Argo CD', url: `${addresses.argocd}/${path}` }] : [];
  const event: ApplicationChanged = {
    kind: 'application',
    result,
    service,
    environment: labels[label.environment] ?? application.spec?.destination?.namespace ?? '',
    at: new Date(at),
    subject: `${namespace}/${name}`,
    links,
  };
  if (commit) {
    event.commit = commit;
    links.unshift(commitLink(addresses, service, commit.sha));
  }
  if (reason) event.reason = reason;
  const started = Date.parse(application.status?.operationState?.startedAt ?? '');
  if (result === 'deployed' && started <= at) event.duration = (at - started) / 1000;
  return event;
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
