import { command } from '../local/command.ts';
import { preflight } from '../local/machine/preflight.ts';
import { storesByDefault } from '../overlays/sites/local.ts';

await command(
  `
scripts/doctor: checks whether this machine can run the embedded platform, and names the cure if not

exit status: 0 it can, 1 something is missing, 2 wrong arguments
`,
  [],
  async () => {
    const findings = await preflight({ stores: storesByDefault });
    for (const { what, ok, cure } of findings)
      console.log(ok ? `ok       ${what}` : `missing  ${what}\n         ${cure}`);
    if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
  },
);
