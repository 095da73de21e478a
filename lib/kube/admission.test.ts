import { expect, test } from '@jest/globals';
import { type AdmissionPolicy, admissionPolicy, literal, sameBut } from './admission.ts';
import { manifests } from './render.ts';

test('data become a CEL literal whose lists and maps have values of one type', () => {
  expect(literal({ a: 'x', b: 'y' })).toBe('{\n  "a": "x",\n  "b": "y"\n}');
  expect(literal([1, 2])).toBe('[\n  1,\n  2\n]');
  expect(literal({ a: 1, b: 'x' })).toBe('{\n  "a": dyn(1),\n  "b": dyn("x")\n}');
  expect(literal([{ a: 1 }, { b: 'x' }])).toBe('[\n  dyn({\n    "a": 1\n  }),\n  dyn({\n    "b": "x"\n  })\n]');
  expect(literal({ a: [], b: {}, c: null })).toBe('{\n  "a": dyn([]),\n  "b": dyn({}),\n  "c": dyn(null)\n}');
});

test('text stays text in a literal', () => {
  expect(literal({ a: '"}, "b": "\\' })).toBe('{\n  "a": "\\"}, \\"b\\": \\"\\\\"\n}');
});

test('what stands for text may be an expression, of any type', () => {
  const textOf = (text: string) => `variables.${text}`;
  expect(literal({ a: 'x', b: ['y'], c: 1 }, '', textOf)).toBe(
    '{\n  "a": dyn(variables.x),\n  "b": dyn([\n    dyn(variables.y)\n  ]),\n  "c": dyn(1)\n}',
  );
});

const made = (policy: Partial<AdmissionPolicy>) => {
  const resources = [{ group: 'apps', version: 'v1', resource: 'deployments' }];
  const rules = { 'the image is not ours': 'object.x == 1' };
  const operations: AdmissionPolicy['operations'] = ['CREATE', 'UPDATE'];
  return manifests(undefined, (chart) =>
    admissionPolicy(chart, { name: 'images', operations, resources, rules, ...policy }),
  );
};

test('a policy denies what it cannot judge, for everybody and everywhere unless it names whom and where', () => {
  const constraints = {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['deployments'],
        operations: ['CREATE', 'UPDATE'],
        scope: '*',
      },
    ],
  };
  const of = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'images' } };
  expect(made({})).toEqual([
    {
      ...of,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: constraints,
        matchConditions: [],
        validations: [{ expression: 'object.x == 1', message: 'the image is not ours' }],
      },
    },
    {
      ...of,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: 'images', validationActions: ['Deny'] },
    },
  ]);
});

test('a policy for one account and namespace, with conditions and variables', () => {
  const [policy] = made({
    account: { namespace: 'argocd', name: 'controller' },
    namespace: 'prod',
    conditions: { labelled: "'x' in object.metadata.labels" },
    variables: { pod: 'object.spec' },
  });
  expect(policy?.spec).toMatchObject({
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'prod' } },
      resourceRules: [{ scope: 'Namespaced' }],
    },
    matchConditions: [
      { name: 'account', expression: "request.userInfo.username == 'system:serviceaccount:argocd:controller'" },
      { name: 'labelled', expression: "'x' in object.metadata.labels" },
    ],
    variables: [{ name: 'pod', expression: 'object.spec' }],
  });
});

test('two maps are equal but for some keys in both directions: what was added, changed and removed', () => {
  expect(sameBut('a', 'b', ['x', 'y'])).toBe(
    'a.all(key, key in ["x","y"] || (key in b && a[key] == b[key])) && b.all(key, key in ["x","y"] || key in a)',
  );
});
