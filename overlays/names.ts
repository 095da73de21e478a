import type { Region, RegionName } from './overlay.ts';

/** Every name that crosses the border to AWS: objects of the clusters expect it there, Terraform makes it. Spelled here and nowhere else. */

/** EKS clusters, their managed node groups, and the role of the nodes that Karpenter adds. */
export const clusters: Record<RegionName, { name: string; nodeGroup: string; nodeRole: string }> = {
  seoul: { name: 'eks-cluster', nodeGroup: 'eks-nodegroup', nodeRole: 'eks-cluster-node' },
  tokyo: { name: 'dr-eks-cluster', nodeGroup: 'dr-nodegroup', nodeRole: 'dr-eks-cluster-node' },
};

/** ECR. The repository of a service has its name. */
export const registry = ({ aws }: Region): string => `${aws.account}.dkr.ecr.${aws.region}.amazonaws.com`;
/** Repository of a program of the platform itself. */
export const programRepository = (program: string): string => `platform/${program}`;

/** Role that a login to the registries takes on. */
export const loginRole = ({ aws }: Region, login: string): string =>
  `arn:aws:iam::${aws.account}:role/tickets-${login}`;

/** Id in Secrets Manager. */
export const secretId = ({ namespace, name }: { namespace: string; name: string }): string =>
  `platform/${namespace}/${name}`;

/** A key of KMS for signing, ECC_NIST_P256, that the account `push` alone may sign with. */
export const signingKeyAlias = 'alias/gitops-platform-signing';
