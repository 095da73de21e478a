import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

/** Restricts the requests of one account beyond its role: a role knows kinds and verbs, not the content of an object. */
export type AdmissionPolicy = {
  name: string;
  /** The policy judges requests of this account only, not those of people and controllers. */
  account: { namespace: string; name: string };
  operation: 'CREATE' | 'UPDATE';
  /** One version of each: the API server converts requests for other versions first. */
  resources: { group: string; version: string; resource: string }[];
  /** CEL expressions by name; rules read them as `variables.<name>`. */
  variables?: Record<string, string>;
  /** Denial message → CEL expression that must be true. */
  rules: Record<string, string>;
};

const group = 'admissionregistration.k8s.io';
const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const;

/** A ValidatingAdmissionPolicy and its binding. Data enter CEL as JSON, which is valid CEL. */
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
    // An expression that cannot be evaluated denies the request.
    failurePolicy: 'Fail',
    matchConstraints: {
      // The API server's defaults are spelled out, because Argo CD would show them as a difference.
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

/** CEL: two maps are equal except for these keys. */
export const sameBut = (now: string, before: string, keys: string[]): string => {
  const listed = `key in ${JSON.stringify(keys)}`;
  return [
    `${now}.all(key, ${listed} || (key in ${before} && ${now}[key] == ${before}[key]))`,
    `${before}.all(key, ${listed} || key in ${now})`,
  ].join(' && ');
};
