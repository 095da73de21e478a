/** The last part of the failover: it records how the run ended, reports it once, and ends the execution by it. */
import type { Machine } from './asl.ts';
import type { FunctionName } from './lambdas.ts';
import { caught, is, statesOf } from './states.ts';

export function endStates(functions: Record<FunctionName, string>): Machine['States'] {
  const { invoke } = statesOf(functions);
  return {
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
  };
}
