/** What a drill breaks, for real, and how it is mended by a person afterwards. */
import type { Ports, Seen } from '../../dr/ports.ts';
import type { Branch } from '../../dr/types.ts';
import { setLink } from '../machine/network.ts';
import { run } from '../machine/process.ts';
import { holdPods } from '../region/hold-pods.ts';
import { pidOf } from '../sandbox/sandbox.ts';
import { firstInside, signalOf } from '../stores/make.ts';
import { storesName } from '../stores/stores.ts';
import { replicatedData } from '../stores/take-over.ts';
import { seoul } from '../topology.ts';

const sandbox = () => pidOf(storesName(seoul));

/** PostgreSQL stands still, and each of its sessions has ended: it takes connections and answers none, as a server that hangs. */
async function stopDatabase(): Promise<void> {
  await signalOf(sandbox)(`postgres-${replicatedData}`, 'STOP');
  const first = await firstInside(sandbox());
  const inside = ['--mount', '--pid', '-t', first];
  const server = (await run('nsenter', [...inside, 'cat', `/run/postgres-${replicatedData}.pid`])).trim();
  await run('nsenter', [...inside, 'pkill', '-KILL', '-P', server]);
}
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
