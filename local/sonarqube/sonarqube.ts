import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Ask, askOf, setQualityGate } from '../../lib/quality-gate.ts';
import { archiveFolder, archives } from '../engines/archives.ts';
import { namespace } from '../machine/network.ts';
import { $, run, until, writeFile } from '../machine/process.ts';
import { nameServers } from '../machine/resolver.ts';
import { rootfsFolder } from '../sandbox/rootfs.ts';
import { isAlive, sandboxState, start, stop } from '../sandbox/sandbox.ts';
import { host, logs, sonarqube } from '../topology.ts';

/** The real SonarQube Community Build, in a sandbox of its own. */
export const stopSonarqube = () => stop(sonarqube.name);
export const sonarqubeIsUp = () => isAlive(sonarqube.name);
const url = `http://${sonarqube.address}:${sonarqube.port}`;

const folder = sandboxState(sonarqube.name);
/** Which SonarQube made the data: another version starts without them. */
const dataOf = join(folder, 'data-of');

const nft = (rules: string) =>
  run('nsenter', [`--net=/run/netns/${namespace(sonarqube)}`, 'chroot', rootfsFolder('node'), 'nft', '-f', '-'], {
    input: rules,
  });
// Naming a table before deleting it makes the deletion idempotent.
const settling = 'table ip settling';
/** Until its password is set only this machine reaches it: a new SonarQube answers to admin/admin, and a token made then would outlive that. */
const close = () =>
  nft(`${settling}
delete ${settling}
${settling} {
  chain in { type filter hook input priority filter; iifname "eth0" ct state new ip saddr != ${host.bridgeAddress} reject; }
}
`);
const open = () => nft(`${settling}\ndelete ${settling}\n`);

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
  await close();
  start({
    name: sonarqube.name,
    rootfs: 'java',
    network: `/run/netns/${namespace(sonarqube)}`,
    init: '/platform-source/sonarqube/init.sh',
    binds: [`${folder}:/state`, `${archiveFolder(archives.sonarqube)}:/sonarqube`],
    hosts: {},
    nameServers: nameServers(),
  });
  // Before its web server creates indices: where Elasticsearch gives them no room that ends, and all of it starts over. If it does not come,
  // whoever waits for SonarQube hears of it.
  await until('elasticsearch', 120, ignoreDisk, 300).catch(() => undefined);
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
  await until(
    'sonarqube',
    seconds,
    async () => {
      const answer = await fetch(`${url}/api/system/status`, { signal: AbortSignal.timeout(2000) });
      return ((await answer.json()) as { status: string }).status === 'UP';
    },
    1000,
  );
}

/** The token for analyses, valid as long as SonarQube keeps its data. It is the only one: whoever made another is not known here. */
const tokenFile = join(folder, 'analysis-token');
async function analysisToken(ask: Ask): Promise<string> {
  const name = 'ci';
  const kept = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8') : undefined;
  const valid = kept && (await isValid(askOf(url, `Bearer ${kept}`))) ? kept : undefined;
  const { userTokens } = (await ask('GET', 'user_tokens/search', {})) as { userTokens: { name: string }[] };
  for (const other of userTokens)
    if (!valid || other.name !== name) await ask('POST', 'user_tokens/revoke', { name: other.name });
  if (valid) return valid;
  const type = 'GLOBAL_ANALYSIS_TOKEN';
  const { token } = (await ask('POST', 'user_tokens/generate', { name, type })) as { token: string };
  writeFile(tokenFile, token, 0o600);
  return token;
}

const isValid = async (ask: Ask): Promise<boolean> =>
  (
    (await ask('GET', 'authentication/validate', {}).catch((error: Error) => {
      // Any other fault says nothing about the login.
      if (/: 401 /.test(error.message)) return { valid: false };
      throw error;
    })) as { valid: boolean }
  ).valid;

/** Waits until SonarQube answers, sets its password and quality gate unless they are set, and returns the token for analyses. */
export async function configureSonarqube(password: string): Promise<string> {
  await answers(180).catch(async (error) => {
    // One that is only slow, on a busy machine, keeps its data.
    if (!readFileSync(join(logs, sonarqube.name, 'sonarqube.log'), 'utf8').includes('--- sonarqube ended'))
      return answers(300);
    console.error(`${(error as Error).message}; it ended and is started again, without its data`);
    // Data that a killed SonarQube left half written: it is started without them, as all that it holds comes again.
    await stopSonarqube();
    rmSync(dataOf, { force: true });
    await startSonarqube();
    await answers(300);
  });
  const ask = asAdmin(password);
  if (!(await isValid(ask)))
    await asAdmin('admin')('POST', 'users/change_password', { login: 'admin', previousPassword: 'admin', password });
  await setQualityGate(ask);
  const token = await analysisToken(ask);
  await open();
  return token;
}
