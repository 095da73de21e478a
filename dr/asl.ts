/** The part of the Amazon States Language (JSONPath) that the machine uses. Field names are AWS's. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Retrier = {
  ErrorEquals: string[];
  IntervalSeconds: number;
  MaxAttempts: number;
  BackoffRate: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL';
};
export type Catcher = { ErrorEquals: string[]; ResultPath?: string; Next: string };

export type TaskState = {
  Type: 'Task';
  Comment?: string;
  Resource: string;
  Parameters?: { [key: string]: Json };
  TimeoutSeconds: number;
  Retry: Retrier[];
  Catch?: Catcher[];
  ResultPath?: string | null;
} & ({ Next: string } | { End: true });

export type Test = { Variable: string; StringEquals: string };
export type ChoiceRule = (Test | { And: (Test | { Or: Test[] })[] }) & { Comment?: string; Next: string };

export type StateDefinition =
  | TaskState
  | { Type: 'Pass'; Comment?: string; Result: Json; ResultPath: string; Next: string }
  | { Type: 'Pass'; Comment?: string; Parameters: { [key: string]: Json }; End: true }
  | { Type: 'Choice'; Comment?: string; Choices: ChoiceRule[]; Default: string }
  | { Type: 'Wait'; Comment?: string; Seconds: number; Next: string }
  | { Type: 'Parallel'; Comment?: string; Branches: Machine[]; Catch: Catcher[]; ResultPath: string; Next: string }
  | { Type: 'Succeed'; Comment?: string }
  | { Type: 'Fail'; Comment?: string; Error: string; Cause: string };

export type Machine = {
  Comment?: string;
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, StateDefinition>;
};
