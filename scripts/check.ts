import { command } from '../local/command.ts';
import { checks } from './checks.ts';
import { conclude, newProof } from './proof.ts';

await command(
  `
npm run check: lint, types, whether rendered/ is current, unit tests and house rules; needs npm alone

exit status: 0 all passed, 1 something failed, 2 wrong arguments
`,
  [],
  async () => {
    const proof = newProof();
    await checks(proof);
    conclude(proof);
  },
);
