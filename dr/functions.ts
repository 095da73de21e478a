import { healthcheckSeoul } from './aurora-healthcheck-seoul/healthcheck.ts';
import { promote } from './aurora-promote-tokyo/promote.ts';
import type { Config } from './config.ts';
import { confirm, preflight, verify } from './dr-failover-check/check.ts';
import { admit, decide, settle } from './dr-failover-lock/lock.ts';
import { probe } from './dr-probe-seoul/probe.ts';
import { readiness } from './dr-readiness/readiness.ts';
import { scale } from './eks-scale-dr/scale.ts';
import { Permanent, Retryable } from './errors.ts';
import { switchTraffic } from './ga-switch-endpoint/switch.ts';
import type { FunctionName } from './lambdas.ts';
import { runOf as numbered } from './number.ts';
import type { Ports } from './ports.ts';
import { healthcheckTokyo } from './rds-healthcheck-tokyo/healthcheck.ts';
import { eventOf, type Message, messages } from './sns-notify-dr/event.ts';
import type { Branch, Run, State } from './types.ts';

/** What the machine passes to a function: the state's action, the execution, and the document; of `admit` the input of the execution. */
export type Call = { action?: string; execution: string; state?: State; input?: unknown };

type Function<Needs extends keyof Ports> = (call: Call, ports: Pick<Ports, Needs>, config: Config) => Promise<unknown>;
const define = <Needs extends keyof Ports>(run: Function<Needs>): Function<Needs> => run;

const missing = (what: string) => new Permanent(`call: ${what}: given nothing, allowed what the state machine passes`);
const runOf = ({ state }: Call): Run => {
  const run = numbered(state ?? {});
  if (!run) throw missing('run');
  return run;
};
const branchOf = ({ state }: Call): Branch => {
  if (!state?.branch) throw missing('branch');
  return state.branch;
};
const unknown = ({ action }: Call) =>
  new Permanent(`call: action: given ${action ?? 'nothing'}, allowed one of this function`);

/** Every function of the failover as the machine calls it, over ports: the Lambda handlers, the proofs and a drill all run these. */
export const functions = {
  'aurora-healthcheck-seoul': define<'seoul'>((_, ports) => healthcheckSeoul(ports)),
  'rds-healthcheck-tokyo': define<'database' | 'tokyoApp'>((_, ports) => healthcheckTokyo(ports)),
  'aurora-promote-tokyo': define<'database'>((call, ports, config) => promote(ports, config, runOf(call))),
  'ga-switch-endpoint': define<'traffic'>((call, ports, config) => switchTraffic(ports, config, runOf(call))),
  'eks-scale-dr': define<'capacity'>((call, ports, config) => scale(ports, config, runOf(call))),
  'sns-notify-dr': define<'notify' | 'now'>(async ({ action, execution, state }, ports) => {
    const message = messages.find((each) => each === action) as Message | undefined;
    if (!message || !state) throw missing('action and state');
    const notified = await ports.notify(eventOf(message, state, execution, ports.now()));
    // Nobody heard it: the dead-letter queue of the function, or the execution, has to say so.
    if (notified.sent.length === 0) throw new Retryable(`message: ${notified.failed.join('; ')}`);
    return notified;
  }),
  'dr-failover-lock': define<'lock' | 'writerEpoch' | 'isRunning' | 'now'>((call, ports, config) => {
    switch (call.action) {
      case 'admit':
        return admit(ports, config, call.input, call.execution);
      case 'decide':
        return decide(ports, runOf(call), branchOf(call), call.execution);
      case 'settle':
        return settle(ports, call.state ?? {}, call.execution);
      default:
        throw unknown(call);
    }
  }),
  'dr-failover-check': define<'database' | 'traffic' | 'capacity' | 'tokyoApp' | 'now'>((call, ports) => {
    switch (call.action) {
      case 'preflight':
        return preflight(ports);
      case 'confirm':
        return confirm(ports, runOf(call).since);
      case 'verify':
        return verify(ports, branchOf(call));
      default:
        throw unknown(call);
    }
  }),
  'dr-readiness': readiness,
  'dr-probe-seoul': define<'seoul' | 'publish' | 'sleep' | 'now'>((_, ports) => probe(ports)),
} satisfies Record<FunctionName, (call: Call, ports: never, config: Config) => Promise<unknown>>;
