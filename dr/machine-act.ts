/** The second part of the failover: it changes the fence, the database, the traffic and the nodes, in this order, and verifies them. */
import { integrations } from '../overlays/names.ts';
import type { Machine } from './asl.ts';
import type { FunctionName } from './lambdas.ts';
import { again, caught, ends, failedAt, is, poll, statesOf } from './states.ts';

/** Seconds between the promotion and the first look whether Tokyo writes; 90 to 120 by the order of the failover. */
export const waitSeconds = 90;
/** The writer is looked for so often, every 10 s; with the wait that is about 300 s, after which a person is paged. */
export const writerPolls = 21;

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

/** From `Tell begun` to `Done`; every end goes on to `Settle`. `writerEpoch`: ARN of the secret with the writer's epoch. */
export function actStates(functions: Record<FunctionName, string>, writerEpoch: string): Machine['States'] {
  const { invoke, notify } = statesOf(functions);
  return {
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
  };
}
