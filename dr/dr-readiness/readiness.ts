import type { FailoverStep } from '../../alerts/event.ts';
import { type Config, forbidden } from '../config.ts';
import { lagSeconds } from '../dr-failover-check/check.ts';
import { sizeFor } from '../eks-scale-dr/scale.ts';
import type { Call } from '../functions.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<
  Ports,
  'lock' | 'database' | 'traffic' | 'capacity' | 'tokyoApp' | 'entrance' | 'standby' | 'notify' | 'now'
>;
type Part = (ports: Needs) => Promise<string[]>;

/** Each looks at one thing and says what is wrong with it; what it cannot read is wrong, too. */
const parts: Record<string, Part> = {
  async lock({ lock }) {
    const item = await lock.read();
    if (!item || (item.state === 'running' && item.decided === '')) return [];
    const faults: string[] = [];
    // Otherwise the next failover would be refused as one that has happened.
    if (item.state === 'failed-over' || item.decided !== '')
      faults.push(
        `state: given ${item.state} of ${item.since}, allowed idle; reset it when all is in Seoul again (docs/failover.md)`,
      );
    if (item.moved === 'yes') faults.push('traffic: given in Tokyo, allowed in Seoul; reset the lock when it is back');
    return faults;
  },
  async database({ database }) {
    const [{ role, version }, candidate] = await Promise.all([database.status(), database.candidate()]);
    const faults: string[] = [];
    if (role !== 'reader') faults.push(`Tokyo's cluster: given ${role}, allowed reader`);
    if (!candidate.available) faults.push("Tokyo's cluster: given not available, allowed available");
    if (candidate.instances === 0) faults.push('instances: given 0, allowed 1 or more');
    if (candidate.version !== version) faults.push(`version: given ${candidate.version}, allowed ${version}`);
    return faults;
  },
  async lag({ database }) {
    const lag = await database.lag();
    if (lag === undefined) return ['given nothing measured in 15 minutes, allowed a figure'];
    return lag > lagSeconds.objective ? [`given ${lag} s, allowed ${lagSeconds.objective} s`] : [];
  },
  async traffic({ traffic }) {
    const { seoul, tokyo } = await traffic.groups();
    const faults: string[] = [];
    const mine = tokyo.endpoints.find(({ id }) => id === traffic.endpoint.tokyo);
    if (!mine) faults.push(`endpoint group of Tokyo: given no ${traffic.endpoint.tokyo}, allowed its load balancer`);
    // The dial alone keeps Tokyo out only until Seoul's endpoint is unhealthy for the first time.
    else if (mine.weight !== 0) faults.push(`weight of Tokyo: given ${mine.weight}, allowed 0 until a failover`);
    if (!seoul.endpoints.some(({ weight }) => weight > 0)) faults.push('weight of Seoul: given 0, allowed more');
    return faults;
  },
  async nodes({ capacity }) {
    const group = await capacity.read();
    const size = sizeFor(group, capacity.wanted);
    const faults = size < capacity.wanted ? [`maximum: given ${group.max}, allowed ${capacity.wanted} or more`] : [];
    return group.desired === 0 ? [...faults, 'desired: given 0, allowed 1 or more'] : faults;
  },
  async images({ standby }) {
    return (await standby.missingImages()).map((image) => `${image} is not in Tokyo`);
  },
  async targets({ standby }) {
    const targets = await standby.targets();
    if (targets.length === 0) return ['given no target group, allowed one or more'];
    // A load balancer is healthy only with a healthy target in every group.
    return targets.flatMap(({ group, healthy }) =>
      healthy > 0 ? [] : [`${group}: given no ready pod, allowed 1 or more`],
    );
  },
  async rights({ standby }) {
    return (await standby.denied()).map((action) => `${action} would be denied`);
  },
  async ingress({ tokyoApp }) {
    const sight = await tokyoApp();
    return sight === 'ok' ? [] : [`Tokyo's health page: given ${sight}, allowed ok`];
  },
  // Asking also keeps the gateway's link awake: AWS takes down one that nobody uses for 60 days.
  canary: ({ entrance }) => entrance(),
};

/** Every thing for which a failover would fail today; none: ready. */
export async function notReady(ports: Needs, config: Config): Promise<string[]> {
  const faults = await Promise.all(
    Object.entries(parts).map(async ([name, part]) => {
      const found = await part(ports).catch((error: Error) => [`cannot be read: ${error.message}`]);
      return found.map((fault) => `${name}: ${fault}`);
    }),
  );
  const mode = config('DR_MODES').includes('live') ? 'live' : 'rehearsal';
  return [...forbidden(mode, config), ...faults.flat()];
}

/** Runs on a schedule: says `ready`, or what is not, to the log, the metric and, if something is not, to people. */
export async function readiness(
  { execution = 'dr-readiness' }: Partial<Call>,
  ports: Needs,
  config: Config,
): Promise<{ ready: boolean; faults: string[] }> {
  const faults = await notReady(ports, config);
  const ready = faults.length === 0;
  const event: FailoverStep = {
    kind: 'failover',
    result: ready ? 'ready' : 'not ready',
    details: faults,
    ...(ready ? {} : { todo: 'cure each: a failover would fail on it' }),
    at: ports.now(),
    subject: execution,
  };
  await Promise.all([ports.standby.publish(ready), ready ? undefined : ports.notify(event)]);
  return { ready, faults };
}
