/** Every label and annotation of the platform, spelled here only. No imports: programs bundle it. */
export const labelPrefix = 'tickets.example/';
const own = <const N extends string>(name: N): `tickets.example/${N}` => `${labelPrefix}${name}`;

export const label = {
  service: own('service'),
  environment: own('environment'),
  commit: own('commit'),
  /** On pods that may call the service. */
  calls: (service: string) => own(`calls-${service}`),
};

export const annotation = {
  commit: own('commit'),
  subject: own('subject'),
  author: own('author'),
  repository: own('repository'),
  /** `true` on the run of a push whose webhook started none. */
  redelivered: own('redelivered'),
  /** The PipelineRun that built the release. */
  run: own('run'),
  /** Gates that are off on the site of a run. */
  gatesOff: own('gates-off'),
  /** Why a Task has steps that run as root. */
  runsAsRoot: own('runs-as-root'),
  /** The epoch of the writer by which pods are held. */
  epoch: own('writer-epoch'),
  /** When pods that were held were let start again. */
  released: own('released-at'),
  /** What was notified about an object. */
  notified: 'notifier.tickets.example/notified',
} as const;
