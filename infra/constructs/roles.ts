import { IamRole } from '@cdktn/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktn/provider-aws/lib/iam-role-policy-attachment/index.js';
import { awsPolicyArn, servicePrincipal } from '../../overlays/names.ts';
import type { Statement } from '../policy.ts';
import { idOf, type Place, type Scope } from '../stack.ts';

export type Role = {
  name: string;
  description: string;
  trust: readonly Statement[];
  statements?: readonly Statement[];
  /** Policies that AWS writes, by name. A test lists those that are allowed here. */
  managed?: readonly string[];
  /** Seconds that a session lasts at most; 3,600 unless it says otherwise. */
  session?: number;
  /** False for who gives out boundaries; everybody else has one. */
  bounded?: false;
};

/** A role with its own policy. Its ARN is known from its name, so nothing has to pass it on. */
export function role(scope: Scope, place: Place, given: Role): IamRole {
  const { name, description, trust, statements = [], managed = [], session, bounded = true } = given;
  const provider = scope.provider(place);
  const id = idOf(name);
  const made = new IamRole(scope.stack, `role-${id}`, {
    provider,
    name,
    description,
    assumeRolePolicy: scope.policy(`${id}-trust`, trust),
    ...(bounded ? { permissionsBoundary: scope.boundary } : {}),
    ...(session ? { maxSessionDuration: session } : {}),
  });
  if (statements.length > 0)
    new IamRolePolicy(scope.stack, `role-${id}-policy`, {
      provider,
      name,
      role: made.name,
      policy: scope.policy(id, statements),
    });
  for (const managedPolicy of managed)
    new IamRolePolicyAttachment(scope.stack, `role-${id}-${idOf(managedPolicy)}`, {
      provider,
      role: made.name,
      policyArn: awsPolicyArn(managedPolicy),
    });
  return made;
}

/** A service of AWS may assume the role, for resources of this account alone (confused deputy). */
export const trustService = (service: string, account: string, conditions = {}): Statement[] => [
  {
    sid: 'Service',
    actions: ['sts:AssumeRole'],
    principals: { Service: [servicePrincipal(service)] },
    conditions: { StringEquals: { 'aws:SourceAccount': account }, ...conditions },
  },
];

/** EC2 and EKS itself name no source account. */
export const trustPlainService = (service: string): Statement[] => [
  { sid: 'Service', actions: ['sts:AssumeRole'], principals: { Service: [servicePrincipal(service)] } },
];

export type PodAccount = { cluster: string; namespace: string; account: string };

/**
 * One ServiceAccount of one cluster, by Pod Identity. Without the conditions whoever may make associations could give the role to any pod
 * (EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity").
 */
export const trustPod = ({ cluster, namespace, account }: PodAccount, awsAccount: string): Statement[] => [
  {
    sid: 'PodIdentity',
    actions: ['sts:AssumeRole', 'sts:TagSession'],
    principals: { Service: [servicePrincipal('pods.eks')] },
    conditions: {
      StringEquals: {
        'aws:SourceAccount': awsAccount,
        'aws:RequestTag/eks-cluster-name': cluster,
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': account,
      },
    },
  },
];
