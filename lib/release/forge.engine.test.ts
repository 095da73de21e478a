import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Forge, ForgeFault, openForge } from './forge.ts';
import { type Change, promote, writeRelease } from './release-writer.ts';
import { formatRelease, parseRelease, type Release, releasePath, waitingRelease } from './releases.ts';

/**
 * The forge client and the release writer against a real Gitea, with real git pushes. GITEA_BIN names its binary; the folder with its
 * templates is taken from GITEA_STATIC_ROOT, or else from the Go module that the binary was built from.
 */
jest.setTimeout(120_000);

const services = ['booking', 'live', 'ticket'];
const path = releasePath('dev', 'ticket');
const nobody = 65534;
let folder: string;
let api: string;
let address: { kind: 'gitea'; api: string; owner: string; token: string };
let forge: Forge;
let server: ReturnType<typeof spawn>;
let command: (args: string[]) => [string, string[]];
let environment: NodeJS.ProcessEnv;
let log = '';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function staticRoot(binary: string): string {
  if (process.env.GITEA_STATIC_ROOT) return process.env.GITEA_STATIC_ROOT;
  const built = execFileSync('go', ['version', '-m', binary], { encoding: 'utf8' });
  const version = /^\tmod\tcode\.gitea\.io\/gitea\t(\S+)/m.exec(built)?.[1];
  const modules = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
  return join(modules, `code.gitea.io/gitea@${version}`);
}

beforeAll(async () => {
  const binary = process.env.GITEA_BIN;
  if (!binary)
    throw new Error('GITEA_BIN: given nothing, allowed the path of a gitea binary; scripts/e2e builds it and sets it');
  folder = mkdtempSync(join(tmpdir(), 'gitea-'));
  const root = process.getuid?.() === 0;
  // Gitea does not run as root, and another user need not be able to read the caches of root.
  const gitea = join(folder, 'gitea');
  cpSync(binary, gitea);
  chmodSync(gitea, 0o755);
  const files = join(folder, 'static');
  for (const part of ['templates', 'options', 'public'])
    cpSync(join(staticRoot(binary), part), join(files, part), { recursive: true });
  const work = join(folder, 'work');
  mkdirSync(work);
  chmodSync(folder, 0o755);
  if (root) chownSync(work, nobody, nobody);
  command = (args) =>
    root ? ['setpriv', [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', gitea, ...args]] : [gitea, args];
  environment = { PATH: process.env.PATH, HOME: work, GITEA_WORK_DIR: work, USER: 'nobody' };
  const port = await freePort();
  // Inside its own folder: Gitea adds keys that it makes to its settings.
  const settings = join(work, 'app.ini');
  writeFileSync(
    settings,
    `WORK_PATH = ${work}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${files}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${work}/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-this-test
INTERNAL_TOKEN = only-for-this-test
[oauth2]
ENABLED = false
[log]
LEVEL = warn
[repository]
ROOT = ${work}/repositories
DEFAULT_BRANCH = main
`,
  );
  if (root) chownSync(settings, nobody, nobody);
  const config = ['--config', settings];
  const run = (args: string[]) => {
    const [program, all] = command([...args, ...config]);
    const ended = spawnSync(program, all, { env: environment, encoding: 'utf8', cwd: work });
    if (ended.status !== 0) throw new Error(`gitea ${args.join(' ')}: ${ended.stderr}${ended.stdout}`);
    return ended.stdout.trim();
  };
  run(['migrate']);
  run([
    'admin',
    'user',
    'create',
    '--admin',
    '--username=tickets',
    '--password=pass-word-1',
    '--email=a@tickets.example',
    '--must-change-password=false',
  ]);
  const token = run(['admin', 'user', 'generate-access-token', '--username=tickets', '--scopes=all', '--raw']);
  const [program, all] = command(['web', ...config]);
  server = spawn(program, all, { env: environment, cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (text) => {
      log += text;
    });
  api = `http://127.0.0.1:${port}/api/v1`;
  address = { kind: 'gitea', api, owner: 'tickets', token };
  forge = openForge(address);
  for (let wait = 0; ; wait++) {
    if ((await fetch(`${api}/version`).catch(() => undefined))?.ok) break;
    if (wait > 300 || server.exitCode !== null) throw new Error(`gitea does not come up:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const name of ['platform', ...services])
    await fetch(`${api}/user/repos`, {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name, private: true, default_branch: 'main' }),
    }).then((reply) => expect(reply.status).toBe(201));
  const waiting: Record<string, string> = { 'README.md': 'hand-written' };
  for (const service of services) {
    for (const env of ['dev', 'prod', 'dr']) waiting[releasePath(env, service)] = waitingRelease(service);
    push(service, [{ 'main.txt': '1' }, { 'main.txt': '2' }, { 'main.txt': '3' }]);
  }
  push('platform', [waiting]);
});

afterAll(async () => {
  if (server && server.exitCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

function git(repository: string, args: string[]): string {
  const { owner, token } = address;
  const auth = Buffer.from(`${owner}:${token}`).toString('base64');
  const settings = {
    'http.extraHeader': `Authorization: Basic ${auth}`,
    'user.name': 'Kim',
    'user.email': 'kim@tickets.example',
  };
  const config = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return execFileSync('git', [...config, '-C', join(folder, 'clones', repository), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Pushes one commit for each set of files; the shas. */
function push(repository: string, commits: Record<string, string>[], from?: string): string[] {
  const clone = join(folder, 'clones', repository);
  const url = `${api.replace('/api/v1', '')}/tickets/${repository}.git`;
  mkdirSync(clone, { recursive: true });
  git(repository, ['init', '--quiet', '--initial-branch=main']);
  if (from) git(repository, ['reset', '--quiet', '--hard', from]);
  const shas = commits.map((files) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(clone, file, '..'), { recursive: true });
      writeFileSync(join(clone, file), text);
    }
    git(repository, ['add', '--all']);
    git(repository, ['commit', '--quiet', '-m', 'x']);
    return git(repository, ['rev-parse', 'HEAD']);
  });
  git(repository, ['push', '--quiet', '--force', url, 'main']);
  return shas;
}

const commitsOf = (service: string) => git(service, ['log', '--reverse', '--format=%H']).split('\n');

function changeOf(service: string, commit: string, hex = 'a', more: Partial<Change> = {}): Change {
  const release: Release = {
    service,
    digest: `sha256:${hex.repeat(64)}`,
    commit,
    subject: `'; id #" <!channel> 예매 $(id)`,
    author: '김하늘',
    run: `${service}-main-${commit.slice(0, 12)}`,
  };
  return { platform: 'platform', environment: 'dev', release, run: release.run, onlyNewerIn: service, ...more };
}
const write = (change: Change) => writeRelease(forge, change);
const present = async (file = path) =>
  parseRelease((await forge.readFile('platform', file))?.text as string, file.split('/')[2] as string);

test('release, retry, supersede, unchanged: as on the fake', async () => {
  const [one, two, three] = commitsOf('ticket') as [string, string, string];
  const first = await write(changeOf('ticket', one));
  expect(first).toMatchObject({ outcome: 'released', before: undefined });
  expect(await write(changeOf('ticket', one))).toMatchObject({ outcome: 'released', commit: first.commit });
  const last = await write(changeOf('ticket', three, 'c'));
  expect(last).toMatchObject({ outcome: 'released', before: { commit: one } });
  expect(await write(changeOf('ticket', two, 'b'))).toMatchObject({ outcome: 'superseded', commit: last.commit });
  expect(await write(changeOf('ticket', three, 'c', { run: 'other' }))).toMatchObject({ outcome: 'unchanged' });
  expect((await present())?.commit).toBe(three);
  expect(await forge.commits('platform', path)).toHaveLength(3);

  git('platform', ['pull', '--quiet', `${api.replace('/api/v1', '')}/tickets/platform.git`, 'main']);
  expect(git('platform', ['log', '-1', '--format=%H %an <%ae> %cn'])).toBe(
    `${last.commit} platform-robot <platform-robot@tickets.example> platform-robot`,
  );
  expect(git('platform', ['show', '--format=', '--name-only', 'HEAD'])).toBe(path);
  expect(git('platform', ['show', `HEAD:${path}`])).toBe(
    formatRelease(changeOf('ticket', three, 'c').release).trimEnd(),
  );
});

test('a file that is not there is created, and a service without releases has no history', async () => {
  const [one] = commitsOf('ticket') as [string];
  const created = await write(changeOf('ticket', one, 'a', { environment: 'fresh' }));
  expect(created.outcome).toBe('released');
  expect(await forge.readFile('platform', releasePath('fresh', 'ticket'))).toBeDefined();
  expect(await forge.commits('platform', releasePath('fresh', 'live'))).toEqual([]);
  const twice = { path: releasePath('fresh', 'ticket'), text: 'x', sha: undefined, message: 'x' };
  await expect(forge.writeFile('platform', twice)).rejects.toMatchObject({ kind: 'stale' });
});

test('a stale sha is a conflict', async () => {
  const file = { path: 'README.md', text: 'x', sha: '0'.repeat(40), message: 'x' };
  await expect(forge.writeFile('platform', file)).rejects.toMatchObject({ kind: 'stale', status: 422 });
});

test('histories: what main has beyond a commit, and nothing of what it does not have', async () => {
  const [one, two, three] = commitsOf('live') as [string, string, string];
  expect((await forge.beyond('live', one))?.sort()).toEqual([two, three].sort());
  expect(await forge.beyond('live', three)).toEqual([]);
  expect(await forge.beyond('live', 'f'.repeat(40))).toBeUndefined();
  expect([await forge.ahead('live', three, one), (await forge.ahead('live', one, three))?.length]).toEqual([[], 2]);
  const url = `${api.replace('/api/v1', '')}/tickets/live.git`;
  git('live', ['checkout', '--quiet', '-b', 'feature']);
  git('live', ['commit', '--quiet', '--allow-empty', '-m', 'on a branch']);
  const branch = git('live', ['rev-parse', 'HEAD']);
  // Neither a branch nor a tag of the name brings it to main.
  git('live', ['push', '--quiet', url, 'feature', 'HEAD:refs/tags/main']);
  try {
    expect(await forge.beyond('live', branch)).toBeUndefined();
    await expect(write(changeOf('live', branch))).rejects.toThrow(/allowed one that the branch main of live has now/);
  } finally {
    git('live', ['push', '--quiet', '--delete', url, 'refs/tags/main', 'refs/heads/feature']);
    git('live', ['checkout', '--quiet', 'main']);
  }
  expect(await forge.folders('platform', 'releases')).toEqual(['dev', 'dr', 'fresh', 'prod']);
});

test('the head of the main branch; a tag of its name is not taken for it; none before the first push', async () => {
  const [one, , three] = commitsOf('live') as [string, string, string];
  git('live', ['tag', 'main', one]);
  git('live', ['push', '--quiet', `${api.replace('/api/v1', '')}/tickets/live.git`, 'refs/tags/main']);
  try {
    expect(await forge.head('live')).toEqual({ sha: three, message: 'x\n', author: 'Kim' });
  } finally {
    git('live', ['tag', '--delete', 'main']);
    git('live', ['push', '--quiet', '--delete', `${api.replace('/api/v1', '')}/tickets/live.git`, 'refs/tags/main']);
  }
  await fetch(`${api}/user/repos`, {
    method: 'POST',
    headers: { authorization: `token ${address.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'empty', private: true, default_branch: 'main' }),
  });
  expect(await forge.head('empty')).toBeUndefined();
  await expect(forge.head('nowhere')).rejects.toMatchObject({ kind: 'refused', status: 404 });
});

test('after a forced push the new history goes ahead and the old one stays away', async () => {
  const [one, two, three] = commitsOf('live') as [string, string, string];
  await write(changeOf('live', two, 'b'));
  const [fresh] = push('live', [{ 'main.txt': 'rewritten' }], one) as [string];
  expect((await write(changeOf('live', fresh, 'd'))).outcome).toBe('released');
  await expect(write(changeOf('live', three, 'c'))).rejects.toThrow(/allowed one that the branch main of live has now/);
  git('live', ['checkout', '--quiet', '--orphan', 'new']);
  git('live', ['commit', '--quiet', '-m', 'another root']);
  git('live', ['branch', '--quiet', '-M', 'new', 'main']);
  const root = git('live', ['rev-parse', 'HEAD']);
  git('live', ['push', '--quiet', '--force', `${api.replace('/api/v1', '')}/tickets/live.git`, 'main']);
  expect((await write(changeOf('live', root, 'e'))).outcome).toBe('released');
  for (const commit of [three, 'f'.repeat(40)])
    await expect(write(changeOf('live', commit, 'f', { run: 'late' }))).rejects.toThrow(/main of live has now/);
});

test('a rollback with git is undone by no older run, and main forced back is followed', async () => {
  const [one, two, three] = commitsOf('ticket') as [string, string, string];
  const environment = 'rolled-back';
  const path = releasePath(environment, 'ticket');
  const url = (name: string) => `${api.replace('/api/v1', '')}/tickets/${name}.git`;
  const first = await write(changeOf('ticket', one, 'a', { environment }));
  const newer = await write(changeOf('ticket', three, 'c', { environment }));
  const older = (run: string) => write(changeOf('ticket', two, 'b', { environment, run }));
  git('platform', ['pull', '--quiet', url('platform'), 'main']);
  git('platform', ['revert', '--no-edit', newer.commit]);
  git('platform', ['push', '--quiet', url('platform'), 'main']);
  expect((await older('late-1')).outcome).toBe('superseded');
  // The robot stays its author, and its message says that it released the older commit.
  git('platform', ['revert', '--no-edit', 'HEAD']);
  git('platform', ['cherry-pick', '--strategy-option=theirs', first.commit]);
  git('platform', ['push', '--quiet', url('platform'), 'main']);
  expect(git('platform', ['log', '-1', '--format=%an %cn'])).toBe('platform-robot Kim');
  expect((await present(path))?.commit).toBe(one);
  expect((await older('late-2')).outcome).toBe('superseded');
  expect((await write(changeOf('ticket', three, 'c', { environment, run: 'late-3' }))).outcome).toBe('superseded');
  git('ticket', ['push', '--quiet', '--force', url('ticket'), `${two}:refs/heads/main`]);
  try {
    expect((await older('back')).outcome).toBe('released');
  } finally {
    git('ticket', ['push', '--quiet', '--force', url('ticket'), `${three}:refs/heads/main`]);
  }
  expect((await write(changeOf('ticket', three, 'c', { environment }))).outcome).toBe('released');
});

test('G5: many writers at once: every change is there, one commit each, in one line', async () => {
  const before = (await forge.commits('platform', 'releases')).length;
  const [one, two, three] = commitsOf('booking') as [string, string, string];
  const environments = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6'];
  const separate = environments.map((name) =>
    changeOf('ticket', commitsOf('ticket')[0] as string, 'a', { environment: name }),
  );
  const same = [changeOf('booking', three, 'c'), changeOf('booking', one), changeOf('booking', two, 'b')];
  const results = await Promise.all(
    [...separate, ...same].map((change) => writeRelease(forge, change, { tries: 40, totalMs: 60_000, pauseMs: 50 })),
  );
  const released = results.filter((result) => result.outcome === 'released');
  expect(new Set(released.map((result) => result.commit)).size).toBe(released.length);
  expect(released.length).toBeGreaterThanOrEqual(environments.length + 1);
  expect((await present(releasePath('dev', 'booking')))?.commit).toBe(three);
  for (const name of environments) expect(await present(releasePath(name, 'ticket'))).toBeDefined();
  expect((await forge.commits('platform', 'releases')).length).toBe(before + released.length);
  git('platform', ['pull', '--quiet', `${api.replace('/api/v1', '')}/tickets/platform.git`, 'main']);
  expect(git('platform', ['log', '--merges', '--format=%H'])).toBe('');
});

test('G10: a reply that is lost on the way: the commit is found, not repeated', async () => {
  const [one] = commitsOf('ticket') as [string];
  let lost = 0;
  // Between the writer and the forge: passes everything on and drops the first reply to a write.
  const between = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const write = request.method !== 'GET';
      const reply = await fetch(api.replace('/api/v1', '') + request.url, {
        method: request.method as string,
        headers: { authorization: String(request.headers.authorization), 'content-type': 'application/json' },
        ...(write ? { body: Buffer.concat(chunks) } : {}),
      });
      const text = await reply.text();
      if (write && lost++ === 0) return void request.socket.destroy();
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  try {
    const port = (between.address() as AddressInfo).port;
    const through = openForge({ ...address, api: `http://127.0.0.1:${port}/api/v1` });
    const result = await writeRelease(through, changeOf('ticket', one, 'a', { environment: 'lossy' }));
    expect(lost).toBe(1);
    const history = await forge.commits('platform', releasePath('lossy', 'ticket'));
    expect(history.map((commit) => commit.sha)).toEqual([result.commit]);
  } finally {
    between.closeAllConnections();
    between.close();
  }
});

test('promotion to prod and dr', async () => {
  const promotesFrom = { prod: 'dev', dr: 'prod' };
  const ask = { platform: 'platform', service: 'ticket', promotesFrom, by: 'Kim', has: async () => true };
  for (const env of ['prod', 'dr']) {
    const rendered = 'images: [{ name: ticket, newName: registry.example/ticket }]\n';
    const path = `rendered/${env}/ticket/kustomization.yaml`;
    await forge.writeFile('platform', { path, text: rendered, sha: undefined, message: 'Render' });
    expect((await promote(forge, { ...ask, environment: env, run: `promote-${env}` })).outcome).toBe('released');
    expect(await present(releasePath(env, 'ticket'))).toEqual(await present());
    expect((await promote(forge, { ...ask, environment: env, run: 'promote-2' })).outcome).toBe('unchanged');
  }
});

test('a wrong token is refused', async () => {
  const wrong = openForge({ ...address, token: 'f'.repeat(40) });
  const failure = await wrong.readFile('platform', path).catch((error) => error);
  expect(failure).toBeInstanceOf(ForgeFault);
  expect(failure).toMatchObject({ kind: 'refused', status: 401 });
});
