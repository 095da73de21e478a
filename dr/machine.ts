import { integrations } from '../overlays/names.ts';
import type { ChoiceRule, Machine, Test } from './asl.ts';
import { table } from './classify.ts';
import type { FunctionName } from './lambdas.ts';
import { again, branch, caught, ends, failedAt, is, pass, poll, statesOf } from './states.ts';

/** Seconds between the promotion and the first look whether Tokyo writes; 90 to 120 by the order of the failover. */
export const waitSeconds = 90;
/** The writer is looked for so often, every 10 s; with the wait that is about 300 s, after which a person is paged. */
export const writerPolls = 21;
/** Looks at Seoul, every 10 s, while its observers do not agree. */
export const seoulPolls = 2;
/** Of the whole machine. The longest path is shorter, which machine.test.ts adds up. */
export const machineSeconds = 930;

/**
 * Faults of Secrets Manager, as Step Functions names them, and of the key. What its client has no name for has that of the service: also
 * a call that was throttled.
 */
const unwritten = [
  'SecretsManager.SdkClientException',
  'SecretsManager.InternalServiceErrorException',
  'SecretsManager.EncryptionFailureException',
  'SecretsManager.SecretsManagerException',
  'States.Timeout',
];

/** ARNs that infra/ knows. */
export type Arns = {
  functions: Record<FunctionName, string>;
  /** Of the secret with the writer's epoch. */
  writerEpoch: string;
};

/** The failover as a state machine of AWS Step Functions (Standard, JSONPath). States are in the order in which they run. */
export function machine({ functions, writerEpoch }: Arns): Machine {
  const { invoke, notify, probe } = statesOf(functions);
  const healthcheck = probe('aurora-healthcheck-seoul');
  const seoul: Machine = {
    StartAt: 'aurora-healthcheck-seoul',
    States: {
      'aurora-healthcheck-seoul': {
        ...healthcheck,
        Comment: 'Looks again while its two observers do not agree',
        Retry: [poll(10, seoulPolls), ...healthcheck.Retry],
        Catch: [{ ErrorEquals: ['NotYet'], ResultPath: '$.unclear', Next: 'Seoul is unclear' }],
      },
      'Seoul is unclear': {
        Type: 'Pass',
        Parameters: { writer: 'unknown', app: 'unknown', region: 'unknown', 'seen.$': 'States.Array($.unclear.Cause)' },
        End: true,
      },
    },
  };
  const tokyo: Machine = {
    StartAt: 'rds-healthcheck-tokyo',
    States: { 'rds-healthcheck-tokyo': probe('rds-healthcheck-tokyo') },
  };

  return {
    Comment: 'Moves the company from Seoul to Tokyo. Failing back is a person’s work: docs/failover.md',
    StartAt: 'Admit',
    TimeoutSeconds: machineSeconds,
    States: {
      Admit: {
        Type: 'Task',
        Comment: 'Refuses what it must not act on, and takes the lock',
        Resource: functions['dr-failover-lock'],
        Parameters: { action: 'admit', 'execution.$': '$$.Execution.Id', 'input.$': '$' },
        TimeoutSeconds: 6,
        Retry: [again(2)],
        // No ResultPath: the input may be anything, and what is admitted takes its place.
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed to lock' }],
        Next: 'Admitted?',
      },
      'Failed to lock': pass({ result: 'failed', step: 'lock' }, '$.outcome', 'Report'),
      'Admitted?': {
        Type: 'Choice',
        Choices: [{ ...is('$.outcome.result', 'admitted'), Next: 'Probe' }],
        Default: 'Report',
      },
      Probe: {
        Type: 'Parallel',
        Branches: [seoul, tokyo],
        Catch: [caught(failedAt('probe'))],
        ResultPath: '$.probes',
        Next: 'Classify',
      },
      [failedAt('probe')]: ends({ result: 'failed', step: 'probe' }),
      Classify: {
        Type: 'Choice',
        Comment: 'dr/classify.ts',
        Choices: table.map(({ verdict, when, because }): ChoiceRule => {
          const tests = Object.entries(when).map(([fact, values]) => {
            const path = `$.${fact.replace('seoul.', 'probes[0].').replace('tokyo.', 'probes[1].')}`;
            const [only, ...others] = values.map((value) => is(path, value));
            return others.length > 0 ? { Or: [only as Test, ...others] } : (only as Test);
          });
          return { And: tests, Comment: because, Next: verdict === 'already' ? 'Already failed over' : verdict };
        }),
        Default: 'No action',
      },
      'No action': ends({ result: 'no-action' }),
      'Already failed over': ends({ result: 'already-failed-over' }),
      ...Object.fromEntries((['svc-failure', 'db-failure', 'region-failure', 'db+app-failure'] as const).map(branch)),
      'Preflight?': {
        Type: 'Choice',
        Choices: [{ ...is('$.branch', 'svc-failure'), Next: 'Decide' }],
        Default: 'Preflight',
      },
      Preflight: invoke(
        'dr-failover-check',
        { seconds: 6, tries: 1, result: '$.preflight', catches: [caught(failedAt('preflight'))] },
        { Next: 'Decide' },
        'preflight',
      ),
      [failedAt('preflight')]: ends({ result: 'failed', step: 'preflight' }),
      Decide: invoke(
        'dr-failover-lock',
        {
          comment: 'From here on the failover is finished, by this run or by the next',
          seconds: 6,
          tries: 2,
          result: '$.decision',
          catches: [caught(failedAt('decide'))],
        },
        { Next: 'Tell begun' },
        'decide',
      ),
      [failedAt('decide')]: ends({ result: 'failed', step: 'decide' }),
      'Tell begun': notify('begun', 'Promote?'),
      'Promote?': {
        Type: 'Choice',
        Choices: [
          { ...is('$.branch', 'svc-failure'), Next: 'Switch traffic' },
          { ...is('$.run.mode', 'dry-run'), Next: 'Promote' },
        ],
        Default: 'Fence',
      },
      Fence: {
        Type: 'Task',
        Comment:
          'Best effort: the fence in Seoul ends the pods of prod when it reads this. Aurora fences its own old writer, best effort too',
        Resource: integrations.putSecretValue,
        Parameters: {
          SecretId: writerEpoch,
          'ClientRequestToken.$': 'States.UUID()',
          'SecretString.$': `States.Format('\\{"epoch":{},"writer":"tokyo"\\}', $.decision.epoch)`,
        },
        TimeoutSeconds: 4,
        Retry: [{ ...again(2), ErrorEquals: unwritten }],
        // The messages say it, and what a person writes.
        Catch: [caught('Promote', '$.fence')],
        ResultPath: null,
        Next: 'Promote',
      },
      Promote: invoke(
        'aurora-promote-tokyo',
        { seconds: 8, tries: 2, result: '$.promotion', catches: [caught(failedAt('promote'))] },
        { Next: 'Promoted?' },
      ),
      [failedAt('promote')]: ends({ result: 'failed', step: 'promote' }),
      'Promoted?': {
        Type: 'Choice',
        Choices: [{ ...is('$.run.mode', 'dry-run'), Next: 'Switch traffic' }],
        Default: 'Stabilise',
      },
      Stabilise: { Type: 'Wait', Seconds: waitSeconds, Next: 'Confirm writer' },
      'Confirm writer': invoke(
        'dr-failover-check',
        {
          seconds: 6,
          tries: 1,
          polls: poll(10, writerPolls),
          result: '$.confirmed',
          catches: [caught(failedAt('confirm'))],
        },
        { Next: 'Tell promoted' },
        'confirm',
      ),
      [failedAt('confirm')]: ends({ result: 'failed', step: 'confirm' }),
      'Tell promoted': notify('promoted', 'Switch traffic'),
      'Switch traffic': invoke(
        'ga-switch-endpoint',
        {
          seconds: 10,
          tries: 3,
          polls: poll(5, 5),
          result: '$.traffic',
          catches: [
            // Both changes are accepted and on their way.
            { ErrorEquals: ['NotYet'], ResultPath: '$.traffic', Next: 'Tell moved' },
            caught(failedAt('traffic')),
          ],
        },
        { Next: 'Tell moved' },
      ),
      [failedAt('traffic')]: ends({ result: 'failed', step: 'traffic' }),
      'Tell moved': notify('moved', 'Scale?'),
      'Scale?': {
        Type: 'Choice',
        Choices: [{ ...is('$.branch', 'svc-failure'), Next: 'Verify?' }],
        Default: 'Scale',
      },
      // What it lacks, Verify names: Tokyo serves already.
      Scale: invoke(
        'eks-scale-dr',
        { seconds: 10, tries: 1, polls: poll(5, 3), result: '$.capacity', catches: [caught('Verify?', '$.capacity')] },
        { Next: 'Verify?' },
      ),
      'Verify?': {
        Type: 'Choice',
        Choices: [{ ...is('$.run.mode', 'dry-run'), Next: 'Dry run done' }],
        Default: 'Verify',
      },
      'Dry run done': ends({ result: 'dry-run-done' }),
      Verify: invoke(
        'dr-failover-check',
        { seconds: 6, tries: 1, polls: poll(5, 3), result: '$.verified', catches: [caught(failedAt('verify'))] },
        { Next: 'Done' },
        'verify',
      ),
      [failedAt('verify')]: ends({ result: 'failed', step: 'verify' }),
      Done: ends({ result: 'failed-over' }),
      Settle: invoke(
        'dr-failover-lock',
        {
          comment: 'The lock remembers how the run ended. If that fails, the next run finds an owner that runs no more',
          seconds: 6,
          tries: 2,
          result: '$.settled',
          catches: [caught('Report', '$.unsettled')],
        },
        { Next: 'Report' },
        'settle',
      ),
      Report: invoke(
        'sns-notify-dr',
        {
          comment: 'The one message of how it ended. No notifier changes the outcome; an alarm sees the ends that fail',
          seconds: 10,
          tries: 2,
          result: '$.told',
          catches: [caught('How it ended', '$.untold')],
        },
        { Next: 'How it ended' },
        'ended',
      ),
      'How it ended': {
        Type: 'Choice',
        Choices: [
          { ...is('$.outcome.result', 'failed-over'), Next: 'FailedOver' },
          { ...is('$.outcome.result', 'dry-run-done'), Next: 'DryRunDone' },
          { ...is('$.outcome.result', 'already-running'), Next: 'AlreadyRunning' },
          { ...is('$.outcome.result', 'already-failed-over'), Next: 'AlreadyFailedOver' },
          { ...is('$.outcome.result', 'refused'), Next: 'Refused' },
          { ...is('$.outcome.result', 'no-action'), Next: 'NoAction' },
        ],
        Default: 'Failed',
      },
      FailedOver: { Type: 'Succeed' },
      DryRunDone: { Type: 'Succeed' },
      AlreadyRunning: { Type: 'Succeed' },
      AlreadyFailedOver: { Type: 'Succeed' },
      Refused: {
        Type: 'Fail',
        Error: 'Refused',
        Cause: 'The event was refused and nothing changed; the message says why',
      },
      NoAction: {
        Type: 'Fail',
        Error: 'NoAction',
        Cause: 'The probes do not know or contradict each other; nothing changed, and a person has to look',
      },
      Failed: { Type: 'Fail', Error: 'Failed', Cause: 'The failover is not complete; the message says what to do' },
    },
  };
}
