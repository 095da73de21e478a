import { UserError } from '../lib/errors.ts';
import { command, usageError } from '../local/command.ts';
import { failBack, missing, refuse, steps, stillLeft } from '../local/drill/failback.ts';
import { alone } from '../local/machine/lock.ts';
import { refuseOther } from '../local/status/checkout.ts';
import { clock } from '../local/terminal.ts';

const verbs = ['plan', 'check', 'execute'];

await command(
  `
scripts/failback ${verbs.join('|')} [--confirm]: brings prod back to Seoul after a failover on the embedded platform, or a drill that was killed

  plan        what keeps Seoul from being home, the steps, and which of them are done
  check       whether they can begin now: all that is in the way, each with its cure
  execute     checks, and does what is left; customers wait for about a minute, and come in by steps of 10, 50 and 100 %. Needs --confirm. Can be stopped and run again

exit status: 0 done, or nothing in the way; 1 something is in the way, or the platform is down; 2 wrong arguments
`,
  [...verbs, '--confirm'],
  async (given) => {
    const [verb, other] = verbs.filter((name) => given.has(name));
    if (!verb || other) throw usageError(given, `one of ${verbs.join(', ')}`);
    if (verb === 'execute' && !given.has('--confirm'))
      throw usageError(given, 'execute --confirm, because customers wait meanwhile');
    await alone(async () => {
      refuseOther();
      const nothing = missing();
      if (nothing) throw new UserError(nothing);
      if (verb === 'plan') {
        for (const what of await stillLeft()) console.log(`      ${what}`);
        for (const { name, why, isDone } of steps)
          console.log(`${(await isDone()) ? 'done' : 'open'}  ${name}: ${why}`);
        return;
      }
      if (verb === 'check') {
        await refuse();
        const left = await stillLeft();
        for (const what of left) console.log(`- ${what}`);
        const ready = 'nothing is in the way of mending that: scripts/failback execute --confirm';
        console.log(left.length > 0 ? ready : 'Seoul writes and serves');
        return;
      }
      const began = Date.now();
      const print = (line: string) => console.log(`${clock(Date.now() - began)}  ${line}`);
      await failBack(print);
      print('Seoul writes and serves');
    });
  },
);
