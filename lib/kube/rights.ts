import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';

type Account = { name: string; namespace: string };

/** What an account may do in each of these namespaces: a Role of its name, and its binding. */
export function rightsOf(
  scope: Construct,
  { name, namespace: home }: Account,
  rules: Readonly<Record<string, k8s.PolicyRule[]>>,
  labels?: Record<string, string>,
): void {
  for (const [namespace, list] of Object.entries(rules)) {
    const metadata = { name, namespace, ...(labels ? { labels } : {}) };
    new k8s.KubeRole(scope, `role-${name}-${namespace}`, { metadata, rules: list });
    new k8s.KubeRoleBinding(scope, `role-binding-${name}-${namespace}`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
    });
  }
}
