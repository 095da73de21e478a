/**
 * Which alerts each channel was notified of. The record outlives this program in a ConfigMap: Alertmanager posts again what it got no answer to, and all that
 * fires when it lost its own memory, and both happen when pods move.
 */
import { CoreV1Api, type KubeConfig, PatchStrategy, type V1ConfigMap } from '@kubernetes/client-node';
import * as v from 'valibot';
import { callerOf } from '../lib/kube/client.ts';
import { alertsNotified } from '../lib/kube/notified.ts';
import { type Log, reasonOf } from '../lib/log.ts';

export type Alert = { fingerprint: string; status: 'firing' | 'resolved'; startsAt: string };
/** Where it is kept. Undefined: nothing is there yet. */
export type Memory = { read(): Promise<string | undefined>; write(text: string): Promise<void> };

/** Alertmanager sends an alert again that still fires after this; whatever comes earlier it sends because it lost an answer, or its memory. */
const repeatMs = 11 * 3600_000;
/** Longer than from one reminder to the next. */
const keptMs = 24 * 3600_000;
/** Of all channels together, in bytes: a ConfigMap holds 1 MiB, and the API server refuses more. */
const most = 896 * 1024;

/** By channel and fingerprint; `at` in milliseconds since 1970. What was edited by hand into something else counts as nothing. */
const schema = v.fallback(
  v.record(v.string(), v.record(v.string(), v.object({ status: v.string(), startsAt: v.string(), at: v.number() }))),
  {},
);
type Notified = v.InferOutput<typeof schema>;

function parsed(text: string | undefined): Notified {
  try {
    return v.parse(schema, JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

/** What is young enough and fits, of all channels the newest first. What was left out may be notified twice. */
function kept(notified: Notified, now: number): Notified {
  const all = Object.entries(notified)
    .flatMap(([channel, alerts]) => Object.entries(alerts).map(([fingerprint, one]) => ({ channel, fingerprint, one })))
    .filter(({ one }) => now - one.at < keptMs)
    .sort((a, b) => b.one.at - a.one.at);
  const fitting: Notified = {};
  let left = most;
  for (const { channel, fingerprint, one } of all) {
    // More than it takes: the name of the channel stands there once, and not with each.
    const bytes = Buffer.byteLength(JSON.stringify({ [channel]: { [fingerprint]: one } }));
    if (bytes > left) continue;
    left -= bytes;
    fitting[channel] ??= {};
    fitting[channel][fingerprint] = one;
  }
  return fitting;
}

export function notifiedAlerts(memory: Memory, log: Log, now: () => number) {
  let notified: Notified = {};
  let isRead = false;
  let changed = false;
  const tried = (what: string, doing: Promise<void>) =>
    doing.catch((error) => log('warn', `the record of notified alerts is not ${what}`, { reason: reasonOf(error) }));
  return {
    /** An API server that does not answer keeps no alert back: it may come twice then. */
    read: async (): Promise<void> => {
      if (isRead) return;
      await tried(
        'read',
        memory.read().then((text) => {
          const before = parsed(text);
          const channels = new Set([...Object.keys(before), ...Object.keys(notified)]);
          const both = [...channels].map((name) => [name, { ...before[name], ...notified[name] }]);
          notified = kept(Object.fromEntries(both), now());
          isRead = true;
        }),
      );
    },
    /** Whether a channel was notified of all of these. A resolved alert is notified once; a firing one again after half a day. */
    has: (channel: string, alerts: readonly Alert[]): boolean =>
      alerts.every(({ fingerprint, status, startsAt }) => {
        const before = notified[channel]?.[fingerprint];
        if (before?.status !== status || before.startsAt !== startsAt) return false;
        return status === 'resolved' || now() - before.at < repeatMs;
      }),
    add(channel: string, alerts: readonly Alert[]): void {
      const news = alerts.map(({ fingerprint, status, startsAt }) => [fingerprint, { status, startsAt, at: now() }]);
      notified = kept({ ...notified, [channel]: { ...notified[channel], ...Object.fromEntries(news) } }, now());
      changed = true;
    },
    write: async (): Promise<void> => {
      // Not before it was read: what is there would be lost.
      if (!changed || !isRead) return;
      await tried(
        'kept',
        memory.write(JSON.stringify(notified)).then(() => {
          changed = false;
        }),
      );
    },
  };
}

/** The ConfigMap, which git brings without data. Alertmanager waits for the answer meanwhile. */
export function configMap(config: KubeConfig): Memory {
  const api = config.makeApiClient(CoreV1Api);
  const call = callerOf(config, { callMs: 3000 });
  const { namespace, name, key } = alertsNotified;
  return {
    async read() {
      const { data } = await call<V1ConfigMap>(`get configmaps ${name}`, (options) =>
        api.readNamespacedConfigMap({ namespace, name }, options),
      );
      return data?.[key];
    },
    async write(text) {
      const body = { data: { [key]: text } };
      await call(
        `patch configmaps ${name}`,
        (options) => api.patchNamespacedConfigMap({ namespace, name, body, fieldManager: 'notifier' }, options),
        {},
        { 'Content-Type': PatchStrategy.MergePatch },
      );
    },
  };
}
