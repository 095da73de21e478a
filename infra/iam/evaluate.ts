import type { Json } from '../rules/stacks.ts';

/**
 * Who may do what, as IAM decides it (IAM user guide, "Policy evaluation logic"), of what the policies here use. Whatever else a policy says is refused, so
 * nothing is allowed because it was not understood.
 */

export type Context = Record<string, string | readonly string[]>;
export type Request = { action: string; resource: string; context?: Context };
/** An IAM policy, as in the local values of the stacks. */
export type Document = { Statement: Json[] };
export type Decision = 'allowed' | 'denied' | 'not allowed';

const list = (value: unknown): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as string];

/** Terraform keeps its hands off `$${`, which IAM reads as a variable. */
const filled = (text: string, context: Context): string =>
  text.replace(/\$\$\{([a-z]+:[A-Za-z]+)\}/g, (all, key: string) =>
    typeof context[key] === 'string' ? context[key] : all,
  );

/** `*` and `?` as IAM has them. */
export function like(pattern: string, value: string): boolean {
  const expression = [...pattern]
    .map((character) =>
      character === '*' ? '.*' : character === '?' ? '.' : character.replace(/[\\^$.|+()[\]{}]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${expression}$`, 's').test(value);
}

type Compare = (wanted: string, value: string) => boolean;
const equals: Compare = (wanted, value) => wanted === value;
const operators: Record<string, { compare: Compare; negated?: true }> = {
  StringEquals: { compare: equals },
  StringNotEquals: { compare: equals, negated: true },
  StringLike: { compare: like },
  StringNotLike: { compare: like, negated: true },
  ArnEquals: { compare: like },
  ArnLike: { compare: like },
  Bool: { compare: (wanted, value) => wanted.toLowerCase() === value.toLowerCase() },
  NumericLessThan: { compare: (wanted, value) => Number(value) < Number(wanted) },
};

/** One key of one operator. A key that is missing matches nothing, unless the operator is negated or says IfExists. */
function holds(operator: string, wanted: readonly string[], given: string | readonly string[] | undefined): boolean {
  const [, quantifier, name = '', ifExists] =
    operator.match(/^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/) ?? [];
  const known = operators[name];
  if (!known) throw new Error(`condition: given ${operator}, allowed ${Object.keys(operators).join(', ')}`);
  const values = list(given);
  if (given === undefined || (quantifier && values.length === 0))
    return ifExists !== undefined || known.negated === true || quantifier === 'ForAllValues';
  const one = (value: string) => wanted.some((each) => known.compare(each, value)) !== (known.negated === true);
  return quantifier === 'ForAnyValue' ? values.some(one) : values.every(one);
}

const conditionHolds = (condition: Json, context: Context): boolean =>
  Object.entries<Json>(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(
        operator,
        list(wanted).map((text) => filled(text, context)),
        context[key],
      ),
    ),
  );

function about(statement: Json, { action, resource, context = {} }: Request): boolean {
  const { Action, NotAction, Resource, NotResource } = statement;
  const names = list(Action ?? NotAction);
  // Actions do not mind the case of letters.
  const named = names.some((name) => like(name.toLowerCase(), action.toLowerCase()));
  if (named !== (Action !== undefined)) return false;
  // The trust of a role has no resource: it is the role.
  const resources = Resource ?? NotResource;
  if (resources === undefined) return true;
  return list(resources).some((each) => like(filled(each, context), resource)) === (Resource !== undefined);
}

function effectsOf(documents: readonly Document[], request: Request): { allows: boolean; denies: boolean } {
  const matching = documents
    .flatMap(({ Statement }) => Statement)
    .filter((statement) => about(statement, request) && conditionHolds(statement.Condition, request.context ?? {}));
  return {
    allows: matching.some(({ Effect }) => Effect === 'Allow'),
    denies: matching.some(({ Effect }) => Effect === 'Deny'),
  };
}

/** Of a role with these policies, and the boundary if it has one. */
export function decide(policies: readonly Document[], boundary: Document | undefined, request: Request): Decision {
  const own = effectsOf(policies, request);
  const most = boundary ? effectsOf([boundary], request) : { allows: true, denies: false };
  if (own.denies || most.denies) return 'denied';
  return own.allows && most.allows ? 'allowed' : 'not allowed';
}

/** Who asks to become a role: a service, a principal of the account, or a token. */
export type Asker = { kind: 'Service' | 'AWS' | 'Federated'; id: string; action?: string; context?: Context };

/** Whether a role lets somebody assume it. An account as a principal stands for everybody in it whose own policies allow it. */
export function mayAssume(trust: Document, { kind, id, action = 'sts:AssumeRole', context = {} }: Asker): boolean {
  const matching = trust.Statement.filter(({ Principal, ...statement }) => {
    const named = Principal === '*' || list(Principal?.[kind]).some((each) => each === id || isAccountOf(each, id));
    return named && about(statement, { action, resource: '', context }) && conditionHolds(statement.Condition, context);
  });
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

const isAccountOf = (principal: string, id: string): boolean => {
  const account = principal.match(/^arn:aws:iam::(\d{12}):root$/)?.[1];
  return account !== undefined && id.startsWith(`arn:aws:iam::${account}:`);
};
