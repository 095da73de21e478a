import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';

/** Restricts requests beyond what a role can say: a role knows kinds and verbs, not the content of an object. */
export type AdmissionPolicy = {
  name: string;
  /** The policy judges requests of this account only, not those of people and controllers; undefined: everybody's. */
  account?: { namespace: string; name: string };
  /** The policy judges requests for objects of this namespace only; undefined: of the whole cluster. */
  namespace?: string;
  operations: ('CREATE' | 'UPDATE')[];
  /** One version of each: the API server converts requests for other versions first. `*` of all three: whatever there is. */
  resources: { group: string; version: string; resource: string }[];
  /** Name → CEL expression: the policy judges requests for which all are true. */
  conditions?: Record<string, string>;
  /** CEL expressions by name; rules read them as `variables.<name>`. */
  variables?: Record<string, string>;
  /** Denial message → CEL expression that must be true. */
  rules: Record<string, string>;
};

const group = 'admissionregistration.k8s.io';
const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const;

/** A ValidatingAdmissionPolicy and its binding. */
export function admissionPolicy(scope: Construct, policy: AdmissionPolicy): void {
  const { name, account, namespace, operations, resources, variables = {}, rules } = policy;
  const conditions = {
    ...(account
      ? { account: `request.userInfo.username == 'system:serviceaccount:${account.namespace}:${account.name}'` }
      : {}),
    ...policy.conditions,
  };
  const named = (expressions: Record<string, string>) =>
    Object.entries(expressions).map(([name, expression]) => ({ name, expression }));
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
      // The API server itself gives every namespace this label.
      namespaceSelector: namespace ? { matchLabels: { 'kubernetes.io/metadata.name': namespace } } : {},
      objectSelector: {},
      resourceRules: resources.map(({ group, version, resource }) => ({
        apiGroups: [group],
        apiVersions: [version],
        resources: [resource],
        operations,
        // A Namespace would be selected by its own labels.
        scope: namespace ? 'Namespaced' : '*',
      })),
    },
    matchConditions: named(conditions),
    ...(Object.keys(variables).length > 0 ? { variables: named(variables) } : {}),
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

/**
 * Data as a CEL literal, a line for each value, so that a change of the data is a readable change of the policy. Kubernetes' CEL takes
 * lists and maps with values of one type only, or `dyn`. `textOf` says what a text is in CEL, if it is not itself.
 */
export function literal(value: unknown, indent = '', textOf?: (text: string) => string): string {
  if (textOf && typeof value === 'string') return textOf(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const entries = Object.entries(value);
  if (entries.length === 0) return `${open}${close}`;
  const types = new Set(entries.map(([, one]) => typeof one));
  // An expression may be of any type.
  const alike = !textOf && (entries.length === 1 || (types.size === 1 && !types.has('object')));
  const inner = `${indent}  `;
  const lines = entries.map(([key, one]) => {
    const text = literal(one, inner, textOf);
    return `${inner}${Array.isArray(value) ? '' : `${JSON.stringify(key)}: `}${alike ? text : `dyn(${text})`}`;
  });
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}
