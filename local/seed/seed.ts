import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitingRelease } from '../../lib/release/releases.ts';
import { binary } from '../engines/engines.ts';
import { apply } from '../install/install.ts';
import { run, sleep, UserError, writeFile } from '../machine/process.ts';
import { forgeUrl } from '../outside/outside.ts';
import { kubectl, writersConfig } from '../region/region.ts';
import { sandboxState } from '../sandbox/sandbox.ts';
import { type Region, regions, registry, registryFromHost, repository, seoul, state, tokyo } from '../topology.ts';

/** Made once, kept with the forge's data, never in git, logs or rendered files. */
export interface Secrets {
  webhook: string;
  argocdWebhook: string;
  password: string;
  sonarPassword: string;
  /** Of the platform-robot: writes releases. */
  robotToken?: string;
  /** Of the platform-reader: clones, and is Argo CD's. */
  readerToken?: string;
  /** Of the developer that scripts/loop pushes as, and that people sign in with. */
  developerToken?: string;
  /** What images are signed with: cosign's private key, its password, and the public half. */
  signingKey?: { key: string; password: string; publicKey: string };
}

export const owner = 'tickets';
/** Those that have a release file: rendering makes one for every service. */
export const services = readdirSync(join(repository, 'releases/dev'));
const secretsFile = () => join(sandboxState('outside'), 'forge', 'platform-secrets.json');
export const forgeFile = join(state, 'forge.json');

export function secrets(): Secrets {
  const there = existsSync(secretsFile()) ? readFileSync(secretsFile(), 'utf8') : '{}';
  const made = {
    webhook: randomBytes(24).toString('hex'),
    argocdWebhook: randomBytes(24).toString('hex'),
    // SonarQube wants a letter of each case, a digit and a sign.
    sonarPassword: `Aa1-${randomBytes(12).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
    ...(JSON.parse(there) as Partial<Secrets>),
  };
  // Also of a platform that an earlier version of this started, which knew fewer.
  if (Object.keys(made).some((name) => !Object.hasOwn(JSON.parse(there), name)))
    writeFile(secretsFile(), JSON.stringify(made), 0o600);
  return made;
}

/** `gitea` on the command line, as the user that it runs as and with its own settings. */
async function gitea(...args: string[]): Promise<string> {
  const [pid] = readFileSync(join(sandboxState('outside'), 'pid'), 'utf8').split(' ');
  const inside = (await run('pgrep', ['-P', pid as string])).trim();
  return run('nsenter', [
    ...['--mount', '--pid', '-t', inside, 'setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'],
    ...[
      'env',
      'HOME=/state/forge',
      'USER=git',
      'GITEA_WORK_DIR=/state/forge',
      '/forge/gitea',
      '--config',
      '/state/forge/app.ini',
      ...args,
    ],
  ]);
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** One question to the forge's API as the administrator; what is already so (409, 422) is no fault. */
export async function api(method: Method, path: string, body?: object): Promise<unknown> {
  const { password } = secrets();
  const answer = await fetch(`${forgeUrl}/api/v1${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`developer:${password}`).toString('base64')}`,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  if (!answer.ok && answer.status !== 409 && answer.status !== 422)
    throw new Error(`forge: ${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
  return text ? JSON.parse(text) : undefined;
}

const argoCdHooks = ['http://argocd.localhost/api/webhook', 'http://argocd.tokyo.localhost/api/webhook'];

/** Users, repositories, tokens and webhooks of the forge: what is there stays. */
export async function seedForge(): Promise<void> {
  const { password } = secrets();
  const users = await gitea('admin', 'user', 'list');
  const hasUser = (name: string) => new RegExp(`\\s${name}\\s`).test(users);
  for (const [name, more] of [
    ['developer', ['--admin']],
    ['platform-robot', []],
    ['platform-reader', []],
  ] as const)
    if (!hasUser(name))
      await gitea(
        ...[
          'admin',
          'user',
          'create',
          '--username',
          name,
          '--email',
          `${name}@tickets.example`,
          '--password',
          password,
        ],
        ...['--must-change-password=false', ...more],
      );
  const made = secrets();
  const token = async (user: string, scopes: string) =>
    (
      await gitea(
        'admin',
        'user',
        'generate-access-token',
        '--username',
        user,
        '--token-name',
        `platform-${Date.now()}`,
        '--scopes',
        scopes,
        '--raw',
      )
    ).trim();
  made.developerToken ??= await token('developer', 'write:repository');
  made.robotToken ??= await token('platform-robot', 'write:repository');
  made.readerToken ??= await token('platform-reader', 'read:repository');
  writeFile(secretsFile(), JSON.stringify(made), 0o600);
  await api('POST', '/orgs', { username: owner, visibility: 'private' });
  await Promise.all(
    ['platform', ...services].map(async (name) => {
      await api('POST', `/orgs/${owner}/repos`, { name, private: true, default_branch: 'main' });
      // Only the platform repository may be written by the robot: it writes releases and nothing else.
      await api('PUT', `/repos/${owner}/${name}/collaborators/platform-robot`, {
        permission: name === 'platform' ? 'write' : 'read',
      });
      await api('PUT', `/repos/${owner}/${name}/collaborators/platform-reader`, { permission: 'read' });
      const urls = name === 'platform' ? argoCdHooks : ['http://hooks.localhost/'];
      const secret = name === 'platform' ? made.argocdWebhook : made.webhook;
      const hooks = (await api('GET', `/repos/${owner}/${name}/hooks`)) as { id: number; config: { url: string } }[];
      for (const url of urls.filter((url) => !hooks.some((hook) => hook.config.url === url)))
        await api('POST', `/repos/${owner}/${name}/hooks`, {
          type: 'gitea',
          active: true,
          events: ['push'],
          config: { url, content_type: 'json', secret },
        });
    }),
  );
  writeForgeFile();
}

/** What promotion needs to know of the running platform. */
const writeForgeFile = () =>
  writeFile(
    forgeFile,
    JSON.stringify({
      ...{ kind: 'gitea', api: `${forgeUrl}/api/v1`, owner, token: secrets().robotToken },
      registries: Object.fromEntries(
        regions.map((region) => [registry(region), `http://${registryFromHost(region)}`] as const),
      ),
      signingPublicKey: secrets().signingKey?.publicKey,
    }),
    0o600,
  );

/** Git without the user's or the machine's configuration; the token goes by environment, so that no argument or file shows it. */
export const git = (args: string[], cwd: string, token?: string) =>
  run('git', args, {
    cwd,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Platform',
      GIT_AUTHOR_EMAIL: 'platform@tickets.example',
      GIT_COMMITTER_NAME: 'Platform',
      GIT_COMMITTER_EMAIL: 'platform@tickets.example',
      GIT_CONFIG_COUNT: token ? '2' : '1',
      GIT_CONFIG_KEY_0: 'init.defaultBranch',
      GIT_CONFIG_VALUE_0: 'main',
      ...(token
        ? {
            GIT_CONFIG_KEY_1: 'http.extraHeader',
            GIT_CONFIG_VALUE_1: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
          }
        : {}),
    },
  });

export const repositoryUrl = (name: string) => `${forgeUrl}/${owner}/${name}.git`;

async function inClone<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  try {
    await git(['clone', '--quiet', repositoryUrl(name), folder], '/', secrets().developerToken);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commits and pushes what changed in a clone; false if nothing did. */
async function push(folder: string, message: string): Promise<boolean> {
  await git(['add', '--all', '.'], folder);
  if ((await git(['status', '--porcelain'], folder)).trim() === '') return false;
  await git(['commit', '--quiet', '--message', message], folder);
  await git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], folder, secrets().developerToken);
  return true;
}

/** Makes a service's repository on the forge what its folder in `services/` is; false if it is that already. */
export const bringService = (service: string, message: string): Promise<boolean> =>
  inClone(service, async (folder) => {
    for (const name of readdirSync(folder)) if (name !== '.git') rmSync(join(folder, name), { recursive: true });
    cpSync(join(repository, 'services', service), folder, { recursive: true });
    return push(folder, message);
  });

/** The last commit of main of a service; undefined where it has none. */
export const headOf = async (service: string): Promise<string | undefined> =>
  (await git(['ls-remote', '--heads', repositoryUrl(service), 'main'], '/', secrets().developerToken)).split('\t')[0] ||
  undefined;

/** A service's repository starts as its folder in `services/`; from then on it is its developers'. */
export async function seedServices(): Promise<void> {
  for (const service of services) {
    if (!existsSync(join(repository, 'services', service))) continue;
    if (!(await headOf(service))) await bringService(service, `Start ${service}`);
  }
}

/**
 * Puts the rendered tree of the local site into the platform repository. `releases/` there belongs to the pipeline and to
 * promotion: it gets waiting files for services that it does not know yet, and nothing else.
 */
export async function seedPlatform(images: Record<string, string>, without: readonly string[]): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'render-'));
  try {
    writeFile(join(work, 'images.json'), JSON.stringify(images));
    await run(process.execPath, [
      join(repository, 'scripts/render.ts'),
      '--site',
      'local',
      '--images',
      join(work, 'images.json'),
      ...without.flatMap((name) => ['--without', name]),
      '--out',
      work,
    ]);
    for (let tries = 0; ; tries++) {
      try {
        await inClone('platform', async (folder) => {
          rmSync(join(folder, 'rendered'), { recursive: true, force: true });
          cpSync(join(work, 'rendered'), join(folder, 'rendered'), { recursive: true });
          for (const environment of ['dev', 'prod', 'dr'])
            for (const service of services) {
              const file = join(folder, 'releases', environment, service, 'kustomization.yaml');
              if (existsSync(file)) continue;
              mkdirSync(join(file, '..'), { recursive: true });
              writeFile(file, waitingRelease(service));
            }
          await push(folder, 'Render the local site');
        });
        return;
      } catch (error) {
        // A release that lands meanwhile makes the push stale; the next try starts from it.
        if (tries >= 4) throw error;
        await sleep(500);
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const secret = (namespace: string, name: string, stringData: Record<string, string>, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, labels },
  stringData,
});

/** The Secrets that aws takes from Secrets Manager, made from what the forge and the user gave; and the namespaces they are in. */
export async function seedSecrets(region: Region, namespaces: string[], slackUrl: string): Promise<void> {
  const made = secrets();
  if (!made.readerToken || !made.robotToken) throw new UserError('the forge has no tokens yet: run scripts/up again');
  const all = [
    secret('ci', 'webhook', { secret: made.webhook }),
    secret('ci', 'forge-read', { token: made.readerToken }),
    secret('ci', 'forge-write', { token: made.robotToken }),
    secret('ci', 'registry-push', { 'config.json': writersConfig(seoul) }),
    secret('ci', 'registry-replicate', { 'config.json': writersConfig(tokyo) }),
    // Reading asks nobody here; the file is there because tasks mount it.
    secret('ci', 'registry-pull', { 'config.json': '{}' }),
    secret('notifier', 'slack', { url: slackUrl }),
    secret(
      'argocd',
      'platform-repository',
      {
        type: 'git',
        url: `http://forge.internal:3000/${owner}/platform.git`,
        username: 'platform-reader',
        password: made.readerToken,
      },
      { 'argocd.argoproj.io/secret-type': 'repository' },
    ),
  ];
  const toldBefore = await kubectl(region, [
    ...['get', 'secret', 'slack', '-n', 'notifier', '-o', 'jsonpath={.data.url}', '--ignore-not-found'],
  ]).catch(() => '');
  await apply(region, [
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...all.filter(({ metadata }) => namespaces.includes(metadata.namespace)),
  ]);
  // A running notifier keeps the address that it was started with.
  if (toldBefore && Buffer.from(toldBefore, 'base64').toString() !== slackUrl)
    await kubectl(region, ['rollout', 'restart', 'deployment/notifier', '-n', 'notifier']);
}

/** The key that images are signed with, made once: what it signed must be known again after `down` and `up`. */
export async function seedSigningKey(region: Region): Promise<void> {
  const made = secrets();
  if (!made.signingKey) {
    const work = mkdtempSync(join(tmpdir(), 'signing-key-'));
    try {
      const password = randomBytes(24).toString('hex');
      await run(binary('cosign', 'cosign'), ['generate-key-pair'], { cwd: work, env: { COSIGN_PASSWORD: password } });
      const [key, publicKey] = ['cosign.key', 'cosign.pub'].map((name) => readFileSync(join(work, name), 'utf8'));
      made.signingKey = { key: key as string, password, publicKey: publicKey as string };
      writeFile(secretsFile(), JSON.stringify(made), 0o600);
      writeForgeFile();
    } finally {
      rmSync(work, { recursive: true });
    }
  }
  const { key, password, publicKey } = made.signingKey;
  writeFile(join(state, 'signing.pub'), publicKey);
  await apply(region, [
    secret('ci', 'signing-key', { key, password }),
    secret('ci', 'signing-public-key', { key: publicKey }),
  ]);
}

/** The token for analyses: SonarQube starts empty, so it is another one each time. */
export const seedSonarToken = (region: Region, token: string) => apply(region, [secret('ci', 'sonarqube', { token })]);

/** Argo CD keeps its webhook secret in a Secret that it writes itself too, so only this key is ours. */
export const argoCdWebhook = (region: Region) =>
  apply(region, [
    secret(
      'argocd',
      'argocd-secret',
      { 'webhook.gogs.secret': secrets().argocdWebhook },
      { 'app.kubernetes.io/name': 'argocd-secret', 'app.kubernetes.io/part-of': 'argocd' },
    ),
  ]);
