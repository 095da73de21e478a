import { expect, test } from '@jest/globals';
import { clusterRoleBindings } from './cluster-role-bindings.ts';
import { placed } from './testing.ts';

const binding = (kind: string, name: string, role: string) =>
  placed({ kind, metadata: { name }, roleRef: { kind: 'ClusterRole', name: role } });

test('a listed ClusterRoleBinding passes, and so does any RoleBinding of a small role', () => {
  const tree = [binding('ClusterRoleBinding', 'listen', 'listen'), binding('RoleBinding', 'x', 'reads-pods')];
  expect(clusterRoleBindings(tree, ['listen'])).toEqual([]);
});
test('one that is not listed is a fault', () => {
  expect(clusterRoleBindings([binding('ClusterRoleBinding', 'other', 'listen')], ['listen'])).toHaveLength(1);
});
test('the great roles of Kubernetes are a fault, listed or not', () => {
  expect(clusterRoleBindings([binding('ClusterRoleBinding', 'listen', 'cluster-admin')], ['listen'])).toHaveLength(1);
  expect(clusterRoleBindings([binding('RoleBinding', 'x', 'admin')], [])).toHaveLength(1);
});
