import type { Machine } from './asl.ts';
import type { FunctionName } from './lambdas.ts';
import { actStates } from './machine-act.ts';
import { decideStates } from './machine-decide.ts';
import { endStates } from './machine-end.ts';

/** Of the whole machine. The longest path is shorter, which machine.test.ts adds up. */
export const machineSeconds = 930;

/** ARNs that infra/ knows. */
export type Arns = {
  functions: Record<FunctionName, string>;
  /** Of the secret with the writer's epoch. */
  writerEpoch: string;
};

/** The failover as a state machine of AWS Step Functions (Standard, JSONPath). States are in the order in which they run. */
export const machine = ({ functions, writerEpoch }: Arns): Machine => ({
  Comment: 'Moves the company from Seoul to Tokyo. Failing back is a person’s work: docs/failover.md',
  StartAt: 'Admit',
  TimeoutSeconds: machineSeconds,
  States: { ...decideStates(functions), ...actStates(functions, writerEpoch), ...endStates(functions) },
});
