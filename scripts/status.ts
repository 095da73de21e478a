import { memory } from '../local/box.ts';
import { command } from '../local/command.ts';
import { seoul } from '../local/paths.ts';
import { kubectl, regionIsUp } from '../local/region.ts';
import { addresses, applications } from '../local/up.ts';
import { worldIsUp } from '../local/world.ts';

const megabytes = (bytes: number | undefined) =>
  bytes === undefined ? 'not counted' : `${Math.round(bytes / 2 ** 20)} MB`;

await command(
  `
scripts/status: what of the embedded platform runs, what each service's environments are at, and the addresses

exit status: 0 everything is up, 1 something is not
`,
  [],
  async () => {
    const boxes = { world: worldIsUp(), [seoul.name]: regionIsUp(seoul) };
    for (const [name, up] of Object.entries(boxes))
      console.log(`${name.padEnd(10)} ${up ? `up, ${megabytes(memory(name))}` : 'down'}`);
    if (Object.values(boxes).includes(false)) {
      console.log('start it with scripts/up');
      process.exitCode = 1;
      return;
    }
    console.log('');
    for (const { metadata, status } of await applications()) {
      const health = status?.health?.status;
      const state = health === 'Suspended' ? 'waiting for its first release' : `${status?.sync?.status} ${health}`;
      console.log(`${metadata.name.padEnd(16)} ${state}`);
    }
    console.log(
      `\n${await kubectl(seoul, ['get', 'pipelineruns', '-n', 'ci', '--sort-by=.metadata.creationTimestamp'])}`,
    );
    console.log(addresses());
  },
);
