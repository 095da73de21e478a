import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

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

/** Secrets that the External Secrets operator fetches: git holds their names and never a value. */
export function externalSecrets(scope: Construct, store: string, secrets: ExternalSecret[]): void {
  for (const { namespace, name, keys, labels, type, merge } of secrets) {
    const template = { ...(labels ? { metadata: { labels } } : {}), ...(type ? { type } : {}) };
    new ApiObject(scope, `external-secret-${namespace}-${name}`, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name, namespace },
      spec: {
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
      },
    });
  }
}
