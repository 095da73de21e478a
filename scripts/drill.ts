import { branches } from '../dr/types.ts';
import { command, usageError } from '../local/command.ts';
import { drill } from '../local/drill/drill.ts';
import { alone } from '../local/machine/lock.ts';
import { refuseOther } from '../local/status/checkout.ts';
import { clock } from '../local/terminal.ts';

await command(
  `
scripts/drill ${branches.join('|')} [--dry-run]: breaks Seoul on the embedded platform, and measures the failover to Tokyo

The state machine of the failover acts, with the functions of its Lambdas, while customers book through the stand-in of Global
Accelerator. It waits 90 s on purpose, as on AWS; a drill takes about three minutes. The report goes to evidence/. Afterwards Tokyo serves
prod, and scripts/failback brings Seoul back.

  --dry-run   break nothing, and say what it would do; its customers buy in a show of its own

exit status: 0 Tokyo serves, 1 it does not, or the platform is down, 2 wrong arguments
`,
  [...branches, '--dry-run'],
  async (given) => {
    const asked = branches.filter((name) => given.has(name));
    const [trigger] = asked;
    if (!trigger || asked.length > 1) throw usageError(given, `one of ${branches.join(', ')}`);
    const began = Date.now();
    const print = (line: string) => console.log(`${clock(Date.now() - began)}  ${line}`);
    await alone(async () => {
      refuseOther();
      const mode = given.has('--dry-run') ? 'dry-run' : 'rehearsal';
      const { evidence, file } = await drill({ trigger, mode, print });
      const { rto, wait, lost, lostLater, ended } = evidence;
      print(
        `RTO ${rto === null ? 'not reached' : `${rto.toFixed(1)} s, ${(rto - wait).toFixed(1)} s without the wait of ${wait} s`}`,
      );
      for (const one of lost)
        print(
          `${one.store}: ${one.lost} of ${one.acknowledged} acknowledged are lost, RPO ${one.seconds.toFixed(1)} s`,
        );
      for (const one of lostLater)
        print(`${one.store}: ${one.lost} of ${one.acknowledged} that Seoul acknowledged after the failure are lost`);
      print(`report: ${file}`);
      if (ended !== 'failed-over' && ended !== 'dry-run-done') process.exitCode = 1;
    });
  },
);
