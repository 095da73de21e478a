import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

/** What one account may not ask of the API server though its role lets it: a role knows kinds and verbs, and not what is written. */
export type AdmissionPolicy = {
  name: string;
  /** The one account whose requests are judged: people and controllers are not hindered. */
  account: { namespace: string; name: string };
  operation: 'CREATE' | 'UPDATE';
  /** One version of each: the API server converts requests of the others before it judges them. */
  resources: { group: string; version: string; resource: string }[];
  /** CEL by name, for the rules, as `variables.<name>`. */
  variables?: Record<string, string>;
  /** CEL that has to be true, by what is said where it is not. */
  rules: Record<string, string>;
};

const group = 'admissionregistration.k8s.io';
const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const;

/** The policy and its binding. Data go into CEL as JSON, which is CEL too. */
export function admissionPolicy(scope: Construct, policy: AdmissionPolicy): void {
  const { name, account, operation, resources, variables = {}, rules } = policy;
  const make = (kind: string, spec: object) =>
    new ApiObject(scope, `${kind}-${name}`.toLowerCase(), {
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name },
      spec,
    });
  make(kinds[0], {
    // A rule that cannot be worked out refuses.
    failurePolicy: 'Fail',
    matchConstraints: {
      // With what the API server would add, which Argo CD would take for a difference.
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: resources.map(({ group, version, resource }) => ({
        apiGroups: [group],
        apiVersions: [version],
        resources: [resource],
        operations: [operation],
        scope: '*',
      })),
    },
    matchConditions: [
      {
        name: 'account',
        expression: `request.userInfo.username == 'system:serviceaccount:${account.namespace}:${account.name}'`,
      },
    ],
    ...(Object.keys(variables).length > 0
      ? { variables: Object.entries(variables).map(([name, expression]) => ({ name, expression })) }
      : {}),
    validations: Object.entries(rules).map(([message, expression]) => ({ expression, message })),
  });
  make(kinds[1], { policyName: name, validationActions: ['Deny'] });
}

/** CEL: two maps are the same but for these keys. */
export const sameBut = (now: string, before: string, keys: string[]): string => {
  const listed = `key in ${JSON.stringify(keys)}`;
  return [
    `${now}.all(key, ${listed} || (key in ${before} && ${now}[key] == ${before}[key]))`,
    `${before}.all(key, ${listed} || key in ${now})`,
  ].join(' && ');
};
