import { dirname } from 'node:path';
import type { Chart } from 'cdk8s';
import { services as allServices } from './apps/index.ts';
import { type ApplicationSource, applications as applicationObjects, projects } from './apps/platform/argocd.ts';
import { notifier, notifierRights } from './apps/platform/notifier.ts';
import { type Service, serviceFaults } from './apps/service.ts';
import { externalSecrets, registryLogins } from './charts/external-secrets.ts';
import { namespace } from './charts/namespace.ts';
import { nodePools, nodeRights, priorityClasses } from './charts/nodes.ts';
import { webService } from './charts/web-service.ts';
import { UserError } from './lib/errors.ts';
import { label } from './lib/kube/labels.ts';
import { header, manifests, type Tree, TreeBuilder } from './lib/kube/render.ts';
import { toYaml } from './lib/kube/yaml.ts';
import { releasePath, waitingRelease } from './lib/release/releases.ts';
import { dev } from './overlays/environments/dev.ts';
import { dr } from './overlays/environments/dr.ts';
import { environments as overlays } from './overlays/environments/index.ts';
import type { Cluster, Site } from './overlays/overlay.ts';
import { registrySecrets, secrets } from './overlays/secrets.ts';
import { ci } from './pipelines/deliver/ci.ts';
import { listenerPolicyRights } from './pipelines/deliver/listener-policy.ts';
import { listenerRights } from './pipelines/deliver/triggers.ts';

const clusters: Cluster[] = ['seoul', 'tokyo'];
/** Where the pipelines run. */
const hub: Cluster = 'seoul';

/** Everything the platform is on a site: path → text. Throws a UserError that names every fault of the service definitions. */
export function renderTree(site: Site, services: readonly Service[] = allServices): Tree {
  const faults = serviceFaults(services);
  if (faults.length > 0) throw new UserError(faults);
  return new Map(clusters.flatMap((cluster) => [...clusterTree(site, cluster, services)]));
}

/** What one cluster runs, all of it brought by its own Argo CD: with the others gone, nothing of it is missing. */
function clusterTree(site: Site, cluster: Cluster, services: readonly Service[]): Tree {
  const tree = new TreeBuilder();
  const add = (
    folder: string,
    source: string,
    own: string | undefined,
    build: (chart: Chart) => void,
    together?: string,
  ) => tree.add(folder, source, own, manifests(own, build), together);
  const here = overlays.filter((overlay) => overlay.cluster === cluster);
  const environments = here.map(({ name }) => name);
  const { registry, nodes } = site.clusters[cluster];
  const hasPipelines = cluster === hub;
  const own = hasPipelines ? ['ci', 'notifier'] : ['notifier'];
  const applications: ApplicationSource[] = [];
  const platform = (name: string, namespace: string, wave: number) =>
    applications.push({
      name,
      project: 'platform',
      path: `rendered/${cluster}/${name}`,
      namespace,
      retain: true,
      wave,
    });

  add(`rendered/${cluster}/cluster`, 'charts/namespace.ts', undefined, (chart) => {
    // Kaniko unpacks images as root, which restricted refuses.
    if (hasPipelines) namespace(chart, 'ci', { podSecurity: 'baseline', denyByDefault: false });
    priorityClasses(chart);
    if (nodes) nodePools(chart, nodes);
    for (const name of ['notifier', ...environments])
      namespace(chart, name, { podSecurity: 'restricted', denyByDefault: true });
  });
  // Its objects have no namespace or name their own; one that the project allows stands for both.
  platform('cluster', 'notifier', -1);

  for (const { name: environment, ...overlay } of here)
    for (const service of services) {
      const folder = `rendered/${environment}/${service.name}`;
      const source = `apps/${service.name}.ts`;
      const build = (chart: Chart) => webService(chart, service, overlay, site);
      const resources = add(folder, source, environment, build, `${service.name}.yaml`);
      const release = dirname(releasePath(environment, service.name));
      const kustomization = {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources,
        components: [`../../../${release}`],
        // A release is a digest, the same everywhere; each cluster pulls it from the registry of its own region.
        images: [{ name: service.name, newName: `${registry}/${service.name}` }],
      };
      tree.files.set(`${folder}/kustomization.yaml`, header(source) + toYaml(kustomization));
      applications.push({
        name: `${service.name}-${environment}`,
        project: environment,
        path: folder,
        reads: [release],
        namespace: environment,
        labels: { [label.service]: service.name, [label.environment]: environment },
        retain: overlay.retain,
        wave: 1,
      });
    }

  // Pipelines, notifier, and the secrets of both.
  const { secretStore: store, ecr } = site;
  for (const name of [...own, 'argocd']) {
    const those = secrets.filter(({ namespace }) => namespace === name);
    const logins = registrySecrets.filter(({ namespace }) => namespace === name);
    if (store)
      add(`rendered/${cluster}/${name}`, 'overlays/secrets.ts', name, (chart) => externalSecrets(chart, store, those));
    if (ecr && logins.length > 0)
      add(`rendered/${cluster}/${name}`, 'overlays/secrets.ts', name, (chart) =>
        registryLogins(chart, ecr, site.clusters, logins),
      );
  }
  if (hasPipelines) {
    add(`rendered/${cluster}/ci`, 'pipelines/deliver', 'ci', (chart) =>
      ci(chart, site, { home: registry, standby: site.clusters[dr.cluster].registry }, services, dev.name),
    );
    platform('ci', 'ci', 0);
  }
  add(`rendered/${cluster}/notifier`, 'apps/platform/notifier.ts', 'notifier', (chart) =>
    notifier(chart, site, site.clusters[cluster], environments, hasPipelines),
  );
  platform('notifier', 'notifier', 0);

  // Argo CD, which brings all of it, itself included.
  applications.push({
    name: 'platform',
    project: 'platform',
    path: `rendered/${cluster}/argocd`,
    namespace: 'argocd',
    retain: true,
    wave: 0,
  });
  add(`rendered/${cluster}/argocd`, 'apps/platform/argocd.ts', 'argocd', (chart) => {
    projects(chart, site, own, environments, [
      ...nodeRights(nodes !== undefined),
      ...notifierRights,
      ...(hasPipelines ? [...listenerRights, ...listenerPolicyRights] : []),
    ]);
    applicationObjects(chart, site, applications);
  });
  return tree.files;
}

/** The files that an environment starts with for each service; robots own them from then on. */
export function initialReleases(services: readonly Service[] = allServices): Tree {
  const pairs = overlays.flatMap(({ name: environment }) => services.map(({ name }) => [environment, name] as const));
  return new Map(pairs.map(([environment, name]) => [releasePath(environment, name), waitingRelease(name)]));
}
