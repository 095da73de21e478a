import { expect, test } from '@jest/globals';
import type { FailoverStep } from '../alerts/event.ts';
import { failover } from '../overlays/names.ts';
import { config } from './execution.testing.ts';
import type { Group, LockItem, Ports } from './ports.ts';
import { type LocalRun, runLocally } from './run.ts';

/** Two places on one computer, as a drill has them: no AWS anywhere. */
function places() {
  let lock: LockItem | undefined;
  let writer: 'seoul' | 'tokyo' = 'seoul';
  let nodes = 1;
  const groups: Record<'seoul' | 'tokyo', Group> = {
    seoul: { dial: 100, endpoints: [{ id: 'seoul', weight: 128, keepsClientAddress: false }] },
    tokyo: { dial: 0, endpoints: [{ id: 'tokyo', weight: 0, keepsClientAddress: false }] },
  };
  const sent: FailoverStep[] = [];
  const fenced: number[] = [];
  const states: string[] = [];
  let down = false;
  const gone = async () => (down ? ('fail' as const) : ('ok' as const));
  const ports: Ports = {
    now: () => new Date(),
    seoul: {
      writer: gone,
      app: gone,
      region: gone,
      witness: async () => ({ writer: await gone(), app: await gone(), region: await gone() }),
    },
    database: {
      status: async () => ({ role: writer === 'tokyo' ? 'writer' : 'reader', version: '18', synchronised: true }),
      candidate: async () => ({ version: '18', instances: 1, available: true }),
      lag: async () => 0.002,
      promote: async () => {
        writer = 'tokyo';
      },
    },
    traffic: {
      endpoint: { seoul: 'seoul', tokyo: 'tokyo' },
      groups: async () => structuredClone(groups),
      write: async (region, group) => {
        groups[region] = group;
      },
      deployed: async () => true,
    },
    capacity: {
      wanted: 2,
      read: async () => ({ min: 1, max: 2, desired: nodes }),
      write: async ({ desired }) => {
        nodes = desired;
        return 'accepted';
      },
    },
    tokyoApp: async () => 'ok',
    entrance: async () => [],
    lock: {
      read: async () => lock,
      write: async (item, expected) => {
        if (lock?.version !== expected) return false;
        lock = item;
        return true;
      },
    },
    writerEpoch: async () => ({ epoch: 0, writer: 'seoul' }),
    isRunning: async () => false,
    notify: async (event) => {
      sent.push(event);
      return { sent: ['slack'], failed: [] };
    },
    standby: undefined as never,
    publish: undefined as never,
    sleep: undefined as never,
  };
  const run = async (mode: string, id: string, changes: Partial<LocalRun> = {}) => {
    const { outcome } = await runLocally({
      ports,
      config,
      fence: async (epoch) => void fenced.push(epoch),
      input: {
        mode,
        event: { id, time: new Date().toISOString(), account: '111122223333', source: failover.sources.operator },
      },
      execution: id,
      onState: (name) => states.push(name),
      pauses: 0,
      ...changes,
    });
    return outcome;
  };
  return {
    run,
    sent,
    fenced,
    states,
    lose: () => {
      down = true;
    },
    now: () => ({ writer, nodes, seoul: groups.seoul.endpoints[0]?.weight, tokyo: groups.tokyo.endpoints[0]?.weight }),
  };
}

test('the same machine fails over between two places of one computer', async () => {
  const { run, sent, fenced, states, lose, now } = places();
  lose();
  expect(await run('live', 'drill-1')).toEqual({ result: 'failed-over' });
  expect(now()).toEqual({ writer: 'tokyo', nodes: 2, seoul: 0, tokyo: 128 });
  expect(fenced).toEqual([1]);
  expect(sent.map(({ result }) => result)).toEqual(['begun', 'promoted', 'traffic moved', 'failed over']);
  expect(states).toContain('Promote');
  expect(await run('live', 'drill-2')).toMatchObject({ result: 'already-failed-over' });
});

test('a dry run changes nothing, a region that is well is no action, and a fence that fails stops nothing', async () => {
  const { run, sent, lose, now, fenced } = places();
  const before = now();
  expect(await run('live', 'drill-1')).toEqual({ result: 'no-action' });
  lose();
  expect(await run('dry-run', 'drill-2')).toEqual({ result: 'dry-run-done' });
  expect({ now: now(), fenced }).toEqual({ now: before, fenced: [] });
  expect(sent.at(-1)?.details[0]).not.toMatch(/assumed/);
  expect(await run('rehearsal', 'drill-3')).toMatchObject({ result: 'refused' });
  expect(await run('live', 'drill-4', { fence: () => Promise.reject(new Error('no cluster')) })).toEqual({
    result: 'failed-over',
  });
  expect(sent.at(-1)).toMatchObject({ result: 'failed over, not fenced' });
});
