import { UserError } from '../../lib/errors.ts';
import { secrets as declared, registrySecrets } from '../../overlays/secrets.ts';
import { apply } from '../install/apply.ts';
import { phase } from '../phases.ts';
import { writersConfig } from '../region/login.ts';
import { node } from '../region/node.ts';
import { kubectl, registryReady } from '../region/region.ts';
import { eachRegion, forgeName, ports, type Region, type RegionName, seoul, tokyo } from '../topology.ts';
import { repositories } from './forge.ts';
import { owner } from './git.ts';
import { type Secrets, secrets } from './secrets.ts';

export const secret = (namespace: string, name: string, stringData: Record<string, string>, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, labels },
  stringData,
});

type Values = Record<string, string>;
/** The Secrets declared in overlays/secrets.ts for which there are values. Throws if the keys of a value are not those declared. */
export function secretsWith(values: Record<string, Values>) {
  const logins = registrySecrets.map((login) => ({ ...login, keys: ['config.json'], labels: {} }));
  return [...declared, ...logins]
    .filter(({ name }) => values[name])
    .map(({ namespace, name, keys, labels }) => {
      const given = values[name] as Values;
      if (String(Object.keys(given)) !== String(keys))
        throw new Error(`Secret ${name}: given ${Object.keys(given)}, declared in overlays/secrets.ts are ${keys}`);
      return secret(namespace, name, given, labels);
    });
}

/** What the Secrets hold that every start makes; `writers`: a Docker configuration a registry, for those who write to it. */
export const valuesOf = (
  made: Secrets & { readerToken: string; robotToken: string },
  slackUrl: string,
  writers: Record<RegionName, string>,
): Record<string, Values> => ({
  webhook: { secret: made.webhook },
  'forge-read': { token: made.readerToken },
  'forge-write': { token: made.robotToken },
  'registry-push': { 'config.json': writers.seoul },
  // Reading needs no login here; the file is there because tasks mount it.
  'registry-pull': { 'config.json': '{}' },
  'registry-replicate': { 'config.json': writers.tokyo },
  slack: { url: slackUrl },
  'platform-repository': {
    type: 'git',
    url: `http://${forgeName}:${ports.forge.port}/${owner}/platform.git`,
    username: 'platform-reader',
    password: made.readerToken,
  },
});

/** Namespaces whose Secrets must be there before Argo CD deploys into them. */
const namespaces: Record<RegionName, string[]> = {
  seoul: ['ci', 'notifier', 'argocd'],
  tokyo: ['notifier', 'argocd'],
};

async function seedSecrets(region: Region, slackUrl: string): Promise<void> {
  const made = secrets();
  const { readerToken, robotToken } = made;
  if (!readerToken || !robotToken) throw new UserError('forge: has no tokens yet; run scripts/up again');
  const writers = { seoul: writersConfig(seoul), tokyo: writersConfig(tokyo) };
  const all = secretsWith(valuesOf({ ...made, readerToken, robotToken }, slackUrl, writers));
  const here = namespaces[region.name];
  const notifiedBefore = await kubectl(
    region,
    'get secret slack -n notifier -o jsonpath={.data.url} --ignore-not-found',
  ).catch(() => '');
  await apply(region, [
    ...here.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...all.filter(({ metadata }) => here.includes(metadata.namespace)),
  ]);
  // A running notifier keeps the URL that it was started with.
  if (notifiedBefore && Buffer.from(notifiedBefore, 'base64').toString() !== slackUrl)
    await kubectl(region, 'rollout restart deployment/notifier -n notifier');
}

/** The token for analyses: SonarQube starts empty, so each start makes a new one. */
export const sonarValues = (token: string): Record<string, Values> => ({ sonarqube: { token } });
/** The public half of the key that images are signed with. */
export const signingValues = (key: string): Record<string, Values> => ({ 'signing-public-key': { key } });

/**
 * Argo CD keeps its webhook secret in a Secret that it writes itself too, so only this key is ours; it is the one for this forge's
 * kind of webhook, and not for GitHub's as on aws.
 */
export const argoCdWebhook = (region: Region) =>
  apply(region, [
    secret(
      'argocd',
      'argocd-secret',
      { 'webhook.gogs.secret': secrets().argocdWebhook },
      { 'app.kubernetes.io/name': 'argocd-secret', 'app.kubernetes.io/part-of': 'argocd' },
    ),
  ]);

export const clusterSecrets = eachRegion((region) =>
  phase({
    name: `${region.name}: secrets`,
    // The registry creates the login that its writers get.
    needs: { node: node[region.name], repositories, seoul: registryReady.seoul, tokyo: registryReady.tokyo },
    run: (_, { slackUrl }) => seedSecrets(region, slackUrl),
  }),
);
