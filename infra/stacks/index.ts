import { alarms, composites, rehearsal, rule, schedules, writerEpoch } from '../../dr/detection.ts';
import { lambdas, machineStatements } from '../../dr/lambdas.ts';
import { machine } from '../../dr/machine.ts';
import type { Stack } from '../stack.ts';
import { access } from './access.ts';
import { data } from './data.ts';
import { drControl } from './dr-control.ts';
import { firewall } from './firewall.ts';
import { gatewayOf } from './gateway.ts';
import { monitoring } from './monitoring.ts';
import { seoul } from './seoul.ts';
import { signIn } from './sign-in.ts';
import { site } from './site.ts';
import { state } from './state.ts';
import { tokyo } from './tokyo.ts';
import { traffic } from './traffic.ts';
import { witness } from './witness.ts';

const failover = drControl({
  ...{ alarms, composites, rehearsal, rule, schedules, writerEpoch },
  ...{ machine, machineStatements, functions: Object.values(lambdas) },
});

/** Every stack, in the order in which a new account gets them. */
export const stacks: readonly Stack[] = [
  ...[state, access, seoul, tokyo, witness, data, traffic],
  ...[site, signIn, gatewayOf('seoul'), gatewayOf('tokyo')],
  failover,
  firewall,
  monitoring,
];
