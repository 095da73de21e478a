import type { Construct } from 'constructs';
import { application, appProject, cascade, type GroupKind, inWave, survive } from '../../lib/kube/argocd.ts';
import type { Manifest } from '../../lib/kube/render.ts';
import { groupOf } from '../../lib/kube/scope.ts';
import type { Site } from '../../overlays/overlay.ts';
import type { App, Component, Target } from '../app.ts';
import { secretsOf } from './secrets.ts';

/** Each Argo CD knows only its own cluster, so it outlives the loss of the others. */
const inCluster = 'https://kubernetes.default.svc';

const platformRepository = ({ forge }: Site): string => `${forge.url}/${forge.owner}/platform.git`;

/** Destination of an Application whose objects have no namespace or name their own; the project has to allow it. */
const anyAllowed = 'notifier';

/** The only sync policy. */
function applications(scope: Construct, site: Site, apps: readonly Omit<App, 'charts'>[]): void {
  for (const { name, project, folder, reads = [], namespace = anyAllowed, labels, retain, wave } of apps)
    application(
      scope,
      {
        name,
        ...(labels ? { labels } : {}),
        annotations: {
          ...inWave(wave),
          ...(retain ? survive : {}),
          // Argo CD renders it again for a commit in these folders only.
          'argocd.argoproj.io/manifest-generate-paths': [folder, ...reads].map((path) => `/${path}`).join(';'),
        },
        ...(retain ? {} : { finalizers: [cascade] }),
      },
      {
        project,
        source: { repoURL: platformRepository(site), targetRevision: 'main', path: folder },
        destination: { server: inCluster, namespace },
        syncPolicy: {
          // An empty folder is a fault of the generator and must not prune everything.
          automated: { prune: true, selfHeal: true, allowEmpty: false },
          retry: { limit: 10, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
          syncOptions: ['ServerSideApply=true', 'PruneLast=true', 'FailOnSharedResource=true'],
        },
        revisionHistoryLimit: 10,
      },
    );
}

const kinds = (list: Record<string, string[]>): GroupKind[] =>
  Object.entries(list).flatMap(([group, names]) => names.map((kind) => ({ group, kind })));

/** Kinds that a service may consist of, and their children: Argo CD shows only kinds that the project allows. */
const serviceKinds = kinds({
  '': ['Service', 'ServiceAccount', 'Pod'],
  apps: ['Deployment', 'ReplicaSet'],
  autoscaling: ['HorizontalPodAutoscaler'],
  batch: ['CronJob', 'Job'],
  'discovery.k8s.io': ['EndpointSlice'],
  'external-secrets.io': ['ExternalSecret'],
  'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
  policy: ['PodDisruptionBudget'],
});

/** Kinds that controllers create for a kind. Argo CD shows only kinds that the project allows. */
const children: Record<string, GroupKind[]> = {
  Deployment: kinds({ apps: ['ReplicaSet'], '': ['Pod'] }),
  DaemonSet: kinds({ apps: ['ControllerRevision'], '': ['Pod'] }),
  Service: kinds({ 'discovery.k8s.io': ['EndpointSlice'] }),
  Job: kinds({ '': ['Pod'] }),
  CronJob: kinds({ batch: ['Job'], '': ['Pod'] }),
  EventListener: kinds({ apps: ['Deployment', 'ReplicaSet'], '': ['Pod', 'Service'] }),
};

/** Each entry once, sorted, so that the order in which charts add objects does not change the project. */
const unique = <T extends object>(list: T[]): T[] =>
  [...new Map(list.map((entry) => [JSON.stringify(entry), entry])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry);

/**
 * The AppProjects. Those of environments allow what is rendered of a list that is written by hand, as a boundary that the charts of services
 * cannot widen. The platform's allows what it renders.
 */
function projects(scope: Construct, { site, overlays, renderedSoFar }: Target): void {
  const sourceRepos = [platformRepository(site)];
  const metadata = (name: string) => ({ name, annotations: { ...inWave(-2), ...survive } });
  const kindOf = ({ apiVersion, kind }: Manifest): GroupKind => ({ group: groupOf(apiVersion), kind });
  const withChildren = (object: Manifest): GroupKind[] => [kindOf(object), ...(children[object.kind] ?? [])];
  for (const { name } of overlays) {
    const there = renderedSoFar
      .flatMap(({ app, objects }) => (app.project === name ? objects : []))
      .flatMap(withChildren)
      .map(({ group, kind }) => `${group}/${kind}`);
    appProject(scope, metadata(name), {
      description: `Services in ${name}`,
      sourceRepos,
      destinations: [{ server: inCluster, namespace: name }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: serviceKinds.filter(({ group, kind }) => there.includes(`${group}/${kind}`)),
    });
  }
  const own = kinds({ 'argoproj.io': ['Application', 'AppProject'] });
  const ofPlatform = renderedSoFar.flatMap(({ app, objects }) => (app.project === 'platform' ? objects : []));
  const [namespaced, clusterScoped] = [true, false].map((has) =>
    ofPlatform.filter(({ metadata }) => (metadata.namespace !== undefined) === has),
  ) as [Manifest[], Manifest[]];
  const namespaces = new Set(['argocd', ...namespaced.map(({ metadata }) => metadata.namespace as string)]);
  appProject(scope, metadata('platform'), {
    description: 'Pipelines, notifier, namespaces, and Argo CD itself',
    sourceRepos,
    destinations: [...namespaces].sort().map((namespace) => ({ server: inCluster, namespace })),
    clusterResourceWhitelist: unique(
      clusterScoped.map((object) => ({ ...kindOf(object), name: object.metadata.name as string })),
    ),
    namespaceResourceWhitelist: unique([...own, ...namespaced.flatMap(withChildren)]),
  });
}

/** Argo CD: its projects and Applications, one of which is its own. */
export const argocd: Component = {
  name: 'platform',
  folder: 'argocd',
  namespace: 'argocd',
  wave: 0,
  on: () => true,
  charts: {
    ...secretsOf('argocd'),
    'apps/platform/argocd.ts': (chart, target) => {
      projects(chart, target);
      applications(
        chart,
        target.site,
        target.renderedSoFar.map(({ app }) => app),
      );
    },
  },
};
