import { expect, test } from '@jest/globals';
import { manifests } from './render.ts';
import { rightsOf } from './rights.ts';

test('an account has its rights in each namespace by a Role of its name, and no other account has them', () => {
  const read = [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['writer'], verbs: ['get'] }];
  const list = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
  const made = manifests(undefined, (chart) =>
    rightsOf(chart, { name: 'fence', namespace: 'home' }, { home: read, prod: list }),
  );
  const inNamespace = (namespace: string, rules: object[]) => {
    const metadata = { name: 'fence', namespace };
    return [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'fence' },
        subjects: [{ kind: 'ServiceAccount', name: 'fence', namespace: 'home' }],
      },
    ];
  };
  expect(made).toEqual([...inNamespace('home', read), ...inNamespace('prod', list)]);
});
