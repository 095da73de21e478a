import { join } from 'node:path';
import { readOnlyModule } from '../engines/engines.ts';
import { phase } from '../phases.ts';
import { node } from '../region/node.ts';
import { eachRegion, type Region } from '../topology.ts';
import { apply } from './apply.ts';
import { read } from './manifests.ts';

/** The CRDs of Traefik that the rendered tree uses, from the version of the aws site. */
async function install(region: Region): Promise<void> {
  const module = await readOnlyModule('github.com/traefik/traefik/v3@v3.7.13');
  const crds = read(join(module, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml'));
  await apply(region, [
    ...crds.filter(({ metadata }) => metadata.name.startsWith('middlewares.')),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'traefik' },
      spec: { controller: 'tickets.example/ingress' },
    },
  ]);
}

export const traefikKinds = eachRegion((region) =>
  phase({
    name: `${region.name}: traefik kinds`,
    needs: { node: node[region.name] },
    run: () => install(region),
  }),
);
