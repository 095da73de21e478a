import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeNetwork } from './machine/network.ts';
import { removeRootCgroup, stop } from './sandbox/sandbox.ts';
import { services } from './seed/git.ts';
import { cache, regions, sonarqube, state } from './topology.ts';

/**
 * Ends everything that runs, in whatever state a crash left it. The data of the forge, the registries and SonarQube stay, unless `purge`; engines and the
 * platform's own images stay in the cache in any case.
 */
export async function down(purge: boolean): Promise<void> {
  // The forge gets time to close its database; a cluster starts empty anyway.
  await stop('outside', 5);
  await Promise.all([...regions, sonarqube].map(({ name }) => stop(name)));
  removeRootCgroup();
  await removeNetwork();
  for (const entry of [
    'up.json',
    'sandboxes',
    'forge.json',
    'password',
    'sonarqube-password',
    'signing.pub',
    ...regions.map(({ name }) => name),
  ])
    rmSync(join(state, entry), { recursive: true, force: true });
  // The forge keeps its data, and SonarQube its own.
  for (const name of ['outside', sonarqube.name])
    for (const entry of ['root', 'upper', 'work', 'pid'])
      rmSync(join(state, name, entry), { recursive: true, force: true });
  if (!purge) return;
  rmSync(state, { recursive: true, force: true });
  for (const { name } of regions)
    for (const service of services) {
      const images = join(cache, 'registry', name, 'docker/registry/v2/repositories', service);
      if (existsSync(images)) rmSync(images, { recursive: true });
    }
}
