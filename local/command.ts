import { ignoreEpipe } from '../lib/closed-pipe.ts';
import { exitStatusOf, faultText, UserError } from '../lib/errors.ts';
import { cureOf } from './cures.ts';
import { logs } from './topology.ts';

/**
 * Runs a command of the embedded platform: `--help`, allowed arguments, readable errors. Only a bug of ours shows a stack trace.
 */
export async function command(
  help: string,
  flags: string[],
  main: (given: Set<string>) => Promise<void>,
  /** How to go on after a failure that the user did not cause. */
  cure?: string,
): Promise<void> {
  ignoreEpipe();
  const given = process.argv.slice(2);
  if (given.includes('--help') || given.includes('-h')) {
    console.log(help.trim());
    return;
  }
  const unknown = given.filter((argument) => !flags.includes(argument));
  try {
    if (unknown.length > 0) throw usageError(unknown, [...flags, '--help'].join(', '));
    await main(new Set(given));
  } catch (error) {
    process.exitCode = exitStatusOf(error);
    if (error instanceof UserError)
      console.error(error.exitStatus === 2 ? `${error.message}; usage: ${usage(help)}` : error.message);
    else {
      const { message, cause, stack } = error as Error;
      // fetch throws a TypeError too, with a cause.
      const ours = !cause && [TypeError, ReferenceError, RangeError].some((kind) => error instanceof kind);
      const words = `${message}${cause ? `: ${(cause as Error).message}` : ''}`;
      console.error(ours ? stack : words);
      console.error([cureOf(words) ?? `logs: ${logs}`, cure].filter(Boolean).join('; '));
    }
  }
}

/** Arguments that a command does not take; `command` adds how it is used. */
export const usageError = (given: Iterable<string>, allowed?: string): UserError =>
  new UserError(faultText({ what: 'arguments', given: [...given].join(' '), ...(allowed ? { allowed } : {}) }), 2);

/** The usage of a help text: everything before its first colon. */
const usage = (help: string) => help.trim().split(':')[0];
