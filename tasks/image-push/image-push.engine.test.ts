import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { checkProvenance, mainRef, predicateOf } from '../../lib/release/provenance.ts';
import { hasImage } from '../../lib/release/registry.ts';
import { binary } from '../../local/engines/engines.ts';
import { until } from '../../local/machine/process.ts';

/** The real crane, cosign and registry, with somebody between them who lies, hangs up and answers 500. */
const script = shell(new URL('./image-push.sh', import.meta.url), 'step', 'crane');
const crane = binary('tools', 'crane');
const commit = '0123456789abcdef0123456789abcdef01234567';

let folder: string;
let registry: ReturnType<typeof spawn>;
let registryPort: number;
let between: Server;
let image: string;
/** What happens to a request instead of reaching the registry; undefined lets it through. */
let fault: (asked: IncomingMessage) => 'cut' | 'lose the answer' | number | undefined;
/** Whoever talks to the registry, to be killed in the middle of it. */
let client: ReturnType<typeof spawn>;
const kill = () => {
  try {
    process.kill(-(client.pid as number), 'SIGKILL');
  } catch {}
};
let count = 0;
const login = 'writer:0123456789abcdef';
/** The environment of clients that log in. */
let asWriter: NodeJS.ProcessEnv;

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createSocket().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

function pass(asked: IncomingMessage, answer: ServerResponse): void {
  const what = fault(asked);
  if (typeof what === 'number') {
    asked.resume();
    answer.writeHead(what).end('{}');
    return;
  }
  if (what === 'cut') {
    asked.once('data', () => asked.socket.destroy());
    return;
  }
  const { method, url, headers } = asked;
  const there = request({ host: '127.0.0.1', port: registryPort, method, path: url, headers }, (output) => {
    answer.writeHead(output.statusCode ?? 502, output.headers);
    if (what !== 'lose the answer') return void output.pipe(answer);
    kill();
    output.resume().once('end', () => answer.destroy());
  });
  there.on('error', () => answer.destroy());
  asked.pipe(there);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  registryPort = await freePort();
  writeFileSync(join(folder, 'login'), login);
  const settings = ['-address', `127.0.0.1:${registryPort}`, '-storage', join(folder, 'registry')];
  registry = spawn(binary('registry', 'registry'), [...settings, '-login', join(folder, 'login')], { stdio: 'ignore' });
  between = createServer(pass);
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  fault = () => undefined;
  await until('registry', 20, async () => (await fetch(`http://127.0.0.1:${registryPort}/v2/`)).status === 401, 100);

  const auth = Buffer.from(login).toString('base64');
  const hosts = [registryPort, (between.address() as AddressInfo).port].map((port) => `127.0.0.1:${port}`);
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) }),
  );
  asWriter = { ...process.env, DOCKER_CONFIG: folder };

  // One image of one layer, as kaniko leaves it: an OCI layout.
  writeFileSync(join(folder, 'file'), 'x'.repeat(2 ** 20));
  spawnSync('tar', ['-C', folder, '-cf', join(folder, 'layer.tar'), 'file']);
  const made = `127.0.0.1:${registryPort}/made`;
  spawnSync(crane, ['append', '--oci-empty-base', '-f', join(folder, 'layer.tar'), '-t', made], { env: asWriter });
  spawnSync(crane, ['pull', '--format=oci', made, join(folder, 'layout')]);
  mkdirSync(join(folder, 'bin'));
  symlinkSync(crane, join(folder, 'bin/crane'));
}, 60_000);
afterAll(() => {
  registry.kill();
  between.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  fault = () => undefined;
  image = `127.0.0.1:${(between.address() as AddressInfo).port}/ticket-${count++}`;
});
afterEach(() => between.closeAllConnections());

const built = () => JSON.parse(readFileSync(join(folder, 'layout/index.json'), 'utf8')).manifests[0].digest;
const push = (given: Record<string, string> = {}) =>
  new Promise<{ status: number | null; output: string }>((resolve) => {
    const child = spawn('sh', ['-c', script], {
      detached: true,
      env: {
        DOCKER_CONFIG: folder,
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        ...{ LAYOUT: join(folder, 'layout'), IMAGE: image, COMMIT: commit, DIGEST: built(), INSECURE: 'true' },
        ...{ RESULT_DIGEST_PATH: join(folder, 'digest'), RESULT_REFERENCE_PATH: join(folder, 'reference') },
        ...given,
      },
    });
    client = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text;
      });
    child.on('close', (status) => resolve({ status, output }));
  });
const access = () => ({ urls: { [image.split('/')[0] as string]: `http://${image.split('/')[0]}` } });
const there = () => hasImage(image, built(), access());
const tags = async () =>
  (await fetch(`http://127.0.0.1:${registryPort}/v2/${image.split('/')[1]}/tags/list`)).json() as Promise<{
    tags: string[];
  }>;

test('G11: a registry that answers 500 three times and then works has the image in the end, or the retried step brings it', async () => {
  let failures = 3;
  fault = ({ method }) => (method !== 'GET' && method !== 'HEAD' && failures-- > 0 ? 500 : undefined);
  let tries = 0;
  while ((await push()).status !== 0 && ++tries <= 2);
  expect(tries).toBeLessThanOrEqual(2);
  expect(await there()).toBe(true);
  expect(readFileSync(join(folder, 'digest'), 'utf8')).toBe(built());
}, 60_000);

test('whoever has no login, or another one, writes nothing, and reading takes none', async () => {
  expect((await push()).status).toBe(0);
  const [host, repository] = image.split('/') as [string, string];
  const other = join(folder, 'other');
  mkdirSync(other, { recursive: true });
  const auth = Buffer.from('writer:another-password').toString('base64');
  writeFileSync(join(other, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  for (const DOCKER_CONFIG of [other, join(folder, 'nothing')]) {
    const { status, output } = await push({ DOCKER_CONFIG, COMMIT: 'f'.repeat(40) });
    expect(status).not.toBe(0);
    expect(output).toContain('whoever writes to this registry logs in');
  }
  expect(await there()).toBe(true);
  expect(await tags()).toHaveProperty('tags', [commit]);
  for (const [method, path] of [
    ['POST', 'blobs/uploads/'],
    ['PUT', `manifests/${commit}`],
    ['DELETE', `manifests/${built()}`],
    ['PATCH', 'blobs/uploads/x'],
  ] as const) {
    const answer = await fetch(`http://127.0.0.1:${registryPort}/v2/${repository}/${path}`, { method });
    expect([method, answer.status]).toEqual([method, 401]);
  }
}, 60_000);

test('G11: half a push leaves no tag, and the next try ends as the first one should have', async () => {
  fault = ({ method }) => (method === 'PATCH' || method === 'PUT' ? 'cut' : undefined);
  const { status } = await push();
  expect(status).not.toBe(0);
  expect(await tags()).not.toHaveProperty('tags', [commit]);
  fault = () => undefined;
  expect((await push()).status).toBe(0);
  expect(await there()).toBe(true);
}, 120_000);

test('G12: a registry that refuses to move a tag by itself is no success', async () => {
  // What ECR answers for an immutable tag, to a push that found the tag missing a moment before.
  fault = ({ method, url }) => (method === 'PUT' && url?.includes('/manifests/') ? 400 : undefined);
  const { status } = await push();
  expect(status).not.toBe(0);
  expect(await there()).toBe(false);
}, 60_000);

test('two pushes of the same build at once both succeed', async () => {
  expect((await Promise.all([push(), push(), push()])).map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(await tags()).toHaveProperty('tags', [commit]);
}, 60_000);

/** Runs cosign as the steps after the push do, with a key of this name; whether that succeeded. */
const sign = async (key: string, ...what: string[]): Promise<boolean> => {
  const settings = ['--tlog-upload=false', '--use-signing-config=false', '--yes', '--allow-http-registry'];
  client = spawn(binary('cosign', 'cosign'), [...what, '--key=env://SIGNING_KEY', ...settings, `${image}@${built()}`], {
    detached: true,
    stdio: 'ignore',
    env: { ...cosignEnvironment(), SIGNING_KEY: readFileSync(join(folder, `${key}.key`), 'utf8') },
  });
  return (await new Promise((resolve) => client.on('close', resolve))) === 0;
};
const cosignEnvironment = () => ({ ...asWriter, COSIGN_PASSWORD: 'a password', HOME: folder });
const makeKey = (name: string): string => {
  const args = ['generate-key-pair', '--output-key-prefix', join(folder, name)];
  expect(spawnSync(binary('cosign', 'cosign'), args, { env: cosignEnvironment() }).status).toBe(0);
  return readFileSync(join(folder, `${name}.pub`), 'utf8');
};
const origin = { service: 'ticket', commit };
const predicate = () => join(folder, 'predicate.json');
const bom = () => join(folder, 'bom.json');
const attestProvenance = (key: string) => sign(key, 'attest', '--type=slsaprovenance1', `--predicate=${predicate()}`);
const attestBom = (key: string) => sign(key, 'attest', '--type=cyclonedx', `--predicate=${bom()}`);
beforeAll(() => {
  const build = {
    ...origin,
    repository: 'http://forge.internal/t.git',
    ref: mainRef,
    run: 'r',
    bases: [],
    finished: new Date(),
  };
  writeFileSync(predicate(), JSON.stringify(predicateOf(build)));
  writeFileSync(bom(), JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [] }));
});

test('what cosign signs here, the release step believes, and not when another key signed it', async () => {
  expect((await push()).status).toBe(0);
  const [ours, theirs] = [makeKey('ours'), makeKey('theirs')];
  const check = (of = origin, key = ours) => checkProvenance(image, built(), of, key, access());
  expect(await attestProvenance('ours')).toBe(true);
  await expect(check()).rejects.toThrow('no signed bill of materials: there is none');
  expect(await attestBom('ours')).toBe(true);
  await expect(check()).resolves.toBeUndefined();
  await expect(check(origin, theirs)).rejects.toThrow('signature verification failed');
  await expect(check({ ...origin, commit: 'f'.repeat(40) })).rejects.toThrow(`it is of commit ${commit} of ticket`);
}, 60_000);

test('G24: killed before or after any manifest that it writes, and run again: one image, one tag, signed', async () => {
  const key = makeKey('steady');
  /** The steps of the Task, as far as they get. */
  const steps = async () =>
    (await push()).status === 0 &&
    (await sign('steady', 'sign')) &&
    (await attestBom('steady')) &&
    (await attestProvenance('steady'));
  const written = ({ method, url }: IncomingMessage) => method === 'PUT' && url?.includes('/manifests/');
  let points = 0;
  fault = (asked) => {
    if (written(asked)) points++;
    return undefined;
  };
  expect(await steps()).toBe(true);
  // The image, and one or more for each signature.
  expect(points).toBeGreaterThanOrEqual(4);
  for (let point = 1; point <= points; point++)
    for (const end of ['cut', 'lose the answer'] as const) {
      image = `${image.split('/')[0]}/ticket-${count++}`;
      let seen = 0;
      fault = (asked) => {
        if (!written(asked) || ++seen !== point) return undefined;
        if (end === 'cut') kill();
        return end;
      };
      expect({ point, end, whole: await steps() }).toEqual({ point, end, whole: false });
      fault = () => undefined;
      expect(await steps()).toBe(true);
      expect(await there()).toBe(true);
      expect((await tags()).tags.filter((tag) => !tag.startsWith('sha256-'))).toEqual([commit]);
      await expect(checkProvenance(image, built(), origin, key, access())).resolves.toBeUndefined();
    }
}, 300_000);
