import type { Region, RegionName } from './overlay.ts';

/** Every name that crosses to AWS: Kubernetes objects expect it, Terraform creates it. Spelled here and nowhere else. */

/** EKS clusters, their managed node groups, and the role of the nodes that Karpenter adds. */
export const clusters: Record<RegionName, { name: string; nodeGroup: string; nodeRole: string }> = {
  seoul: { name: 'eks-cluster', nodeGroup: 'eks-nodegroup', nodeRole: 'eks-cluster-node' },
  tokyo: { name: 'dr-eks-cluster', nodeGroup: 'dr-nodegroup', nodeRole: 'dr-eks-cluster-node' },
};

/** Host of ECR. The repository of a service has the service's name. */
export const registry = ({ aws }: Region): string => `${aws.account}.dkr.ecr.${aws.region}.amazonaws.com`;
/** ECR repository of one of the platform's own programs. */
export const programRepository = (program: string): string => `platform/${program}`;

/** Role that a login to the registries assumes. */
export const loginRole = ({ aws }: Region, login: string): string =>
  `arn:aws:iam::${aws.account}:role/tickets-${login}`;

/** Id of a Secret in Secrets Manager. */
export const secretId = ({ namespace, name }: { namespace: string; name: string }): string =>
  `platform/${namespace}/${name}`;

/** KMS key that images are signed with (ECC_NIST_P256). Only the ServiceAccount `push` may sign. */
export const signingKeyAlias = 'alias/gitops-platform-signing';
