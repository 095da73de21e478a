import type { Construct } from 'constructs';
import { application, appProject, cascade, type GroupKind, survive } from '../../lib/kube/argocd.ts';
import type { Manifest } from '../../lib/kube/render.ts';
import { groupOf } from '../../lib/kube/scope.ts';
import type { Site } from '../../overlays/overlay.ts';
import type { App, Component, Target } from '../app.ts';
import { secretsOf } from './secrets.ts';

/** The cluster that an Argo CD itself runs in: the only one that it knows, so that each outlives the loss of the others. */
const inCluster = 'https://kubernetes.default.svc';

const platformRepository = ({ forge }: Site): string => `${forge.url}/${forge.owner}/platform.git`;

const wave = (number: number) => ({ 'argocd.argoproj.io/sync-wave': `${number}` });

/** Where objects of an Application land that have no namespace or name their own: one that the project allows. */
const anyAllowed = 'notifier';

/** The only place with a sync policy. */
function applications(scope: Construct, site: Site, apps: readonly Omit<App, 'charts'>[]): void {
  for (const { name, project, folder, reads = [], namespace = anyAllowed, labels, retain, wave: number } of apps)
    application(
      scope,
      {
        name,
        ...(labels ? { labels } : {}),
        annotations: {
          ...wave(number),
          ...(retain ? survive : {}),
          // A commit elsewhere in the repository does not make Argo CD render this one again.
          'argocd.argoproj.io/manifest-generate-paths': [folder, ...reads].map((path) => `/${path}`).join(';'),
        },
        ...(retain ? {} : { finalizers: [cascade] }),
      },
      {
        project,
        source: { repoURL: platformRepository(site), targetRevision: 'main', path: folder },
        destination: { server: inCluster, namespace },
        syncPolicy: {
          // An empty folder is a fault of the generator, never a wish to delete everything.
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

/** What services consist of, and below it what Argo CD shows of them: it hides a kind that the project does not list. */
const serviceKinds = kinds({
  '': ['Service', 'ServiceAccount', 'Pod'],
  apps: ['Deployment', 'ReplicaSet'],
  autoscaling: ['HorizontalPodAutoscaler'],
  'discovery.k8s.io': ['EndpointSlice'],
  'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
  policy: ['PodDisruptionBudget'],
});

/** What controllers make of a kind. Argo CD shows of it what the project allows. */
const children: Record<string, GroupKind[]> = {
  Deployment: kinds({ apps: ['ReplicaSet'], '': ['Pod'] }),
  CronJob: kinds({ batch: ['Job'], '': ['Pod'] }),
  EventListener: kinds({ apps: ['Deployment', 'ReplicaSet'], '': ['Pod', 'Service'] }),
};

/** Each once, in an order of its own: a project does not change because objects are made in another one. */
const unique = <T extends object>(list: T[]): T[] =>
  [...new Map(list.map((entry) => [JSON.stringify(entry), entry])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry);

/** What Applications may bring where. Of services it is said here, as a boundary that their charts cannot move; the platform itself brings what it renders. */
function projects(scope: Construct, { site, overlays, before }: Target): void {
  const sourceRepos = [platformRepository(site)];
  const metadata = (name: string) => ({ name, annotations: { ...wave(-2), ...survive } });
  for (const { name } of overlays)
    appProject(scope, metadata(name), {
      description: `Services in ${name}`,
      sourceRepos,
      destinations: [{ server: inCluster, namespace: name }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: serviceKinds,
    });
  const own = kinds({ 'argoproj.io': ['Application', 'AppProject'] });
  const kindOf = ({ apiVersion, kind }: Manifest): GroupKind => ({ group: groupOf(apiVersion), kind });
  const [namespaced, clusterScoped] = [true, false].map((has) =>
    before.platformObjects.filter(({ metadata }) => (metadata.namespace !== undefined) === has),
  ) as [Manifest[], Manifest[]];
  const namespaces = new Set(['argocd', ...namespaced.map(({ metadata }) => metadata.namespace as string)]);
  appProject(scope, metadata('platform'), {
    description: 'Pipelines, notifier, namespaces, and Argo CD itself',
    sourceRepos,
    destinations: [...namespaces].sort().map((namespace) => ({ server: inCluster, namespace })),
    clusterResourceWhitelist: unique(
      clusterScoped.map((object) => ({ ...kindOf(object), name: object.metadata.name as string })),
    ),
    namespaceResourceWhitelist: unique([
      ...own,
      ...namespaced.flatMap((object) => [kindOf(object), ...(children[object.kind] ?? [])]),
    ]),
  });
}

/** Argo CD, which brings all of it, itself included. */
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
      applications(chart, target.site, target.before.apps);
    },
  },
};
