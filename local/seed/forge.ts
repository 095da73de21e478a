import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { firstEnvironment } from '../../overlays/environments/index.ts';
import { $, run, writeFile } from '../machine/process.ts';
import { outside } from '../outside/outside.ts';
import { phase } from '../phases.ts';
import { pidOf } from '../sandbox/sandbox.ts';
import { argocdHost, forgeUrl, hooksHost, regions, registry, registryFromHost, state } from '../topology.ts';
import { owner, services } from './git.ts';
import { keepSecrets, secrets, webhookOf } from './secrets.ts';

const forgeFile = join(state, 'forge.json');
/** For people who sign in. */
export const passwordFile = join(state, 'password');
export const sonarPasswordFile = join(state, 'sonarqube-password');

/** `gitea` on the command line, as the user that it runs as and with its own settings; what it prints, without the line's end. */
async function gitea(command: string): Promise<string> {
  const inside = (await run('pgrep', ['-P', `${pidOf('outside')}`])).trim();
  const user = ['HOME=/state/forge', 'USER=git', 'GITEA_WORK_DIR=/state/forge'];
  const printed = await $`nsenter --mount --pid -t ${inside} setpriv --reuid 1000 --regid 1000 --clear-groups
    env ${user} /forge/gitea --config /state/forge/app.ini ${command.split(' ')}`;
  return printed.trim();
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** Sends one request to the forge's API as administrator. 409 and 422 are no faults: they mean that it is done already. */
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

const argoCdHooks = Object.values(argocdHost).map((host) => `http://${host}/api/webhook`);

type Hook = { id: number; name: string; active: boolean; config: { url: string } };
/**
 * What brings a repository's webhook in step with its URL and secret. Gitea shows nobody a secret and cannot change one (editHook in
 * routers/api/v1/utils/hook.go of 1.26), so the name of a webhook says with which it was made, and one with another secret is replaced: the new
 * one first, so that no push is lost.
 */
export function hookRequests(hooks: readonly Hook[], url: string, secret: string): [Method, string, object?][] {
  const name = `secret ${createHash('sha256').update(secret).digest('hex').slice(0, 12)}`;
  const there = hooks.filter(({ config }) => config.url === url);
  const good = there.find((hook) => hook.name === name);
  const made = { type: 'gitea', name, active: true, events: ['push'], config: { url, content_type: 'json', secret } };
  return [
    ...(good ? [] : [['POST', '', made] as [Method, string, object]]),
    ...(good && !good.active ? [['PATCH', `/${good.id}`, { active: true }] as [Method, string, object]] : []),
    ...there.filter((hook) => hook !== good).map(({ id }): [Method, string] => ['DELETE', `/${id}`]),
  ];
}

type Protection = { rule_name: string } & Record<string, unknown>;
/**
 * The rule of the platform repository's `main`: people push anything, and platform-robot, whose token a step of the pipeline holds, only commits
 * that change nothing but release files of the environment that pushes are released to. Nobody rewrites its history.
 */
export const protection: Protection = {
  rule_name: 'main',
  enable_push: true,
  enable_push_whitelist: true,
  push_whitelist_usernames: ['developer'],
  enable_merge_whitelist: true,
  merge_whitelist_usernames: ['developer'],
  enable_force_push: false,
  unprotected_file_patterns: `releases/${firstEnvironment.name}/*/kustomization.yaml`,
};

/** What brings a repository's rules of `main` in step with `protection`. A rule that comes before it would be used in its place, so it goes. */
export function protectionRequests(rules: readonly Protection[]): [Method, string, object?][] {
  const there = rules.find(({ rule_name }) => rule_name === protection.rule_name);
  const others = rules
    .filter((rule) => rule !== there)
    .map((rule): [Method, string] => ['DELETE', `/${encodeURIComponent(rule.rule_name)}`]);
  const differs = Object.entries(protection).some(
    ([name, value]) => JSON.stringify(there?.[name]) !== JSON.stringify(value),
  );
  const { rule_name, ...settings } = protection;
  return [
    ...(there
      ? differs
        ? [['PATCH', `/${rule_name}`, settings] as [Method, string, object]]
        : []
      : [['POST', '', protection] as [Method, string, object]]),
    ...others,
  ];
}

/** Creates the forge's users, repositories, tokens, webhooks and rules. Idempotent; returns the webhooks and rules that it created or corrected. */
export async function seedForge(): Promise<string[]> {
  const { password } = secrets();
  const users = await gitea('admin user list');
  const hasUser = (name: string) => new RegExp(`\\s${name}\\s`).test(users);
  for (const name of ['developer', 'platform-robot', 'platform-reader'])
    if (!hasUser(name))
      await gitea(
        `admin user create --username ${name} --email ${name}@tickets.example --password ${password} --must-change-password=false --admin=${name === 'developer'}`,
      );
  const made = secrets();
  const token = (user: string, scopes: string) =>
    gitea(
      `admin user generate-access-token --username ${user} --token-name platform-${Date.now()} --scopes ${scopes} --raw`,
    );
  made.developerToken ??= await token('developer', 'write:repository');
  made.robotToken ??= await token('platform-robot', 'write:repository');
  made.readerToken ??= await token('platform-reader', 'read:repository');
  keepSecrets(made);
  await api('POST', '/orgs', { username: owner, visibility: 'private' });
  const changed: string[] = [];
  await Promise.all(
    ['platform', ...services].map(async (name) => {
      await api('POST', `/orgs/${owner}/repos`, { name, private: true, default_branch: 'main' });
      // The robot may write to the platform repository only, and there to release files.
      await api('PUT', `/repos/${owner}/${name}/collaborators/platform-robot`, {
        permission: name === 'platform' ? 'write' : 'read',
      });
      await api('PUT', `/repos/${owner}/${name}/collaborators/platform-reader`, { permission: 'read' });
      const urls = name === 'platform' ? argoCdHooks : [`http://${hooksHost}/`];
      const secret = name === 'platform' ? made.argocdWebhook : webhookOf(made, name);
      const path = `/repos/${owner}/${name}/hooks`;
      const hooks = (await api('GET', path)) as Hook[];
      for (const url of urls) {
        const requests = hookRequests(hooks, url, secret);
        for (const [method, at, body] of requests) await api(method, `${path}${at}`, body);
        if (requests.length > 0) changed.push(`webhook ${url} of ${owner}/${name}`);
      }
      if (name !== 'platform') return;
      const rules = `/repos/${owner}/${name}/branch_protections`;
      const requests = protectionRequests((await api('GET', rules)) as Protection[]);
      for (const [method, at, body] of requests) await api(method, `${rules}${at}`, body);
      if (requests.length > 0) changed.push(`rule of ${owner}/${name}`);
    }),
  );
  writeForgeFile();
  return changed;
}

/** Writes the settings that scripts/promote reads of the running platform. It writes as a person does: the robot may not release to prod. */
export const writeForgeFile = () =>
  writeFile(
    forgeFile,
    JSON.stringify({
      ...{ kind: 'gitea', api: `${forgeUrl}/api/v1`, owner, token: secrets().developerToken },
      registries: Object.fromEntries(
        regions.map((region) => [registry(region), `http://${registryFromHost(region)}`] as const),
      ),
      signingPublicKey: secrets().signingKey?.publicKey,
    }),
    0o600,
  );

export const repositories = phase({
  name: 'repositories',
  needs: { outside },
  run: async () => {
    const changed = await seedForge();
    writeFile(passwordFile, `${secrets().password}\n`, 0o600);
    writeFile(sonarPasswordFile, `${secrets().sonarPassword}\n`, 0o600);
    return changed;
  },
});
