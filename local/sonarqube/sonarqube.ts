import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askOf, setQualityGate } from '../../lib/quality-gate.ts';
import { archiveFolder, archives } from '../engines/archives.ts';
import { namespace } from '../machine/network.ts';
import { $, until, writeFile } from '../machine/process.ts';
import { nameServers } from '../machine/resolver.ts';
import { isAlive, sandboxState, start, stop } from '../sandbox/sandbox.ts';
import { logs, sonarqube } from '../topology.ts';

/** The real SonarQube Community Build, in a sandbox of its own. */
export const stopSonarqube = () => stop(sonarqube.name);
export const sonarqubeIsUp = () => isAlive(sonarqube.name);
const url = `http://${sonarqube.address}:${sonarqube.port}`;

/** Starts an empty SonarQube, unless it runs. */
export async function startSonarqube(): Promise<void> {
  if (sonarqubeIsUp()) return;
  await stop(sonarqube.name);
  const folder = sandboxState(sonarqube.name);
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(logs, sonarqube.name), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  writeFile(join(folder, 'environment'), `PORT=${sonarqube.port}\n`);
  start({
    name: sonarqube.name,
    rootfs: 'java',
    network: `/run/netns/${namespace(sonarqube)}`,
    init: '/platform-source/sonarqube/init.sh',
    binds: [`${folder}:/state`, `${archiveFolder(archives.sonarqube)}:/sonarqube`],
    hosts: {},
    nameServers: nameServers(),
  });
}

const asAdmin = (password: string) => askOf(url, `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`);

/** Elasticsearch refuses data on a disk that is 90 % full, however large; here it needs a few megabytes. Gives whether it took the setting. */
const ignoreDisk = () =>
  $`nsenter --net=/run/netns/${namespace(sonarqube)} curl --silent --fail --max-time 2 -X PUT http://127.0.0.1:9001/_cluster/settings
    -H ${'content-type: application/json'} -d ${'{"persistent":{"cluster.routing.allocation.disk.threshold_enabled":false}}'}`.then(
    () => true,
    () => false,
  );

/** Waits until SonarQube answers, sets its password and quality gate unless they are set, and returns a new token for analyses. */
export async function configureSonarqube(password: string): Promise<string> {
  let ignoresDisk = false;
  await until(
    'sonarqube',
    300,
    async () => {
      if (!ignoresDisk) ignoresDisk = await ignoreDisk();
      const answer = await fetch(`${url}/api/system/status`, { signal: AbortSignal.timeout(2000) });
      return ((await answer.json()) as { status: string }).status === 'UP';
    },
    1000,
  );
  const ask = asAdmin(password);
  const { valid } = (await ask('GET', 'authentication/validate', {}).catch(() => ({ valid: false }))) as {
    valid: boolean;
  };
  if (!valid)
    await asAdmin('admin')('POST', 'users/change_password', { login: 'admin', previousPassword: 'admin', password });
  await setQualityGate(ask);
  const type = 'GLOBAL_ANALYSIS_TOKEN';
  const { token } = (await ask('POST', 'user_tokens/generate', { name: `ci-${Date.now()}`, type })) as {
    token: string;
  };
  return token;
}
