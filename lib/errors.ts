import { shown } from './text.ts';

/**
 * What a person has to change, in one grammar: `where: what: given X, allowed Y; cure`. Lower case but for names. Checks return all
 * faults of an input at once, each as such a line.
 */
export type Fault = {
  /** The file or the kind of input, where the faults around it do not say so already. */
  where?: string;
  /** The field. */
  what: string;
  /** The value, shown short. Leave it out where it may be a secret. */
  given?: unknown;
  allowed?: string;
  cure?: string;
};

export function faultText(fault: Fault): string {
  const { where, what, allowed, cure } = fault;
  const detail = ['given' in fault ? `given ${shown(fault.given)}` : '', allowed ? `allowed ${allowed}` : '']
    .filter(Boolean)
    .join(', ');
  return [where, what, detail].filter(Boolean).join(': ') + (cure ? `; ${cure}` : '');
}

/**
 * A fault that its reader can cure: commands print the message without a stack trace and end with `exitStatus`, which is 2 for wrong
 * arguments.
 */
export class UserError extends Error {
  override name = 'UserError';
  readonly faults: readonly string[];
  readonly exitStatus: number;
  constructor(faults: string | readonly string[], exitStatus = 1) {
    const all = typeof faults === 'string' ? [faults] : faults;
    super(all.join('\n'));
    this.faults = all;
    this.exitStatus = exitStatus;
  }
}

export const exitStatusOf = (error: unknown): number => (error instanceof UserError ? error.exitStatus : 1);
