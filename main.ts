import { type App, componentApp, type Target } from './apps/app.ts';
import { overlayFaults, serviceFaults } from './apps/definition.ts';
import { services as allServices } from './apps/index.ts';
import { platform } from './apps/platform/index.ts';
import { type Service, serviceApp } from './apps/service.ts';
import { UserError } from './lib/errors.ts';
import { type Manifest, manifests, type Tree, TreeBuilder } from './lib/kube/render.ts';
import { placeFaults } from './lib/places.ts';
import { releasePath, waitingRelease } from './lib/release/releases.ts';
import { environments } from './overlays/environments/index.ts';
import { landings, witness } from './overlays/landing.ts';
import type { Site } from './overlays/overlay.ts';
import { regions } from './overlays/regions/index.ts';

/**
 * The whole platform on a site: path → text. Each region is complete by itself and has its own Argo CD, so it outlives the loss of the
 * others. Throws a UserError with every fault of the service definitions, of the values that environments give, and of accounts and addresses.
 */
export function renderTree(site: Site, services: readonly Service[] = allServices): Tree {
  const faults = serviceFaults(services);
  // Those of environments are about services that have none.
  if (faults.length === 0) faults.push(...overlayFaults(services, environments));
  faults.push(
    ...placeFaults(
      regions.map(({ name, aws }) => ({ name, ...aws, ...landings[name] })),
      'overlays',
      [{ name: 'witness', ...witness }],
    ),
  );
  if (faults.length > 0) throw new UserError(faults);
  const tree = new TreeBuilder();
  for (const region of regions) {
    const overlays = environments.filter((overlay) => overlay.region === region.name);
    const components = platform.filter(({ on }) => on(region, site));
    const target: Target = { site, region, overlays, services, components, renderedSoFar: [] };
    for (const overlay of overlays)
      for (const service of services) render(tree, serviceApp(service, overlay, site), target);
    for (const component of components) render(tree, componentApp(component, region), target);
  }
  return new Map(tree.files);
}

function render(tree: TreeBuilder, app: App, target: Target): void {
  const { folder, namespace, together, kustomization, charts } = app;
  const rendered: Manifest[] = [];
  target.renderedSoFar.push({ app, objects: rendered });
  for (const [source, build] of Object.entries(charts)) {
    const objects = manifests(namespace, (chart) => build(chart, target));
    rendered.push(...objects);
    const resources = tree.add({ region: target.region.name, folder, source, namespace, objects, together });
    if (kustomization)
      tree.addFile(`${folder}/kustomization.yaml`, source, {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources,
        ...kustomization,
      });
  }
}

/** The release file that each service starts with in each environment. Later only robots write it. */
export const initialReleases = (services: readonly Service[] = allServices): Tree =>
  new Map(
    environments.flatMap((overlay) =>
      services.map(({ name }) => [releasePath(overlay.name, name), waitingRelease(name)] as const),
    ),
  );
