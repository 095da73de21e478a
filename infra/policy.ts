/** Conditions of a statement: operator → key → values. */
export type Conditions = Record<string, Record<string, string | string[]>>;

/** One statement of an IAM policy, as data. Allows unless it says otherwise. */
export type Statement = {
  sid: string;
  effect?: 'Deny';
  actions: readonly string[];
  /** Left out in the trust of a role, which is about the role itself. */
  resources?: readonly string[];
  /** Everything but these. */
  notActions?: true;
  /** About everything but these. */
  notResources?: true;
  /** Who, by kind (`Service`, `AWS`, `Federated`); in policies of resources and trusts of roles only. */
  principals?: Record<string, readonly string[]> | '*';
  conditions?: Conditions;
};

/** A policy as IAM reads it. */
export type Policy = { Version: '2012-10-17'; Statement: Record<string, unknown>[] };

export const policy = (statements: readonly Statement[]): Policy => ({
  Version: '2012-10-17',
  Statement: statements.map(
    ({ sid, effect = 'Allow', actions, notActions, resources, notResources, principals, conditions }) => ({
      Sid: sid,
      Effect: effect,
      ...(principals ? { Principal: principals === '*' ? '*' : copied(principals) } : {}),
      [notActions ? 'NotAction' : 'Action']: [...actions],
      ...(resources ? { [notResources ? 'NotResource' : 'Resource']: [...resources] } : {}),
      ...(conditions ? { Condition: conditions } : {}),
    }),
  ),
});

const copied = (lists: Record<string, readonly string[]>) =>
  Object.fromEntries(Object.entries(lists).map(([kind, list]) => [kind, [...list]]));
