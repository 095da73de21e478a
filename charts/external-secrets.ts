import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Cluster, Site } from '../overlays/overlay.ts';

export type ExternalSecret = {
  namespace: string;
  /** Of the Secret; in Secrets Manager it is `platform/<namespace>/<name>`, with the same keys. */
  name: string;
  keys: string[];
  labels?: Record<string, string>;
  type?: string;
  /** Adds the keys to a Secret that someone else makes. */
  merge?: boolean;
};

/** A Docker configuration with a login to the registries of some clusters, which nobody keeps: it is made, and made anew before it ends. */
export type RegistryLogin = { namespace: string; name: string; registries: Cluster[] };

/** Secrets that the External Secrets operator fetches: git holds their names and never a value. */
export function externalSecrets(scope: Construct, store: string, secrets: ExternalSecret[]): void {
  for (const { namespace, name, keys, labels, type, merge } of secrets) {
    const template = { ...(labels ? { metadata: { labels } } : {}), ...(type ? { type } : {}) };
    externalSecret(scope, namespace, name, {
      refreshInterval: '10m',
      secretStoreRef: { kind: 'ClusterSecretStore', name: store },
      target: {
        name,
        creationPolicy: merge ? 'Merge' : 'Owner',
        ...(Object.keys(template).length > 0 ? { template } : {}),
      },
      data: keys.map((key) => ({
        secretKey: key,
        remoteRef: { key: `platform/${namespace}/${name}`, property: key },
      })),
    });
  }
}

/** Passwords of ECR, which end after 12 hours (GetAuthorizationToken); each with the rights of a role of its own. */
export function registryLogins(
  scope: Construct,
  ecr: NonNullable<Site['ecr']>,
  clusters: Site['clusters'],
  logins: RegistryLogin[],
): void {
  for (const { namespace, name, registries } of logins) {
    for (const cluster of registries)
      new ApiObject(scope, `ecr-authorization-token-${namespace}-${name}-${cluster}`, {
        apiVersion: 'generators.external-secrets.io/v1alpha1',
        kind: 'ECRAuthorizationToken',
        metadata: { name: `${name}-${cluster}`, namespace },
        spec: { region: ecr.regions[cluster], role: `${ecr.roles}${name}` },
      });
    const login = (cluster: Cluster) =>
      `"${clusters[cluster].registry}":{"auth":"{{ printf "%s:%s" .${cluster}_username .${cluster}_password | b64enc }}"}`;
    externalSecret(scope, namespace, name, {
      // Eleven hours of an operator that is down are survived.
      refreshInterval: '1h',
      target: {
        name,
        creationPolicy: 'Owner',
        template: { data: { 'config.json': `{"auths":{${registries.map(login).join(',')}}}` } },
      },
      dataFrom: registries.map((cluster) => ({
        sourceRef: {
          generatorRef: {
            apiVersion: 'generators.external-secrets.io/v1alpha1',
            kind: 'ECRAuthorizationToken',
            name: `${name}-${cluster}`,
          },
        },
        // Every generator calls them the same.
        rewrite: [{ regexp: { source: '(.*)', target: `${cluster}_$1` } }],
      })),
    });
  }
}

const externalSecret = (scope: Construct, namespace: string, name: string, spec: object) =>
  new ApiObject(scope, `external-secret-${namespace}-${name}`, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace },
    spec,
  });
