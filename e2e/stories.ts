import { storesByDefault } from '../overlays/sites/local.ts';

/**
 * The stories of the running platform: a story is a file `<name>.e2e.test.ts` that asks the platform for all that it needs, runs alone and again, and
 * shares no state with another. `sources` are what makes it worth running again: files, and folders with a slash at the end.
 */
export type Story = {
  name: string;
  /** What it proves, in a line. */
  about: string;
  sources: readonly string[];
  /** Its test files, if they are others than that of its name. */
  match?: string;
  /** It needs engines, but no platform, so it runs beside stories that do. */
  apart?: boolean;
};

/** What everything stands on: CI runs it always. */
export const core = 'loop';

export const stories: readonly Story[] = [
  {
    name: 'loop',
    about: 'a push of each service is tested, built, scanned, signed, released, served and reported',
    sources: ['apps/', 'charts/', 'engines/', 'main.ts', 'overlays/', 'pipelines/', 'services/', 'tasks/'],
  },
  {
    name: 'api',
    about: 'services answer what the document of the public API says, and all that it says',
    sources: ['entrance/', 'services/'],
  },
  {
    name: 'webhooks',
    about:
      'one run a push, however often its webhook comes or if it is lost; dev follows main, and nothing else makes a run',
    sources: ['jobs/redeliver-pushes/', 'local/region/ingress/', 'pipelines/deliver/'],
  },
  {
    name: 'contracts',
    about:
      'every gate stops what it is for, of every service; those that a push of story gates breaks are left to that',
    sources: [
      'e2e/contracts.ts',
      'e2e/fixtures/',
      'lib/dockerfile.ts',
      'lib/quality-gate.ts',
      'services/',
      'tasks/git-clone/',
      'tasks/kaniko-build/',
      'tasks/sonar-scan/',
      'tasks/steps/',
      'tasks/trivy-scan/',
      'tasks/unit-test/',
    ],
  },
  {
    name: 'gates',
    about: 'a push stops at the gate that it breaks, Slack is notified of the reason, and nothing of it is released',
    sources: [
      'alerts/',
      'e2e/contracts.ts',
      'e2e/fixtures/',
      'lib/dockerfile.ts',
      'lib/quality-gate.ts',
      'lib/release/',
      'notifier/',
      'pipelines/',
      'services/',
      'tasks/',
    ],
  },
  {
    name: 'builds',
    about: 'code of a push finds no credential, and a commit that is built again gives the same image',
    sources: ['e2e/fixtures/curious/', 'lib/dockerfile.ts', 'services/', 'tasks/'],
  },
  {
    name: 'slack',
    about: 'runs depend neither on Slack nor on each other, and hostile text stays text',
    sources: ['alerts/', 'lib/release/', 'local/outside/', 'notifier/', 'tasks/release/'],
  },
  {
    name: 'faults',
    about: 'forge, registry, controller and every pod of a run may die, and the run ends as it should',
    sources: ['engines/', 'lib/kube/tekton.ts', 'local/outside/', 'local/region/', 'tasks/'],
  },
  {
    name: 'sonarqube',
    about: 'without an answer of SonarQube nothing is released, and a platform without it says so',
    sources: ['lib/quality-gate.ts', 'local/sonarqube/', 'local/up.ts', 'tasks/sonar-scan/'],
  },
  {
    name: 'promotion',
    about: 'scripts/promote brings what dev runs to prod, and from there to dr, once',
    sources: ['jobs/prune-images/', 'lib/release/', 'overlays/', 'scripts/promote.ts'],
  },
  {
    name: 'regions',
    about: 'each region goes on while the other is gone, and Tokyo gets later what it missed',
    sources: ['jobs/backfill-replicas/', 'local/machine/', 'overlays/', 'scripts/region.ts', 'tasks/image-replicate/'],
  },
  {
    name: 'rights',
    about: 'the EventListener, the notifier and the fence may write what is their work, and nothing else',
    sources: ['apps/', 'lib/kube/', 'notifier/', 'pipelines/'],
  },
  {
    name: 'admission',
    about: 'namespaces of services admit what is rendered, with images of these services, and nothing else',
    sources: ['apps/', 'charts/', 'lib/kube/', 'lib/release/', 'overlays/'],
  },
  {
    name: 'boundary',
    about: 'pods that run pushed code reach what the table says, and fill no more than their own place',
    sources: [
      'apps/',
      'charts/',
      'engines/delivery/',
      'lib/kube/',
      'local/region/',
      'overlays/',
      'pipelines/',
      'tasks/',
    ],
  },
  {
    name: 'drills',
    about:
      'Seoul fails in each way, the state machine brings Tokyo up, and failback brings Seoul back with all that was sold',
    sources: ['dr/', 'local/accelerator/', 'local/drill/', 'local/region/hold-pods.ts', 'local/stores/'],
  },
  {
    name: 'entrance',
    about: 'who signed in is let in, a browser books a seat, attacks are blocked, and nobody comes another way',
    sources: ['engines/entrance/', 'entrance/', 'local/accelerator/', 'local/entrance/', 'local/region/ingress/'],
  },
  {
    name: 'stores',
    about: 'with thousands of callers, and replicas and engines killed, nothing acknowledged is lost or doubled',
    sources: ['apps/', 'engines/stores/', 'local/stores/', 'services/'],
  },
  {
    name: 'monitoring',
    about: 'what goes wrong is seen in metric, alert and Slack; dashboards have data, and a load adds replicas',
    sources: ['alerts/', 'apps/platform/', 'charts/', 'engines/monitoring/', 'monitoring/', 'notifier/'],
  },
  {
    name: 'secrets',
    about: 'nothing that the platform runs, writes or says gives a secret away',
    sources: ['apps/', 'lib/', 'local/seed/', 'notifier/', 'pipelines/', 'tasks/'],
  },
  {
    name: 'lifecycle',
    about: 'a second up changes nothing, up restores what was killed, and down leaves nothing behind',
    sources: ['engines/', 'local/', 'scripts/down.ts', 'scripts/up.ts'],
  },
  {
    name: 'fuzz',
    about: 'of ten thousand hostile inputs for each reader of what is pushed none passes, and none takes a second',
    sources: ['alerts/', 'lib/', 'tasks/'],
    match: '**/*.fuzz.test.ts',
    apart: true,
  },
  {
    name: 'failover',
    about:
      'the state machine of the failover keeps its promises over every combination of what may fail, and each seeded fault is found',
    sources: ['dr/'],
    match: '**/dr/{matrix,mutants}.test.ts',
    apart: true,
  },
  {
    name: 'logs',
    about:
      'lines of every service are found by the id of a request, and Slack is notified of the firewall once a window',
    sources: ['alerts/', 'firewall/', 'local/firewall/', 'local/logs/', 'services/'],
  },
  {
    name: 'engines',
    about:
      'parts of the platform against the one real engine that each needs: forge, registry, cosign, kustomize, Triggers, API server',
    sources: ['lib/', 'monitoring/', 'tasks/image-push/', 'pipelines/deliver/', 'engines/', 'rendered/'],
    match: '**/!(stores|infra|logs|entrance)/*.engine.test.ts',
  },
  {
    name: 'entrance-engines',
    about:
      "tokens of every wrong kind are refused on every route, attacks and the core rule set's own tests end at the firewall, a browser books",
    sources: ['engines/entrance/', 'entrance/', 'local/entrance/'],
    match: '**/local/entrance/*.engine.test.ts',
    apart: true,
  },
  {
    name: 'infra',
    about:
      'OpenTofu plans and applies every stack, and finds nothing to change then, or after a failover; Trivy judges the plans; the role of Karpenter allows what it calls',
    sources: ['apps/', 'engines/infra/', 'engines/plans/', 'infra/', 'overlays/', 'rendered/infra/'],
    match: '**/infra/{infra,karpenter}.engine.test.ts',
    apart: true,
  },
  {
    name: 'nodes',
    about: 'Karpenter gives pods the nodes that its rendered pools say, spot first, and disturbs no run',
    sources: ['charts/nodes.ts', 'engines/karpenter/', 'infra/nodes.engine.test.ts', 'overlays/sites/aws.ts'],
    match: '**/infra/nodes.engine.test.ts',
    apart: true,
  },
  // Its engines are built with the stores only.
  ...(storesByDefault
    ? [
        {
          name: 'store-engines',
          about:
            'what the stores acknowledged outlives kill -9, nobody signs in as another, and a copy that was cut off becomes equal',
          sources: ['engines/stores/', 'firewall/', 'local/engines/', 'local/logs/', 'local/sandbox/', 'local/stores/'],
          match: '**/{stores,logs}/*.engine.test.ts',
          apart: true,
        },
      ]
    : []),
];
