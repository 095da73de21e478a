import { UsageError, UserError } from './host.ts';
import { logs } from './paths.ts';

/**
 * Runs a command of the embedded platform: `--help`, allowed flags, and errors in words. A stack trace is shown only for a fault that
 * is ours.
 */
export async function command(
  help: string,
  flags: string[],
  main: (given: Set<string>) => Promise<void>,
): Promise<void> {
  // `| head` is no fault: whoever reads has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  const given = process.argv.slice(2);
  if (given.includes('--help') || given.includes('-h')) {
    console.log(help.trim());
    return;
  }
  const unknown = given.filter((argument) => !flags.includes(argument));
  try {
    if (unknown.length > 0)
      throw new UsageError(`unknown: ${unknown.join(' ')}; allowed: ${[...flags, '--help'].join(', ')}`);
    await main(new Set(given));
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    if (error instanceof UsageError) console.error(`${error.message}; usage: ${usage(help)}`);
    else if (error instanceof UserError) console.error(error.message);
    else {
      const { message, cause } = error as Error;
      console.error(
        `${message}${cause ? `: ${(cause as Error).message}` : ''}\nlogs: ${logs}; the same command again goes on where it stopped`,
      );
    }
  }
}

/** The first words of a help text, which stand before its colon. */
const usage = (help: string) => help.trim().split(':')[0];
