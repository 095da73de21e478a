import { apply } from '../install/apply.ts';
import { UserError } from '../machine/process.ts';
import { phase } from '../phases.ts';
import { writersConfig } from '../region/login.ts';
import { node } from '../region/node.ts';
import { kubectl, registryReady } from '../region/region.ts';
import { eachRegion, type Region, seoul, tokyo } from '../topology.ts';
import { repositories } from './forge.ts';
import { owner } from './git.ts';
import { secrets } from './secrets.ts';

export const secret = (namespace: string, name: string, stringData: Record<string, string>, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, labels },
  stringData,
});

/** The Secrets that aws takes from Secrets Manager, made from what the forge and the user gave; and the namespaces they are in. */
async function seedSecrets(region: Region, namespaces: string[], slackUrl: string): Promise<void> {
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
  const notifiedBefore = await kubectl(
    region,
    'get secret slack -n notifier -o jsonpath={.data.url} --ignore-not-found',
  ).catch(() => '');
  await apply(region, [
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...all.filter(({ metadata }) => namespaces.includes(metadata.namespace)),
  ]);
  // A running notifier keeps the address that it was started with.
  if (notifiedBefore && Buffer.from(notifiedBefore, 'base64').toString() !== slackUrl)
    await kubectl(region, 'rollout restart deployment/notifier -n notifier');
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

const namespaces = { seoul: ['ci', 'notifier', 'argocd'], tokyo: ['notifier', 'argocd'] };
export const clusterSecrets = eachRegion((region) =>
  phase({
    name: `${region.name}: secrets`,
    // Those who write to a registry get the login that it made.
    needs: { node: node[region.name], repositories, seoul: registryReady.seoul, tokyo: registryReady.tokyo },
    run: (_, { slackUrl }) => seedSecrets(region, namespaces[region.name], slackUrl),
  }),
);
