/** Faults to be put into the machine and its functions, one at a time, as a change of source text. Each has to break a proof. */
export type Mutant = { name: string; file: string; from: string; to: string };

/** As it stands in the source. */
const token = ['`', '{incident}-', '{size}`'].join('$');

const of = (file: string, list: [name: string, from: string, to: string][]): Mutant[] =>
  list.map(([name, from, to]) => ({ name, file, from, to }));

export const mutants: Mutant[] = [
  ...of('dr/machine-decide.ts', [
    ['the Catch of the probes is dropped', "Catch: [caught(failedAt('probe'))]", 'Catch: []'],
    ['the branch is not written down', "Default: 'Preflight',", "Default: 'Tell begun',"],
  ]),
  ...of('dr/machine-act.ts', [
    ['the Catch of the promotion is dropped', "catches: [caught(failedAt('promote'))]", 'catches: []'],
    [
      'a failed confirmation goes on to the traffic',
      "catches: [caught(failedAt('confirm'))]",
      "catches: [caught('Tell promoted')]",
    ],
    ['the wait is cut', 'waitSeconds = 90', 'waitSeconds = 9'],
    ['the wait is as long as a dinner', 'waitSeconds = 90', 'waitSeconds = 180'],
    ['the wait is left out', "Default: 'Stabilise'", "Default: 'Confirm writer'"],
    [
      'the writer is not confirmed',
      "Seconds: waitSeconds, Next: 'Confirm writer'",
      "Seconds: waitSeconds, Next: 'Tell promoted'",
    ],
    ['the writer is looked for once', 'writerPolls = 21', 'writerPolls = 0'],
    ['the writer is looked for for hours', 'writerPolls = 21', 'writerPolls = 210'],
    [
      'svc-failure takes the way of the database',
      "is('$.branch', 'svc-failure'), Next: 'Switch traffic'",
      "is('$.branch', 'svc-failure'), Next: 'Fence'",
    ],
    [
      'svc-failure scales',
      "is('$.branch', 'svc-failure'), Next: 'Verify?'",
      "is('$.branch', 'svc-failure'), Next: 'Scale'",
    ],
    [
      'a dry run fences',
      "{ ...is('$.run.mode', 'dry-run'), Next: 'Promote' }",
      "{ ...is('$.run.mode', 'dry-run'), Next: 'Fence' }",
    ],
    ['nodes before traffic', "notify('promoted', 'Switch traffic')", "notify('promoted', 'Scale')"],
    [
      'what fails is called done',
      "[failedAt('verify')]: ends({ result: 'failed'",
      "[failedAt('verify')]: ends({ result: 'failed-over'",
    ],
    ['no verification', "Default: 'Verify',", "Default: 'Done',"],
    [
      'a fence that fails stops the failover',
      "Catch: [caught('Promote', '$.fence')]",
      "Catch: [caught(failedAt('promote'))]",
    ],
    ['a fence that fails once is given up', 'Retry: [{ ...again(2), ErrorEquals: unwritten }]', 'Retry: [again(2)]'],
    ['the fence receives the number of the admission', ', $.decision.epoch)', ', $.run.epoch)'],
  ]),
  ...of('dr/machine-end.ts', [
    ['the end is not notified', "{ Next: 'Report' },\n      'settle'", "{ Next: 'How it ended' },\n      'settle'"],
    ['a notifier that fails fails the failover', "catches: [caught('How it ended', '$.untold')]", 'catches: []'],
    [
      'an end that nobody heard is not said again',
      "tries: 2,\n        result: '$.told'",
      "tries: 0,\n        result: '$.told'",
    ],
  ]),
  ...of('dr/machine.ts', [
    ['no lock', "StartAt: 'Admit'", "StartAt: 'Probe'"],
    ['the machine may run for a day', 'TimeoutSeconds: machineSeconds', 'TimeoutSeconds: 86_400'],
  ]),
  ...of('dr/number.ts', [
    ['an epoch that a person wrote is not looked at', 'Math.max(epoch, last.epoch + 1)', 'epoch'],
    ['the same epoch as that of Seoul', 'last.epoch + 1', 'last.epoch'],
    ['its own epoch counts as somebody else’s', "last.writer === 'tokyo'", "last.writer === 'seoul'"],
  ]),
  ...of('dr/sns-notify-dr/event.ts', [
    ['a fence that failed is not reported', '...(fence ? [', '...(!fence ? ['],
    [
      'without its fence it is called done',
      "end === 'failed over' && unfenced.length > 0",
      "end === 'failed' && unfenced.length > 0",
    ],
  ]),
  ...of('dr/aurora-healthcheck-seoul/healthcheck.ts', [
    [
      'observers who do not agree are not asked again',
      "both.writer === 'unknown' || both.app === 'unknown'",
      'Math.random() < 0',
    ],
  ]),
  ...of('dr/states.ts', [
    ['steps are notified synchronously', "InvocationType: 'Event'", "InvocationType: 'RequestResponse'"],
    ['transient faults are not retried', "'Retryable',\n];", '];'],
  ]),
  ...of('dr/classify.ts', [
    ['database and services are taken for the services alone', "verdict: 'db+app-failure'", "verdict: 'svc-failure'"],
    [
      'a lost region is taken for a lost database',
      "verdict: 'region-failure',\n    when",
      "verdict: 'db-failure',\n    when",
    ],
    [
      'an unknown writer is taken for a lost one',
      "'seoul.writer': ['fail'],\n      'seoul.app': ['ok']",
      "'seoul.writer': ['fail', 'unknown'],\n      'seoul.app': ['ok']",
    ],
    ['what is assumed is no branch of a dry run', '...branches.map(assumed),', ''],
    ['the claim of a person decides alone', "'run.trigger': ['', 'db+app-failure'],", ''],
    ['a begun failover is not resumed', "'tokyo.role': ['writer', 'promoting']", "'tokyo.role': ['detached']"],
    ['traffic moves to services that do not answer', "'tokyo.app': ['ok'],\n      'run.trigger'", "'run.trigger'"],
  ]),
  ...of('dr/aws/database.ts', [
    ['AllowDataLoss is forgotten', 'AllowDataLoss: true,', ''],
    ['a switchover', 'AllowDataLoss: true,', 'AllowDataLoss: true,\n            Switchover: true,'],
    [
      'the name in place of the ARN',
      'TargetDbClusterIdentifier: tokyoArn',
      "TargetDbClusterIdentifier: 'dr-aurora-cluster'",
    ],
    ['a promotion under way counts as done', "? 'promoting'", "? 'writer'"],
    ['every member is the writer', 'member.IsWriter\n', 'member\n'],
  ]),
  ...of('dr/aws/traffic.ts', [
    ["the accelerator's API in Tokyo", 'client(acceleratorRegion)', "client('ap-northeast-1')"],
    ['the weight is forgotten', 'Weight: weight,', ''],
    ['the dial is forgotten', 'TrafficDialPercentage: dial,', ''],
    ['client addresses are lost', 'ClientIPPreservationEnabled: keepsClientAddress,', ''],
    [
      'the groups are mixed up',
      "seoul: config('DR_ENDPOINT_GROUP_SEOUL'),\n    tokyo: config('DR_ENDPOINT_GROUP_TOKYO')",
      "seoul: config('DR_ENDPOINT_GROUP_TOKYO'),\n    tokyo: config('DR_ENDPOINT_GROUP_SEOUL')",
    ],
  ]),
  ...of('dr/ga-switch-endpoint/switch.ts', [
    ['Seoul before Tokyo', '    .map((change) =>', '    .reverse()\n    .map((change) =>'],
    ['Seoul keeps its weight', "wanted('seoul', 0, () => 0)", "wanted('seoul', 0, ({ weight }) => weight)"],
    ['Seoul keeps its dial', "wanted('seoul', 0, () => 0)", "wanted('seoul', 100, () => 0)"],
    ['the dial alone', 'id === endpoint.tokyo ? Math.max(weight, fullWeight) : weight', 'weight'],
    ['other endpoints are removed', 'groups[region].endpoints.map(', 'groups[region].endpoints.slice(-1).map('],
    ['a dry run moves the traffic', "if (mode === 'dry-run') return { did: [], would: texts };", ''],
  ]),
  ...of('dr/eks-scale-dr/scale.ts', [
    ['nodes may be lowered', 'Math.max(desired, Math.min(max, wanted))', 'Math.min(desired, Math.min(max, wanted))'],
    ['more nodes than the maximum', 'Math.max(desired, Math.min(max, wanted))', 'Math.max(desired, wanted + max)'],
    ['a token of chance', token, 'String(Math.random())'],
    ['an update under way counts as ours', "=== 'busy'", "=== 'never'"],
  ]),
  ...of('dr/aurora-promote-tokyo/promote.ts', [
    ['a promotion of what writes already', 'writer: "Tokyo\'s database writes already",', ''],
    ['a dry run promotes', "if (mode === 'dry-run')", "if (mode === 'rehearsal')"],
    [
      'a promotion whose answer is lost counts as failed',
      "if (now?.role !== 'writer' && now?.role !== 'promoting') throw error;",
      'throw new Permanent(String(now));',
    ],
  ]),
  ...of('dr/dr-failover-check/check.ts', [
    ['versions are not compared', 'candidate.version !== status.version', 'candidate.version === undefined'],
    ['a cluster without instances is promoted', 'candidate.instances === 0', 'candidate.instances < 0'],
    ['a reader counts as the writer', "role !== 'writer' || !available", "role === 'unknown' || !available"],
    ['a writer that is not available counts', "role !== 'writer' || !available", "role !== 'writer'"],
    ['services that do not answer count as served', "if (app !== 'ok')", "if (app === 'unknown')"],
  ]),
  ...of('dr/dr-failover-lock/lock.ts', [
    [
      'a later number is not written down',
      'version: item.version + 1, epoch, decided: branch',
      'version: item.version + 1, decided: branch',
    ],
    [
      'a secret that nobody can read stops the failover',
      '(error: Error) => ({ unread: error.message })',
      '(error: Error) => { throw error; }',
    ],
    ['two run at once', "item.state === 'running' && ownerRuns", "item.state === 'running' && !ownerRuns"],
    [
      'a second failover after the first',
      "if (item.state === 'failed-over')",
      "if (item.state === ('gone' as string))",
    ],
    ['an old unfinished failover is resumed', 'resumeSeconds = 1800', 'resumeSeconds = 180_000'],
    ['a dry run takes the lock', "...(mode === 'dry-run' ? {} : { item: next })", '...{ item: next }'],
    [
      'whoever lost the lock goes on',
      "item?.owner !== execution || item.state !== 'running') throw",
      "item?.owner === '' || item?.state !== 'running') throw",
    ],
    ['svc-failure counts as a whole failover', "branch === 'svc-failure' ? 'idle' : 'failed-over'", "'failed-over'"],
    [
      'the same event twice',
      "item.event === event && item.state !== 'running'",
      "item.event === '' && item.state !== 'running'",
    ],
  ]),
  ...of('dr/aws/lock.ts', [
    ['the lock is written without a condition', "ConditionExpression: 'version = :version',", ''],
  ]),
  ...of('dr/input.ts', [
    ['what a person says of a real run is assumed', "mode === 'dry-run' && event.source ===", 'event.source ==='],
    ['stale events are taken', 'age > staleSeconds ||', ''],
    ['events of other accounts are taken', 'event.account !== account', "event.account === ''"],
  ]),
  ...of('dr/config.ts', [
    ['rehearsals are taken in the live account', 'if (!allowed.includes(mode))', "if (!allowed.includes('live'))"],
    ['a disarmed installation acts', "config('DR_LIVE') !== 'armed'", "config('DR_LIVE') === 'disarmed'"],
  ]),
  ...of('dr/sight.ts', [
    ['one observer is enough', "one === other ? one : 'unknown'", "one === 'unknown' ? other : one"],
  ]),
];
