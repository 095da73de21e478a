/**
 * What the functions of the failover read and change on the embedded platform. Real: PostgreSQL and its promotion, both clusters with their
 * services, the cut of a region. Stand-ins: the accelerator (HAProxy), the copies of DynamoDB and S3, the node group (a number in a file:
 * one machine adds no node), and the lock's table (a file).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSlack } from '../../alerts/channels/slack.ts';
import type { Config } from '../../dr/config.ts';
import { notReady } from '../../dr/dr-readiness/readiness.ts';
import { Permanent } from '../../dr/errors.ts';
import type { Variable } from '../../dr/lambdas.ts';
import type { Group, LockItem, NodeGroup, Ports } from '../../dr/ports.ts';
import { jsonLog } from '../../lib/log.ts';
import { acceleratorGroups, acceleratorShares, shares, turnAccelerator } from '../accelerator/accelerator.ts';
import { sleep, writeFile } from '../machine/process.ts';
import { slackPath } from '../outside/outside.ts';
import { fenced, notifyFence } from '../region/hold-pods.ts';
import { kubectl } from '../region/region.ts';
import { lagNames } from '../stores/replicate/settings.ts';
import { lagIn, measuredNow } from '../stores/status.ts';
import { dataFolder } from '../stores/stores.ts';
import { postgresOf, roles } from '../stores/take-over.ts';
import { writerIn } from '../stores/writer.ts';
import { host, ports as loopback, type RegionName, registryFromHost, seoul, state, tokyo } from '../topology.ts';
import { isRunning, lockIn } from './executions.ts';
import { failoverOf } from './failover-steps.ts';
import { seesDatabase, seesRegion, seesSeoul, seesServices } from './probes.ts';

const folder = join(state, 'dr');
const json = <T>(name: string, first: T): T =>
  existsSync(join(folder, name)) ? JSON.parse(readFileSync(join(folder, name), 'utf8')) : first;
/** Before any failover. */
const nodes: NodeGroup = { min: 1, max: 6, desired: 1 };
const keep = (name: string, content: object) => writeFile(join(folder, name), JSON.stringify(content));

/** An account that there is not: nothing here reaches one. */
export const account = '000000000000';
const values: Partial<Record<Variable, string>> = { DR_ACCOUNT: account, DR_MODES: 'rehearsal,dry-run', DR_LIVE: '' };
export const config: Config = (name) => {
  const value = values[name];
  if (value === undefined) throw new Error(`${name}: the embedded platform has no value for it`);
  return value;
};

/** Where steps are sent: the webhook of one's own Slack, or the stand-in. */
const slackUrl = () =>
  process.env.SLACK_WEBHOOK_URL || `http://${host.bridgeAddress}:${loopback.slack.port}${slackPath()}`;

const known = () => writerIn(dataFolder(tokyo));
const tokyoWrites = () => known().region === tokyo.name;

export const failover = failoverOf({
  ...{ tokyo, roles, known },
  fence: {
    async notify(writer) {
      if ((await seesRegion('tokyo', seoul)) !== 'ok') throw new Error('Seoul does not answer');
      await notifyFence(seoul, writer);
    },
    fenced: () => fenced(seoul, 'prod', 10),
  },
  accelerator: { groups: acceleratorGroups, turn: turnAccelerator },
});

/** `lag`: how far Tokyo was behind, in seconds, when Seoul was last seen. */
export function localPorts(lag: () => number | undefined): Ports {
  const group = (name: RegionName): Group => {
    const { dial, weight } = acceleratorGroups()[name];
    return { dial, endpoints: [{ id: name, weight, keepsClientAddress: false }] };
  };
  return {
    now: () => new Date(),
    seoul: {
      writer: () => seesDatabase('tokyo', seoul),
      app: () => seesServices('tokyo', seoul, 'prod'),
      region: () => seesRegion('tokyo', seoul),
      witness: () => seesSeoul('witness'),
    },
    database: {
      async status() {
        const { isStandby, version, streams } = await postgresOf(tokyo);
        const role = !isStandby ? (tokyoWrites() ? 'writer' : 'detached') : 'reader';
        return { role, version, synchronised: isStandby ? streams : undefined };
      },
      async candidate() {
        const { version } = await postgresOf(tokyo);
        return { version, instances: 1, available: true };
      },
      lag: async () => lag(),
      promote: failover.promote,
    },
    traffic: {
      endpoint: { seoul: 'seoul', tokyo: 'tokyo' },
      groups: async () => ({ seoul: group('seoul'), tokyo: group('tokyo') }),
      async write(region, { dial, endpoints }) {
        const [endpoint] = endpoints;
        if (endpoint?.id !== region || endpoints.length !== 1)
          throw new Permanent(`accelerator: endpoints of ${region}: given ${endpoints.length}, allowed its ingress`);
        await failover.turn(region, { dial, weight: endpoint.weight });
      },
      async deployed() {
        const [wanted, now] = [shares(acceleratorGroups()), await acceleratorShares()];
        return wanted.seoul === now.seoul && wanted.tokyo === now.tokyo;
      },
    },
    capacity: {
      wanted: 3,
      // A stand-in that holds nothing: pods of dr run as far as the machine carries them, whatever it says.
      read: async () => json<NodeGroup>('node-group.json', nodes),
      async write(wanted) {
        keep('node-group.json', wanted);
        return 'accepted';
      },
    },
    tokyoApp: () => seesServices('tokyo', tokyo, 'dr'),
    // The drill's own customers come by the entrance.
    entrance: async () => [],
    lock: lockIn(join(folder, 'lock.json')),
    // The fence here counts by itself: failover-steps.ts.
    writerEpoch: async () => undefined,
    isRunning,
    async notify(event) {
      const url = slackUrl();
      const sent = await openSlack(url, jsonLog([url])).send(event);
      return sent.outcome === 'sent'
        ? { sent: ['slack'], failed: [] }
        : { sent: [], failed: [`slack: ${sent.reason}`] };
    },
    standby: {
      missingImages,
      targets: async () => Object.entries(await readyPods()).map(([group, healthy]) => ({ group, healthy })),
      // There is no IAM: the functions run as whoever runs the drill.
      denied: async () => [],
      publish: async () => undefined,
    },
    // The drill itself looks again and again.
    publish: async () => undefined,
    sleep,
  };
}

/** What prod runs, and Tokyo's registry has not: `<service>@<digest>`. */
async function missingImages(): Promise<string[]> {
  const line = 'jsonpath={.items[*].spec.template.spec.containers[*].image}';
  const running = await kubectl(seoul, `get deployments -n prod -o ${line}`);
  const images = running.split(' ').map((image) => image.slice(image.indexOf('/') + 1));
  const there = await Promise.all(
    images.map((image) =>
      fetch(`http://${registryFromHost(tokyo)}/v2/${image.replace('@', '/manifests/')}`, {
        method: 'HEAD',
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
        signal: AbortSignal.timeout(3000),
      }),
    ),
  );
  return images.filter((_, index) => !there[index]?.ok);
}

/** Services of dr, with their ready pods. */
export async function readyPods(): Promise<Record<string, number>> {
  const line = 'jsonpath={range .items[*]}{.metadata.name} {.status.readyReplicas}{"\\n"}{end}';
  const output = await kubectl(tokyo, ['get', 'deployments', '-n', 'dr', '-o', line]);
  const lines = output.split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((text) => text.split(' ')).map(([name = '', ready]) => [name, Number(ready || 0)]),
  );
}

/** How far Tokyo's PostgreSQL is behind now, in seconds. */
const lagNow = (): number | undefined => measuredNow(lagIn(tokyo))?.behind[lagNames.postgres] ?? undefined;
/** Why Tokyo could not take over now; none: ready. */
export const whyNotReady = (): Promise<string[]> => notReady(localPorts(lagNow), config);

/** Whether the next failover is a new one. */
export function isForgotten(): boolean {
  const { state, moved } = json<Pick<LockItem, 'state' | 'moved'>>('lock.json', { state: 'idle', moved: 'no' });
  return state === 'idle' && moved === 'no';
}
/** Forgets that there was a failover: failback does that when Seoul writes and serves again. */
export function forget(): void {
  keep('node-group.json', nodes);
  // Last, because it says that all is done.
  const item = json<LockItem | undefined>('lock.json', undefined);
  if (item)
    keep('lock.json', { ...item, version: item.version + 1, state: 'idle', decided: '', decidedAt: '', moved: 'no' });
}
