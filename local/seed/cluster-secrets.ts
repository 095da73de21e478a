import { UserError } from '../../lib/errors.ts';
import { registrySecrets, secretsFor, webhookSecret } from '../../overlays/secrets.ts';
import { apply } from '../install/apply.ts';
import { argocd } from '../install/argocd.ts';
import { phase } from '../phases.ts';
import { writersConfig } from '../region/login.ts';
import { node } from '../region/node.ts';
import { kubectl, registryReady } from '../region/region.ts';
import { eachRegion, forgeName, ports, type Region, type RegionName, seoul, tokyo } from '../topology.ts';
import { repositories } from './forge.ts';
import { owner, services } from './git.ts';
import { type Secrets, secrets, webhookOf } from './secrets.ts';

export const secret = (
  namespace: string,
  name: string,
  stringData: Record<string, string>,
  labels: Record<string, string> = {},
) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, labels },
  stringData,
});
type SecretObject = ReturnType<typeof secret>;

type Stored = {
  metadata: { namespace: string; name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
};
/** Those of `wanted` that are missing, or whose values or labels differ. Keys that others added are left alone. */
export function outdated(wanted: readonly SecretObject[], stored: readonly Stored[]): SecretObject[] {
  const has = (of: Record<string, string> = {}, all: Record<string, string>) =>
    Object.entries(all).every(([key, value]) => of[key] === value);
  return wanted.filter(({ metadata: { namespace, name, labels }, stringData }) => {
    const found = stored.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const data = Object.fromEntries(
      Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    return !found || !has(found.data, data) || !has(found.metadata.labels, labels);
  });
}

/** Writes Secrets whose values are not those of the cluster; returns their names. */
export async function applySecrets(region: Region, wanted: readonly SecretObject[]): Promise<string[]> {
  const { items } = JSON.parse(await kubectl(region, 'get secrets -A -o json')) as { items: Stored[] };
  const changed = outdated(wanted, items);
  if (changed.length > 0) await apply(region, changed);
  return changed.map(({ metadata }) => `Secret ${metadata.namespace}/${metadata.name} of ${region.name}`);
}

type Values = Record<string, string>;
/** The Secrets declared in overlays/secrets.ts for which there are values. Throws if the keys of a value are not those declared. */
export function secretsWith(values: Record<string, Values>) {
  const logins = registrySecrets.map((login) => ({ ...login, keys: ['config.json'], labels: {} }));
  return [...secretsFor(services), ...logins]
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
  ...Object.fromEntries(services.map((name) => [webhookSecret(name), { secret: webhookOf(made, name) }])),
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

async function seedSecrets(region: Region, slackUrl: string): Promise<string[]> {
  const made = secrets();
  const { readerToken, robotToken } = made;
  if (!readerToken || !robotToken) throw new UserError('forge: has no tokens yet; run scripts/up again');
  const writers = { seoul: writersConfig(seoul), tokyo: writersConfig(tokyo) };
  const all = secretsWith(valuesOf({ ...made, readerToken, robotToken }, slackUrl, writers));
  const here = namespaces[region.name];
  await apply(
    region,
    here.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  const changed = await applySecrets(
    region,
    all.filter(({ metadata }) => here.includes(metadata.namespace)),
  );
  // A running notifier keeps the URL that it was started with.
  const notifier = await kubectl(region, 'get deployment notifier -n notifier -o name --ignore-not-found');
  if (notifier && changed.some((name) => name.includes(' notifier/')))
    await kubectl(region, 'rollout restart deployment/notifier -n notifier');
  return changed;
}

/** The token for analyses. */
export const sonarValues = (token: string): Record<string, Values> => ({ sonarqube: { token } });
/** The public half of the key that images are signed with. */
export const signingValues = (key: string): Record<string, Values> => ({ 'signing-public-key': { key } });

/**
 * Argo CD keeps its webhook secret in a Secret that it writes itself too, so only this key is ours; it is the one for this forge's
 * kind of webhook, and not for GitHub's as on aws.
 */
export const argocdWebhook = eachRegion((region) =>
  phase({
    name: `${region.name}: argo cd webhook`,
    needs: { argocd: argocd[region.name], repositories },
    run: () =>
      applySecrets(region, [
        secret(
          'argocd',
          'argocd-secret',
          { 'webhook.gogs.secret': secrets().argocdWebhook },
          { 'app.kubernetes.io/name': 'argocd-secret', 'app.kubernetes.io/part-of': 'argocd' },
        ),
      ]),
  }),
);

export const clusterSecrets = eachRegion((region) =>
  phase({
    name: `${region.name}: secrets`,
    // The registry creates the login that its writers get.
    needs: { node: node[region.name], repositories, seoul: registryReady.seoul, tokyo: registryReady.tokyo },
    run: (_, { slackUrl }) => seedSecrets(region, slackUrl),
  }),
);
