/** What a drill breaks, for real. The steps of a failback mend each (failback-steps.ts), also if the drill was killed. */
import type { Ports, Seen } from '../../dr/ports.ts';
import type { Branch } from '../../dr/types.ts';
import { setLink } from '../machine/network.ts';
import { holdPods } from '../region/hold-pods.ts';
import { databaseOf } from '../stores/take-over.ts';
import { seoul } from '../topology.ts';

const stopDatabase = () => databaseOf(seoul).hang();
const endPods = () => holdPods(seoul, 'prod', 'drill');

export type Fault = { what: string; begin: () => Promise<void> };
export const faults: Record<Branch, Fault> = {
  'svc-failure': { what: 'the pods of prod in Seoul are gone, and none can start', begin: endPods },
  'db-failure': { what: "Seoul's PostgreSQL of prod hangs", begin: stopDatabase },
  'region-failure': {
    what: 'Seoul is cut off: nothing reaches it or leaves it',
    begin: async () => {
      await setLink(seoul, 'off');
    },
  },
  'db+app-failure': {
    what: "Seoul's PostgreSQL of prod hangs, its pods of prod are gone, and none can start",
    begin: async () => {
      await Promise.all([stopDatabase(), endPods()]);
    },
  },
};

/** Of a dry run, which breaks nothing: what the probes would see. */
export function imagined(trigger: Branch): Ports['seoul'] {
  const sights: Record<Branch, Seen> = {
    'svc-failure': { writer: 'ok', app: 'fail', region: 'ok' },
    'db-failure': { writer: 'fail', app: 'ok', region: 'ok' },
    'region-failure': { writer: 'fail', app: 'fail', region: 'fail' },
    'db+app-failure': { writer: 'fail', app: 'fail', region: 'ok' },
  };
  const { writer, app, region } = sights[trigger];
  return {
    writer: async () => writer,
    app: async () => app,
    region: async () => region,
    witness: async () => sights[trigger],
  };
}
