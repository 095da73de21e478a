/** Every label and annotation of the platform's own, spelled here only. Without imports: programs in pods read it too. */
export const labelPrefix = 'tickets.example/';
const own = <const N extends string>(name: N): `tickets.example/${N}` => `${labelPrefix}${name}`;

export const label = {
  service: own('service'),
  environment: own('environment'),
  commit: own('commit'),
  /** On pods that may call a service. */
  calls: (service: string) => own(`calls-${service}`),
};

export const annotation = {
  commit: own('commit'),
  subject: own('subject'),
  author: own('author'),
  repository: own('repository'),
  /** Name of the PipelineRun that built what is released. */
  run: own('run'),
  /** Gates that the site of a run does without. */
  gatesOff: own('gates-off'),
  /** Why steps of a Task run as root. */
  runsAsRoot: own('runs-as-root'),
  /** What was notified about an object. */
  notified: 'notifier.tickets.example/notified',
} as const;
