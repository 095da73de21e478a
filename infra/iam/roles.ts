import { boundaryPolicy } from '../../overlays/names.ts';
import { type Json, jsonOf, ofType, placed, type Stacks } from '../rules/stacks.ts';
import type { Document } from './evaluate.ts';

export type Role = {
  name: string;
  stack: string;
  trust: Document;
  /** Its own, and AdministratorAccess where it has that. */
  policies: Document[];
  /** Policies that AWS writes, by name; what the others allow is not known here. */
  managed: string[];
  boundary: Document | undefined;
};

const administrator: Document = { Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }] };
const refersTo = (expression: string, type: string, id: string): boolean =>
  new RegExp(`^\\$\\{${type}\\.${id}\\.\\w+\\}$`).test(expression);

/** Every role of the stacks, with all that decides what it may do. */
export function rolesOf(stacks: Stacks): Role[] {
  const all = placed(stacks);
  const [most] = ofType(all, 'aws_iam_policy').filter(({ args }) => args.name === boundaryPolicy);
  if (!most) throw new Error(`access: no policy ${boundaryPolicy}`);
  const boundary = jsonOf(stacks, most.stack, most.args.policy);
  return ofType(all, 'aws_iam_role').map(({ stack, id, args }) => {
    const own = (type: string): Json[] =>
      ofType(all, type)
        .filter((one) => one.stack === stack && refersTo(one.args.role, 'aws_iam_role', id))
        .map((one) => one.args);
    const managed = own('aws_iam_role_policy_attachment').map(
      ({ policy_arn }) => policy_arn.split('/').at(-1) as string,
    );
    return {
      name: args.name,
      stack,
      trust: jsonOf(stacks, stack, args.assume_role_policy),
      policies: [
        ...own('aws_iam_role_policy').map(({ policy }) => jsonOf(stacks, stack, policy)),
        ...(managed.includes('AdministratorAccess') ? [administrator] : []),
      ],
      managed,
      boundary: args.permissions_boundary ? boundary : undefined,
    };
  });
}

/** The policy of a group, by its name. */
export function groupPolicy(stacks: Stacks, name: string): Document {
  const [found] = ofType(placed(stacks), 'aws_iam_group_policy').filter(({ args }) => args.name === name);
  if (!found) throw new Error(`${name}: no such group`);
  return jsonOf(stacks, found.stack, found.args.policy);
}
