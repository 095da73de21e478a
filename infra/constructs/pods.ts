import { EksPodIdentityAssociation } from '@cdktn/provider-aws/lib/eks-pod-identity-association/index.js';
import { clusterPrograms, podRole } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { idOf, type Scope } from '../stack.ts';
import type { Cluster } from './cluster.ts';
import { role, trustPod } from './roles.ts';

type Pods = { name: string; description: string; namespace: string; account: string; statements: readonly Statement[] };

/** A role for one ServiceAccount of the cluster, by Pod Identity: no manifest names it. */
export function podIdentity(scope: Scope, region: Region, { eks, name: cluster }: Cluster, pods: Pods): void {
  const { name, description, namespace, account, statements } = pods;
  const made = role(scope, region.name, {
    name,
    description,
    trust: trustPod({ cluster, namespace, account }, region.aws.account),
    statements,
  });
  new EksPodIdentityAssociation(scope.stack, `pods-${idOf(name)}`, {
    provider: scope.provider(region.name),
    clusterName: eks.name,
    namespace,
    serviceAccount: account,
    roleArn: made.arn,
  });
}

/** The same for a program of the cluster itself. */
export const programRole = (
  scope: Scope,
  region: Region,
  cluster: Cluster,
  program: keyof typeof clusterPrograms,
  statements: readonly Statement[],
): void =>
  podIdentity(scope, region, cluster, {
    name: podRole(cluster.name, program),
    description: `The program ${program}`,
    ...clusterPrograms[program],
    statements,
  });
