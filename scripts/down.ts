import { command } from '../local/command.ts';
import { down } from '../local/down.ts';
import { alone } from '../local/machine/lock.ts';
import { otherCheckout } from '../local/status/checkout.ts';

await command(
  `
scripts/down [--purge]: stops the embedded platform and removes every process, mount, namespace, interface and cgroup

  --purge   also delete the forge's data (repositories, releases), the services' images and what their stores hold

Built engines stay in the cache (~/.cache/gitops-platform).

exit status: 0 down, 1 something is left over, 2 wrong arguments
`,
  ['--purge'],
  async (given) => {
    const other = otherCheckout();
    await alone(() => down(given.has('--purge')));
    const whose = other ? ` (it was the platform of ${other})` : '';
    console.log(
      `down${whose}${given.has('--purge') ? ', and its data deleted' : '; the forge keeps its repositories and the stores their data'}`,
    );
  },
  'run the same command again: it continues where it stopped',
);
