import { called, ofType, type Placed, placed, type Stacks } from './stacks.ts';

/** What must hold of all stacks together; every fault as a line. */
export type Rule = (stacks: Stacks) => string[];

/** A check of each resource of a type. */
export const each = (stacks: Stacks, type: string, check: (one: Placed) => (string | false | undefined)[]): string[] =>
  ofType(placed(stacks), type).flatMap((one) =>
    check(one).flatMap((fault) => (fault ? [`${called(one)}: ${fault}`] : [])),
  );
