import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeRootCgroup, stop } from './box.ts';
import { removeNetwork } from './network.ts';
import { cache, regions, state } from './paths.ts';
import { services } from './seed.ts';
import { sonarqube } from './sonarqube.ts';

/**
 * Ends everything that runs, whatever state a crash left it in. What the forge and the registry store stays, unless `purge`.
 * Engines and the platform's own images stay in the cache in any case.
 */
export async function down(purge: boolean): Promise<void> {
  // The forge is asked to end, because it writes a database; a cluster is made anew at every start.
  await stop('world', 5);
  await Promise.all([...regions, sonarqube].map(({ name }) => stop(name)));
  removeRootCgroup();
  await removeNetwork([...regions, sonarqube]);
  for (const entry of [
    'up.json',
    'boxes',
    'forge.json',
    'password',
    'sonarqube-password',
    'signing.pub',
    sonarqube.name,
    ...regions.map(({ name }) => name),
  ])
    rmSync(join(state, entry), { recursive: true, force: true });
  for (const entry of ['root', 'upper', 'work', 'pid'])
    rmSync(join(state, 'world', entry), { recursive: true, force: true });
  if (!purge) return;
  rmSync(state, { recursive: true, force: true });
  for (const { name } of regions)
    for (const service of services) {
      const images = join(cache, 'registry', name, 'docker/registry/v2/repositories', service);
      if (existsSync(images)) rmSync(images, { recursive: true });
    }
}
