import type { Construct } from 'constructs';
import { application, appProject, cascade, type GroupKind, survive } from '../../lib/kube/argocd.ts';
import type { Site } from '../../overlays/overlay.ts';

/** One Application: a folder of this repository and where it lands. */
export type ApplicationSource = {
  name: string;
  project: string;
  /** The folder that is applied. */
  path: string;
  /** Folders outside of it that it reads. */
  reads?: string[];
  /** Where it lands, on the cluster of the Argo CD that has it. */
  namespace: string;
  labels?: Record<string, string>;
  /** It and what it brought outlive its deletion and that of the Application above it. Otherwise what it brought goes with it. */
  retain: boolean;
  /** Lower comes first. Argo CD does not wait for an Application to be healthy, so what comes later retries until it fits. */
  wave: number;
};

/** The cluster that an Argo CD itself runs in: the only one that it knows, so that each outlives the loss of the others. */
const inCluster = 'https://kubernetes.default.svc';

export const platformRepository = ({ forge }: Site): string => `${forge.url}/${forge.owner}/platform.git`;

const wave = (number: number) => ({ 'argocd.argoproj.io/sync-wave': `${number}` });

/** The only place with a sync policy. */
export function applications(scope: Construct, site: Site, list: ApplicationSource[]): void {
  for (const { name, project, path, reads = [], namespace, labels, retain, wave: number } of list)
    application(
      scope,
      {
        name,
        ...(labels ? { labels } : {}),
        annotations: {
          ...wave(number),
          ...(retain ? survive : {}),
          // A commit elsewhere in the repository does not make Argo CD render this one again.
          'argocd.argoproj.io/manifest-generate-paths': [path, ...reads].map((folder) => `/${folder}`).join(';'),
        },
        ...(retain ? {} : { finalizers: [cascade] }),
      },
      {
        project,
        source: { repoURL: platformRepository(site), targetRevision: 'main', path },
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

const platformKinds = kinds({
  '': ['ConfigMap', 'Pod', 'Service', 'ServiceAccount'],
  apps: ['Deployment', 'ReplicaSet'],
  batch: ['CronJob', 'Job'],
  'argoproj.io': ['Application', 'AppProject'],
  'external-secrets.io': ['ExternalSecret'],
  'generators.external-secrets.io': ['ECRAuthorizationToken'],
  'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
  'rbac.authorization.k8s.io': ['Role', 'RoleBinding'],
  'tekton.dev': ['Task', 'Pipeline'],
  'traefik.io': ['Middleware'],
  'triggers.tekton.dev': ['EventListener', 'TriggerBinding', 'TriggerTemplate', 'Trigger'],
});

/**
 * What Applications may bring where: one project an environment, and one for the platform itself, which has the namespaces `own` and
 * makes those of `own` and of the environments.
 */
export function projects(
  scope: Construct,
  site: Site,
  own: string[],
  environments: string[],
  cluster: (GroupKind & { name: string })[],
): void {
  const sourceRepos = [platformRepository(site)];
  const metadata = (name: string) => ({ name, annotations: { ...wave(-2), ...survive } });
  for (const name of environments)
    appProject(scope, metadata(name), {
      description: `Services in ${name}`,
      sourceRepos,
      destinations: [{ server: inCluster, namespace: name }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: serviceKinds,
    });
  appProject(scope, metadata('platform'), {
    description: 'Pipelines, notifier, namespaces, and Argo CD itself',
    sourceRepos,
    destinations: ['argocd', ...own, ...environments].map((namespace) => ({ server: inCluster, namespace })),
    clusterResourceWhitelist: [
      ...[...own, ...environments].map((name) => ({ group: '', kind: 'Namespace', name })),
      ...cluster,
    ],
    namespaceResourceWhitelist: platformKinds,
  });
}
