import { k8s } from 'cdk8s-plus-27';
import { linkLocal } from './link-local.ts';

/** Egress to everywhere except the metadata services, which hand out credentials of roles. */
export const egressExceptMetadata = [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [linkLocal] } }] }];

export const egressToDns: k8s.NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: (['UDP', 'TCP'] as const).map((protocol) => ({ protocol, port: k8s.IntOrString.fromNumber(53) })),
};
