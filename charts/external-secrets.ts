import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ExternalSecret, RegionName, RegistryLogin, SecretSource, Site } from '../overlays/overlay.ts';

/** Secrets that the External Secrets operator fetches. Git holds names, never values. */
export function externalSecrets(scope: Construct, { store, id }: SecretSource, secrets: ExternalSecret[]): void {
  for (const { namespace, name, keys, of = namespace, refreshInterval = '10m', ...more } of secrets) {
    const { labels, annotations, type, merge } = more;
    const template = { ...(labels ? { metadata: { labels } } : {}), ...(type ? { type } : {}) };
    const metadata = { namespace, name, ...(annotations ? { annotations } : {}) };
    externalSecret(scope, metadata, {
      refreshInterval,
      secretStoreRef: { kind: 'ClusterSecretStore', name: store },
      target: {
        name,
        creationPolicy: merge ? 'Merge' : 'Owner',
        ...(Object.keys(template).length > 0 ? { template } : {}),
      },
      data: keys.map((key) => ({
        secretKey: key,
        remoteRef: { key: id({ namespace: of, name }), property: key },
      })),
    });
  }
}

/** Logins to ECR, whose passwords expire after 12 hours (GetAuthorizationToken). Each assumes a role of its own. */
export function registryLogins(
  scope: Construct,
  { ecr }: SecretSource,
  regions: Site['regions'],
  logins: RegistryLogin[],
): void {
  for (const { namespace, name, registries } of logins) {
    for (const region of registries)
      new ApiObject(scope, `ecr-authorization-token-${namespace}-${name}-${region}`, {
        apiVersion: 'generators.external-secrets.io/v1alpha1',
        kind: 'ECRAuthorizationToken',
        metadata: { name: `${name}-${region}`, namespace },
        spec: { region: ecr.regions[region], role: ecr.role(name) },
      });
    const login = (region: RegionName) =>
      `"${regions[region].registry}":{"auth":"{{ printf "%s:%s" .${region}_username .${region}_password | b64enc }}"}`;
    externalSecret(
      scope,
      { namespace, name },
      {
        // Survives eleven hours of an operator that is down.
        refreshInterval: '1h',
        target: {
          name,
          creationPolicy: 'Owner',
          template: { data: { 'config.json': `{"auths":{${registries.map(login).join(',')}}}` } },
        },
        dataFrom: registries.map((region) => ({
          sourceRef: {
            generatorRef: {
              apiVersion: 'generators.external-secrets.io/v1alpha1',
              kind: 'ECRAuthorizationToken',
              name: `${name}-${region}`,
            },
          },
          // Every generator uses the same two names.
          rewrite: [{ regexp: { source: '(.*)', target: `${region}_$1` } }],
        })),
      },
    );
  }
}

const externalSecret = (
  scope: Construct,
  metadata: { namespace: string; name: string; annotations?: Record<string, string> },
  spec: object,
) =>
  new ApiObject(scope, `external-secret-${metadata.namespace}-${metadata.name}`, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata,
    spec,
  });
