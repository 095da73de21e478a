/** The first part of the failover: it admits an event, probes both regions and decides on a branch. Nothing has changed until its last state. */
import type { ChoiceRule, Machine, Test } from './asl.ts';
import { table } from './classify.ts';
import type { FunctionName } from './lambdas.ts';
import { again, branch, caught, ends, failedAt, is, pass, poll, statesOf } from './states.ts';

/** Looks at Seoul, every 10 s, while its observers do not agree. */
export const seoulPolls = 2;

/** Seoul and Tokyo, at the same time. */
function probes({ probe }: ReturnType<typeof statesOf>): [seoul: Machine, tokyo: Machine] {
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
  return [seoul, tokyo];
}

/** From `Admit` to `Decide`, which goes on to `Tell begun`; every other end goes on to `Settle` or `Report`. */
export function decideStates(functions: Record<FunctionName, string>): Machine['States'] {
  const states = statesOf(functions);
  const { invoke } = states;
  return {
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
      Branches: probes(states),
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
  };
}
