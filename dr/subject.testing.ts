import { definition, type Subject } from './execution.testing.ts';
import { functions } from './functions.ts';

export { functions };

/** The machine with other functions. */
export const subjectWith = (others: object): Subject => ({ definition, functions: others as typeof functions });
