import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { conditions } from '../lib/quality-gate.ts';
import { boxState, isAlive, start, stop } from './box.ts';
import { run, until } from './host.ts';
import { archiveFolder, archives } from './maven.ts';
import { namespace } from './network.ts';
import { logs } from './paths.ts';

/** The real SonarQube Community Build, in a box and network namespace of its own: it is outside of every region, as a service is. */
export const sonarqube = { name: 'sonarqube', address: '10.89.0.4', port: 9000 };
export const sonarqubeIsUp = () => isAlive(sonarqube.name);
const url = `http://${sonarqube.address}:${sonarqube.port}`;

/** Starts it, empty. Nothing is done if it runs. */
export async function startSonarqube(nameServers: string[]): Promise<void> {
  if (sonarqubeIsUp()) return;
  await stop(sonarqube.name);
  const folder = boxState(sonarqube.name);
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(logs, sonarqube.name), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  start({
    name: sonarqube.name,
    rootfs: 'java',
    network: `/run/netns/${namespace(sonarqube)}`,
    init: '/platform-source/sonarqube/init.sh',
    binds: [`${folder}:/state`, `${archiveFolder(archives.sonarqube)}:/sonarqube`],
    hosts: {},
    nameServers,
  });
}

async function ask(
  method: 'GET' | 'POST',
  path: string,
  params: Record<string, string>,
  password: string,
): Promise<unknown> {
  const query = new URLSearchParams(params);
  const answer = await fetch(`${url}/api/${path}${method === 'GET' ? `?${query}` : ''}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
    ...(method === 'POST' ? { body: query } : {}),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`sonarqube: ${path}: ${answer.status} ${text.slice(0, 200)}`);
  return text ? JSON.parse(text) : undefined;
}

/** Elasticsearch takes no data where a disk is 90 % full, whatever that leaves; here it has a few megabytes. Whether it was told. */
const ignoreDisk = () =>
  run('nsenter', [
    ...[`--net=/run/netns/${namespace(sonarqube)}`, 'curl', '--silent', '--fail', '--max-time', '2', '-X', 'PUT'],
    ...['-H', 'content-type: application/json', 'http://127.0.0.1:9001/_cluster/settings'],
    ...['-d', '{"persistent":{"cluster.routing.allocation.disk.threshold_enabled":false}}'],
  ]).then(
    () => true,
    () => false,
  );

/** Waits until it answers, gives it its password and quality gate, and gives a token for analyses. Each may be there already. */
export async function settleSonarqube(password: string): Promise<string> {
  let told = false;
  await until(
    'sonarqube',
    300,
    async () => {
      if (!told) told = await ignoreDisk();
      const answer = await fetch(`${url}/api/system/status`, { signal: AbortSignal.timeout(2000) });
      return ((await answer.json()) as { status: string }).status === 'UP';
    },
    1000,
  );
  const valid = (word: string) => ask('GET', 'authentication/validate', {}, word) as Promise<{ valid: boolean }>;
  if (!(await valid(password).catch(() => ({ valid: false }))).valid)
    await ask('POST', 'users/change_password', { login: 'admin', previousPassword: 'admin', password }, 'admin');
  const gateName = 'platform';
  const { qualitygates } = (await ask('GET', 'qualitygates/list', {}, password)) as {
    qualitygates: { name: string; isDefault: boolean }[];
  };
  const gate = qualitygates.find(({ name }) => name === gateName);
  // It becomes the default last: one that is not was left half made.
  if (!gate?.isDefault) {
    if (gate) await ask('POST', 'qualitygates/destroy', { name: gateName }, password);
    await ask('POST', 'qualitygates/create', { name: gateName }, password);
    // A new gate comes with conditions of its own.
    const made = (await ask('GET', 'qualitygates/show', { name: gateName }, password)) as {
      conditions?: { id: string }[];
    };
    for (const { id } of made.conditions ?? []) await ask('POST', 'qualitygates/delete_condition', { id }, password);
    for (const { metric, op, error } of conditions)
      await ask('POST', 'qualitygates/create_condition', { gateName, metric, op, error }, password);
    await ask('POST', 'qualitygates/set_as_default', { name: gateName }, password);
  }
  const type = 'GLOBAL_ANALYSIS_TOKEN';
  const { token } = (await ask('POST', 'user_tokens/generate', { name: `ci-${Date.now()}`, type }, password)) as {
    token: string;
  };
  return token;
}
