import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleProgram } from '../../lib/bundle.ts';
import { binary, engineFolder } from '../engines/engines.ts';
import { engine } from '../engines/phases.ts';
import { logShipper, logShipperProgram, shipperSettings } from '../logs/settings.ts';
import { namespace, network } from '../machine/network.ts';
import { run, until, writeFile } from '../machine/process.ts';
import { nameServers } from '../machine/resolver.ts';
import { phase } from '../phases.ts';
import { isAlive, sandboxState, start, stop } from '../sandbox/sandbox.ts';
import {
  cache,
  eachRegion,
  forgeName,
  host,
  logs,
  nodeBinary,
  type Region,
  registryFromHost,
  registryName,
  repository,
  state,
} from '../topology.ts';
import { makeKeys } from './pki.ts';
import { writeKubeconfigs, writeSettings } from './settings.ts';

export const kubeconfig = (region: Region) => join(sandboxState(region.name), 'admin.kubeconfig');
/** `kubectl` of the engines, as the administrator of a region; arguments in one string are divided at its spaces. */
export const kubectl = (region: Region, args: string | readonly string[], input?: string) =>
  run(
    binary('kubernetes', 'kubectl'),
    [`--kubeconfig=${kubeconfig(region)}`, ...(typeof args === 'string' ? args.split(' ') : args)],
    input === undefined ? {} : { input },
  );

/** Layers of images, unpacked. They outlive the cluster: unpacking them takes longer than all else that a pod does to start. */
export const unpackedImages = (region: Region) => join(state, 'images', region.name);

export const regionIsUp = (region: Region) => isAlive(region.name);

const ingressProgram = join(cache, 'programs', 'ingress', 'ingress.mjs');
export const ingress = phase({
  name: 'ingress',
  run: () => bundleProgram(join(repository, 'local/region/ingress/main.ts'), ingressProgram),
});

/** Starts a region as a new, empty cluster with new keys; only its registry keeps its data, and some unpacked images. If the region runs, waits for it. */
async function startRegion(region: Region): Promise<void> {
  const folder = sandboxState(region.name);
  if (!regionIsUp(region)) {
    await stop(region.name);
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(logs, region.name), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await makeKeys(region, join(folder, 'pki'));
    writeSettings(region, folder);
    writeKubeconfigs(region, folder);
    writeFile(join(folder, 'logs.json'), JSON.stringify(shipperSettings(region)), 0o600);
    const images = join(cache, 'registry', region.name);
    mkdirSync(images, { recursive: true });
    mkdirSync(unpackedImages(region), { recursive: true, mode: 0o700 });
    start({
      name: region.name,
      network: `/run/netns/${namespace(region)}`,
      init: '/platform-source/region/init.sh',
      binds: [
        `${folder}:/state`,
        `${unpackedImages(region)}:/state/containerd`,
        `${engineFolder('kubernetes')}:/kubernetes`,
        `${engineFolder('tools')}:/tools`,
        `${engineFolder('registry')}:/registry-engine`,
        `${dirname(nodeBinary)}:/node`,
        `${dirname(ingressProgram)}:/ingress`,
        `${dirname(logShipperProgram)}:/log-shipper`,
        `${images}:/registry`,
      ],
      hosts: { [forgeName]: host.bridgeAddress, [registryName(region)]: '127.0.0.1' },
      nameServers: nameServers(),
    });
  }
  // Also after an `up` that was interrupted here: the kubelet waits for this file.
  await until(`${region.name}: API server`, 60, () => kubectl(region, 'get --raw /readyz'), 500);
  writeFile(join(folder, 'api-is-ready'), '');
}

export const cluster = eachRegion((region) =>
  phase({
    name: `${region.name}: cluster`,
    needs: {
      network,
      ingress,
      logShipper,
      kubernetes: engine.kubernetes,
      tools: engine.tools,
      registry: engine.registry,
    },
    isDone: () => regionIsUp(region),
    run: () => startRegion(region),
  }),
);

export const registryReady = eachRegion((region) =>
  phase({
    name: `${region.name}: registry`,
    needs: { cluster: cluster[region.name] },
    run: () =>
      until(
        `${region.name}: registry`,
        30,
        // Without a login it answers 401.
        async () =>
          (await fetch(`http://${registryFromHost(region)}/v2/`, { signal: AbortSignal.timeout(1000) })).status === 401,
      ),
  }),
);
