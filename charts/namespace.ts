import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { survive } from '../lib/kube/argocd.ts';

export type NamespaceOptions = {
  /** The Pod Security Standard that is enforced. */
  podSecurity: 'privileged' | 'baseline' | 'restricted';
  /** Denies all traffic that no other NetworkPolicy allows. */
  denyByDefault: boolean;
};

export const restricted: NamespaceOptions = { podSecurity: 'restricted', denyByDefault: true };

/** A namespace. Argo CD never prunes it: that would delete everything inside. */
export function namespace(scope: Construct, name: string, { podSecurity, denyByDefault }: NamespaceOptions): void {
  new k8s.KubeNamespace(scope, `namespace-${name}`, {
    metadata: {
      name,
      annotations: survive,
      labels: {
        'pod-security.kubernetes.io/enforce': podSecurity,
        'pod-security.kubernetes.io/warn': 'restricted',
      },
    },
  });
  if (denyByDefault)
    new k8s.KubeNetworkPolicy(scope, `default-deny-${name}`, {
      metadata: { name: 'default-deny', namespace: name },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
}
