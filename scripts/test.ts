import { command } from '../local/command.ts';
import { withoutPlatform } from './checks.ts';
import { conclude, newProof } from './proof.ts';

await command(
  `
scripts/test: does the set-up and runs everything that needs neither root nor an engine: npm run check, and the services' own tests

Tests of a service whose tool (go, mvn, python3) is missing are named as not run. scripts/e2e runs the rest, against the real engines.

exit status: 0 all passed, 1 something failed, 2 wrong arguments
`,
  [],
  async () => {
    const proof = newProof();
    await withoutPlatform(proof);
    conclude(proof);
  },
);
