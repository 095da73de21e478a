import { environments } from '../../overlays/environments/index.ts';
import { dynoxide, engine, kafka } from '../engines/phases.ts';
import { synced } from '../install/applications.ts';
import { apply } from '../install/apply.ts';
import { network } from '../machine/network.ts';
import { phase } from '../phases.ts';
import { fileSystem } from '../sandbox/rootfs.ts';
import { applySecrets, clusterSecrets, secret } from '../seed/cluster-secrets.ts';
import { eachRegion, type Region, regions } from '../topology.ts';
import { accessSecrets } from './access.ts';
import { passwords } from './passwords.ts';
import { stopStores, storesAreUp } from './stores.ts';
import { keepLostEmpty, pointAtWriter, startStores } from './take-over.ts';
import { serviceSecrets, wantedIn } from './wanted.ts';

/** They need nothing of a cluster, so they start beside it. */
export const stores = eachRegion((region) =>
  phase({
    name: `${region.name}: stores`,
    needs: { network, files: fileSystem.stores, s3: engine.stores, kafka, dynamodb: dynoxide.compiled },
    isDone: () => storesAreUp(region),
    run: () => startStores(region),
  }),
);

/** Writes what the services of a region sign in with, and where their databases are. Gives the Secrets that it wrote. */
async function giveAccess(region: Region): Promise<string[]> {
  const wanted = wantedIn(region.name);
  const here = environments.filter((one) => one.region === region.name).map(({ name }) => name);
  const secrets = accessSecrets(serviceSecrets, wanted, passwords()).filter(({ namespace }) =>
    here.includes(namespace),
  );
  await apply(
    region,
    here.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  const changed = await applySecrets(
    region,
    secrets.map(({ namespace, name, values }) => secret(namespace, name, values)),
  );
  await keepLostEmpty(region);
  await pointAtWriter(region);
  return changed;
}

/** Not after the stores: a service that waits for its Secret waits longer than one that waits for a store. */
export const storeAccess = eachRegion((region) =>
  phase({
    name: `${region.name}: access to stores`,
    needs: { secrets: clusterSecrets[region.name] },
    run: () => giveAccess(region),
  }),
);

/** Instead of all; not before the services are without them. */
export const noStores = phase({
  name: 'without stores',
  needs: synced,
  run: async () => {
    for (const region of regions) await stopStores(region);
  },
});
