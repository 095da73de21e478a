import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
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

const folder = sandboxState(sonarqube.name);
/** Which SonarQube made the data: another version starts without them. */
const dataOf = join(folder, 'data-of');

/** Starts SonarQube, unless it runs. It keeps its data: registering all rules of an empty one takes most of its first start. */
export async function startSonarqube(): Promise<void> {
  if (sonarqubeIsUp()) return;
  await stop(sonarqube.name);
  const isOurs = existsSync(dataOf) && readFileSync(dataOf, 'utf8') === archives.sonarqube.sha256;
  for (const name of ['temp', 'sonar-logs', 'upper', 'work', ...(isOurs ? [] : ['data'])])
    rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(join(logs, sonarqube.name), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  writeFile(dataOf, archives.sonarqube.sha256);
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

async function answers(seconds: number): Promise<void> {
  let ignoresDisk = false;
  await until(
    'sonarqube',
    seconds,
    async () => {
      if (!ignoresDisk) ignoresDisk = await ignoreDisk();
      const answer = await fetch(`${url}/api/system/status`, { signal: AbortSignal.timeout(2000) });
      return ((await answer.json()) as { status: string }).status === 'UP';
    },
    1000,
  );
}

/** The token for analyses; it is valid as long as SonarQube keeps its data. */
const tokenFile = join(folder, 'analysis-token');
async function analysisToken(ask: ReturnType<typeof askOf>): Promise<string> {
  const kept = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8') : undefined;
  if (kept && (await isValid(askOf(url, `Bearer ${kept}`)))) return kept;
  const type = 'GLOBAL_ANALYSIS_TOKEN';
  const { token } = (await ask('POST', 'user_tokens/generate', { name: `ci-${Date.now()}`, type })) as {
    token: string;
  };
  writeFile(tokenFile, token, 0o600);
  return token;
}

const isValid = async (ask: ReturnType<typeof askOf>): Promise<boolean> =>
  ((await ask('GET', 'authentication/validate', {}).catch(() => ({ valid: false }))) as { valid: boolean }).valid;

/** Waits until SonarQube answers, sets its password and quality gate unless they are set, and returns the token for analyses. */
export async function configureSonarqube(password: string): Promise<string> {
  await answers(180).catch(async () => {
    // Data that a killed SonarQube left half written: it starts anew, as all that it holds comes again.
    await stopSonarqube();
    rmSync(dataOf, { force: true });
    await startSonarqube();
    await answers(300);
  });
  const ask = asAdmin(password);
  if (!(await isValid(ask)))
    await asAdmin('admin')('POST', 'users/change_password', { login: 'admin', previousPassword: 'admin', password });
  await setQualityGate(ask);
  return analysisToken(ask);
}
