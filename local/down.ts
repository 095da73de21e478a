import { join } from 'node:path';
import { removeNetwork } from './machine/network.ts';
import { run } from './machine/process.ts';
import { removeRootCgroup, stop } from './sandbox/sandbox.ts';
import { services } from './seed/git.ts';
import { stopStores, storesName } from './stores/stores.ts';
import { cache, entrance, regions, sonarqube, state } from './topology.ts';

/** By rm: Node's own took minutes for the files of a cluster's images, on one thread that waits for nothing else. */
const remove = (paths: string[]) => run('rm', ['-rf', ...paths]);

/**
 * Ends everything that runs, in whatever state a crash left it. The data of the forge, the registries, SonarQube and the stores stay,
 * and unpacked images, unless `purge`; engines and the platform's own images stay in the cache in any case.
 */
export async function down(purge: boolean): Promise<void> {
  // The forge gets time to close its database.
  // So do the stores of a region. A cluster starts empty anyway.
  await Promise.all([stop('outside', 5), ...regions.map(stopStores)]);
  await Promise.all([...regions, sonarqube, entrance].map(({ name }) => stop(name)));
  removeRootCgroup();
  await removeNetwork();
  const made = ['up.json', 'sandboxes', 'forge.json', 'password', 'sonarqube-password', 'signing.pub'];
  await remove([...made, ...regions.map(({ name }) => name)].map((entry) => join(state, entry)));
  // The forge keeps its data, SonarQube its own, the sign-in its people, and those of the stores are elsewhere.
  const own = ['outside', sonarqube.name, entrance.name, ...regions.map(storesName)].flatMap((name) =>
    ['root', 'upper', 'work', 'pid'].map((entry) => join(state, name, entry)),
  );
  await remove(own);
  if (!purge) return;
  const images = regions.flatMap(({ name }) =>
    services.map((service) => join(cache, 'registry', name, 'docker/registry/v2/repositories', service)),
  );
  await remove([state, ...images]);
}
