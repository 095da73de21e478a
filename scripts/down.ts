import { command } from '../local/command.ts';
import { down } from '../local/down.ts';
import { alone } from '../local/machine/lock.ts';

await command(
  `
scripts/down [--purge]: ends the embedded platform and leaves no process, mount, namespace, interface or cgroup behind

  --purge   also deletes what the forge stores (repositories, releases) and the services' images

Built engines stay in the cache (~/.cache/gitops-platform).

exit status: 0 down, 1 something is left, 2 wrong arguments
`,
  ['--purge'],
  async (given) => {
    await alone(() => down(given.has('--purge')));
    console.log(given.has('--purge') ? 'down, and its data deleted' : 'down; the forge keeps its repositories');
  },
  'the same command again goes on where it stopped',
);
