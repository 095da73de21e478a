import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleProgram } from '../../lib/bundle.ts';
import { prepareAccelerator } from '../accelerator/accelerator.ts';
import { engineFolder } from '../engines/engines.ts';
import { engine } from '../engines/phases.ts';
import { namespace, network } from '../machine/network.ts';
import { until } from '../machine/process.ts';
import { nameServers } from '../machine/resolver.ts';
import { phase } from '../phases.ts';
import { isAlive, start, stop } from '../sandbox/sandbox.ts';
import { cache, nodeBinary, entrance as place, repository } from '../topology.ts';
import { send } from './caller.ts';
import {
  apis,
  entranceFiles,
  entranceSecrets,
  entranceState,
  type Given,
  listens,
  siteHost,
  writeEntranceFiles,
} from './settings.ts';

export const entranceIsUp = () => isAlive(place.name);

const programs = join(cache, 'programs', 'entrance');
const sources = { 'sign-in': 'sign-in/main.ts', keys: 'keys/main.ts' };
const bundled = phase({
  name: 'programs of the entrance',
  run: () =>
    Promise.all(
      Object.entries(sources).map(([name, source]) =>
        bundleProgram(join(repository, 'local/entrance', source), join(programs, `${name}.mjs`)),
      ),
    ),
});

/** As the programs see their files inside. */
const given = (): Given => ({
  ...{ listens, apis, secrets: entranceSecrets() },
  state: '/state',
  haproxy: '/usr/sbin/haproxy',
  pidFile: '/run/gateway.pid',
});

/** Starts sign-in, accelerator, gateway and firewall, unless they run. The gateway has no keys but those that the pools have now. */
async function startEntrance(): Promise<void> {
  const folder = entranceState();
  if (!entranceIsUp()) {
    await stop(place.name);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    chmodSync(folder, 0o711);
    rmSync(join(folder, 'gateway'), { recursive: true, force: true });
    writeEntranceFiles(folder, entranceFiles(given()));
    prepareAccelerator();
    start({
      name: place.name,
      network: `/run/netns/${namespace(place)}`,
      init: '/platform-source/entrance/init.sh',
      binds: [
        `${folder}:/state`,
        `${engineFolder('firewall')}:/firewall`,
        `${programs}:/programs`,
        `${dirname(nodeBinary)}:/node`,
      ],
      hosts: {},
      nameServers: nameServers(),
    });
  }
  await until('entrance', 60, async () => {
    // A route that nobody is behind: the gateway itself answers.
    const { status } = await send(siteHost('dev'), listens.site, '/api/', { address: place.address });
    return status === 404;
  });
}

export const entrance = phase({
  name: 'entrance',
  needs: { network, bundled, firewall: engine.firewall },
  isDone: entranceIsUp,
  run: startEntrance,
});
export const entrancePrograms = bundled;
