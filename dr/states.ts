/** The kinds of state that the machine is made of. */
import { integrations } from '../overlays/names.ts';
import type { Catcher, Json, Retrier, StateDefinition, TaskState, Test } from './asl.ts';
import type { FunctionName } from './lambdas.ts';
import type { Branch, Result, Step } from './types.ts';

/** Faults of the Lambda service (AWS's list), a function that was slow, and what a handler calls worth another try. */
const transient = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'States.Timeout',
  'Retryable',
];
export const again = (tries: number): Retrier => ({
  ErrorEquals: transient,
  IntervalSeconds: 1,
  MaxAttempts: tries,
  BackoffRate: 2,
  MaxDelaySeconds: 4,
  JitterStrategy: 'FULL',
});
/** A handler throws NotYet while AWS is at work. Retry is the loop: it has a pause and an end, and needs no counter. */
export const poll = (seconds: number, times: number): Retrier => ({
  ErrorEquals: ['NotYet'],
  IntervalSeconds: seconds,
  MaxAttempts: times,
  BackoffRate: 1,
});

export const failedAt = (step: Step) => `Failed at ${step}`;
export const caught = (Next: string, ResultPath = '$.fault'): Catcher => ({
  ErrorEquals: ['States.ALL'],
  ResultPath,
  Next,
});

export const pass = (Result: Json, ResultPath: string, Next: string): StateDefinition => ({
  Type: 'Pass',
  Result,
  ResultPath,
  Next,
});
export const ends = (outcome: { result: Result; step?: Step }, Next = 'Settle') => pass(outcome, '$.outcome', Next);
export const branch = (name: Branch): [Branch, StateDefinition] => [name, pass(name, '$.branch', 'Preflight?')];
export const is = (Variable: string, StringEquals: string): Test => ({ Variable, StringEquals });

type Options = {
  seconds: number;
  tries: number;
  result: string;
  catches: Catcher[];
  polls?: Retrier;
  comment?: string;
};
/** States that invoke these functions, given as ARNs. */
export function statesOf(functions: Record<FunctionName, string>) {
  /** A state that invokes a function with the whole document, which is small, and adds its answer to it. */
  const invoke = (
    name: FunctionName,
    { seconds, tries, result, catches, polls, comment }: Options,
    then: { Next: string } | { End: true },
    action?: string,
  ): TaskState => ({
    Type: 'Task',
    ...(comment ? { Comment: comment } : {}),
    Resource: functions[name],
    Parameters: { ...(action ? { action } : {}), 'execution.$': '$$.Execution.Id', 'state.$': '$' },
    TimeoutSeconds: seconds,
    Retry: [...(polls ? [polls] : []), again(tries)],
    Catch: catches,
    ResultPath: result,
    ...then,
  });
  /** Asynchronous: a message on the way never delays the failover. The Lambda service retries it, and its dead-letter queue alarms. */
  const notify = (what: 'begun' | 'promoted' | 'moved', Next: string): TaskState => ({
    Type: 'Task',
    Resource: integrations.invoke,
    Parameters: {
      FunctionName: functions['sns-notify-dr'],
      InvocationType: 'Event',
      Payload: { action: what, 'execution.$': '$$.Execution.Id', 'state.$': '$' },
    },
    TimeoutSeconds: 5,
    Retry: [again(1)],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.untold', Next }],
    ResultPath: null,
    Next,
  });
  const probe = (name: FunctionName): TaskState => ({
    Type: 'Task',
    Resource: functions[name],
    Parameters: { 'execution.$': '$$.Execution.Id', 'state.$': '$' },
    TimeoutSeconds: 8,
    Retry: [again(1)],
    End: true,
  });

  return { invoke, notify, probe };
}
