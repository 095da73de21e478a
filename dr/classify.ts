import { type Branch, branches, type Role, type Run, type Seoul, type Sight, type Tokyo } from './types.ts';

/**
 * Which branch a failure takes, as a table. The first row that holds decides, and where none does a person is paged. Both the Choice
 * state of the machine and the function below come from it.
 */
export type Verdict = Branch | 'already';
export type Facts = {
  'seoul.writer': Sight;
  'seoul.app': Sight;
  'seoul.region': Sight;
  'tokyo.database': Sight;
  'tokyo.app': Sight;
  'tokyo.role': Role;
  'run.trigger': Branch | '';
  'run.decided': Branch | '';
  'run.moved': 'yes' | 'no';
  'run.assumed': Branch | '';
};
export type Row = { verdict: Verdict; when: { [Fact in keyof Facts]?: Facts[Fact][] }; because: string };

/** A failover that has begun is finished, also if Seoul answers again meanwhile: Tokyo's database already writes, or is about to. */
const resumed = (branch: Branch): Row => ({
  verdict: branch,
  when: { 'run.decided': [branch], 'tokyo.role': ['writer', 'promoting'] },
  because: 'an earlier run of this incident has promoted Tokyo',
});

/** A person asks what would happen. Nothing changes in a dry run, so Seoul may be well; Tokyo has to be able to take over. */
const assumed = (branch: Branch): Row => ({
  verdict: branch,
  when: {
    'run.assumed': [branch],
    ...(branch === 'svc-failure' ? { 'tokyo.app': ['ok'] } : { 'tokyo.database': ['ok'] }),
  },
  because: 'a person asks what would happen, in a dry run',
});

export const table: Row[] = [
  ...branches.map(assumed),
  resumed('db-failure'),
  resumed('region-failure'),
  resumed('db+app-failure'),
  {
    verdict: 'region-failure',
    when: {
      'seoul.writer': ['fail'],
      'seoul.app': ['fail'],
      'seoul.region': ['fail'],
      'tokyo.database': ['ok'],
      'run.trigger': ['', 'region-failure'],
    },
    because: 'nothing of Seoul answers',
  },
  {
    verdict: 'db+app-failure',
    when: {
      'seoul.writer': ['fail'],
      'seoul.app': ['fail'],
      // Both branches do the same, so an unknown region need not stop them.
      'seoul.region': ['ok', 'unknown'],
      'tokyo.database': ['ok'],
      'run.trigger': ['', 'db+app-failure'],
    },
    because: 'database and services are gone',
  },
  {
    verdict: 'db-failure',
    when: {
      'seoul.writer': ['fail'],
      'seoul.app': ['ok'],
      'seoul.region': ['ok'],
      'tokyo.database': ['ok'],
      'run.trigger': ['', 'db-failure'],
    },
    because: 'the database alone is gone',
  },
  {
    verdict: 'already',
    when: { 'seoul.writer': ['ok'], 'seoul.app': ['fail'], 'run.moved': ['yes'] },
    because: 'the traffic is in Tokyo since an earlier svc-failure, and the database is well',
  },
  {
    verdict: 'svc-failure',
    when: {
      'seoul.writer': ['ok'],
      'seoul.app': ['fail'],
      'seoul.region': ['ok'],
      'tokyo.app': ['ok'],
      'run.trigger': ['', 'svc-failure'],
      'run.moved': ['no'],
    },
    because: 'the services alone are gone, and those of Tokyo answer',
  },
  {
    verdict: 'svc-failure',
    when: { 'run.decided': ['svc-failure'], 'seoul.writer': ['ok'], 'tokyo.app': ['ok'] },
    because: 'an earlier run of this incident has begun to move the traffic',
  },
];

export function factsOf(run: Run, seoul: Seoul, tokyo: Tokyo): Facts {
  return {
    'seoul.writer': seoul.writer,
    'seoul.app': seoul.app,
    'seoul.region': seoul.region,
    'tokyo.database': tokyo.database,
    'tokyo.app': tokyo.app,
    'tokyo.role': tokyo.role,
    'run.trigger': run.trigger,
    'run.decided': run.decided,
    'run.moved': run.moved,
    'run.assumed': run.assumed,
  };
}

/** Undefined: no action, page a person. */
export function classify(facts: Facts): Verdict | undefined {
  return table.find(({ when }) =>
    Object.entries(when).every(([fact, values]) => (values as string[]).includes(facts[fact as keyof Facts])),
  )?.verdict;
}
