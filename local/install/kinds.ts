import { join } from 'node:path';
import { moduleFolder, readOnlyModule } from '../engines/engines.ts';
import { modules } from '../engines/phases.ts';
import { phase } from '../phases.ts';
import { cluster } from '../region/region.ts';
import { eachRegion, type Region, seoul } from '../topology.ts';
import { apply } from './apply.ts';
import { isKind, type Manifest, read, readFolder } from './manifests.ts';

/** Those of Traefik that the rendered tree uses, from the version of the aws site. */
async function traefik(): Promise<Manifest[]> {
  const module = await readOnlyModule('github.com/traefik/traefik/v3@v3.7.13');
  const crds = read(join(module, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml'));
  return crds.filter(({ metadata }) => metadata.name.startsWith('middlewares.'));
}

const argocd = async () =>
  readFolder(join(await moduleFolder('delivery', 'github.com/argoproj/argo-cd/v3'), 'manifests/crds'));

async function tekton(): Promise<Manifest[]> {
  const pipelines = join(await moduleFolder('kubernetes', 'github.com/tektoncd/pipeline'), 'config/300-crds');
  const triggers = join(await moduleFolder('kubernetes', 'github.com/tektoncd/triggers'), 'config');
  return [...readFolder(pipelines), ...readFolder(triggers)];
}

/**
 * All CRDs at once, before anybody watches them: for each that comes later the API server and Argo CD's controller build the schemas of all kinds
 * again, a fifth of what both do in an `up`.
 */
async function install(region: Region): Promise<void> {
  const sources = [traefik(), argocd(), ...(region === seoul ? [tekton()] : [])];
  await apply(region, [
    ...(await Promise.all(sources)).flat().filter(isKind),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'traefik' },
      spec: { controller: 'tickets.example/ingress' },
    },
  ]);
}

export const kinds = eachRegion((region) =>
  phase({
    name: `${region.name}: kinds`,
    needs: { cluster: cluster[region.name], kubernetes: modules.kubernetes, delivery: modules.argocd },
    run: () => install(region),
  }),
);
