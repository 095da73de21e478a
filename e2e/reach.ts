/** Who reaches whom: the table of docs/security.md, which the story `boundary` compares with what its probes reach. */
/** Pods that run what somebody pushed, or read it. */
export const sources = {
  'git-clone': 'ci',
  'unit-test': 'ci',
  'kaniko-build': 'ci',
  'dependency-build': 'ci',
  'cache-save': 'ci',
  'trivy-scan': 'ci',
  'sonar-scan': 'ci',
  'image-push': 'ci',
  'image-replicate': 'ci',
  release: 'ci',
  booking: 'dev',
  ticket: 'dev',
  live: 'prod',
} as const;
export type Source = keyof typeof sources;

const builds: Source[] = ['kaniko-build', 'dependency-build'];
const registries: Source[] = ['git-clone', ...builds, 'cache-save', 'image-push', 'image-replicate', 'release'];
const everyone = Object.keys(sources) as Source[];

/** What there is to reach, and which sources reach it. */
export const targets: Record<string, readonly Source[]> = {
  DNS: everyone,
  'the internet': ['git-clone', 'unit-test', ...builds],
  forge: ['git-clone', 'release'],
  "Seoul's registry": registries,
  "Tokyo's registry": registries,
  SonarQube: ['sonar-scan'],
  'Slack stand-in': [],
  'ticket in dev': [],
  'ticket in prod': [],
  Kafka: ['booking', 'ticket'],
  'DynamoDB of booking in dev': ['booking'],
  'DynamoDB of booking in prod': [],
  'DynamoDB of live in dev': [],
  'DynamoDB of live in prod': ['live'],
  S3: ['live'],
  'PostgreSQL of dev': ['ticket'],
  'PostgreSQL of prod': [],
  "Tokyo's Kafka": [],
  "Tokyo's DynamoDB of live in prod": [],
  "Tokyo's S3": [],
  "Tokyo's PostgreSQL of prod": [],
  'API server': [],
  "Tokyo's API server": [],
  kubelet: [],
  EventListener: [],
  "Triggers' interceptors": [],
  "Tekton's admission webhook": [],
  "Argo CD's repo-server": [],
  "Argo CD's Redis": [],
  "Argo CD's API": [],
  notifier: [],
  'metrics-server': [],
  "Seoul's ingress": [],
  "Tokyo's ingress": [],
  "services at Seoul's ingress": [],
  "services at Tokyo's ingress": [],
  'the entrance': [],
  'the machine': [],
};

/** The table as docs/security.md has it. */
export const reachTable = (): string =>
  [
    '| what | reached by |',
    '|---|---|',
    ...Object.entries(targets).map(
      ([target, by]) =>
        `| ${target} | ${by === everyone ? 'all' : by.map((name) => `${name}${sources[name] === 'ci' ? '' : ` in ${sources[name]}`}`).join(', ') || 'none'} |`,
    ),
  ].join('\n');
