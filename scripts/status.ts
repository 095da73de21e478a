import { memory } from '../local/box.ts';
import { command } from '../local/command.ts';
import { isCut } from '../local/network.ts';
import { regions, seoul } from '../local/paths.ts';
import { kubectl, regionIsUp } from '../local/region.ts';
import { sonarqube, sonarqubeIsUp } from '../local/sonarqube.ts';
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
    const boxes = {
      world: worldIsUp(),
      ...Object.fromEntries(regions.map((region) => [region.name, regionIsUp(region)])),
    };
    for (const [name, up] of Object.entries(boxes))
      console.log(`${name.padEnd(10)} ${up ? `up, ${megabytes(memory(name))}` : 'down'}`);
    if (Object.values(boxes).includes(false)) {
      console.log('start it with scripts/up');
      process.exitCode = 1;
      return;
    }
    // Not missing where `up` was told to do without it.
    console.log(`sonarqube  ${sonarqubeIsUp() ? `up, ${megabytes(memory(sonarqube.name))}` : 'off'}`);
    console.log('');
    for (const region of regions) {
      if (await isCut(region)) {
        console.log(`${region.name.padEnd(6)} is cut off; scripts/region ${region.name} on brings it back`);
        continue;
      }
      for (const { metadata, status } of await applications(region)) {
        const health = status?.health?.status;
        const state = health === 'Suspended' ? 'waiting for its first release' : `${status?.sync?.status} ${health}`;
        console.log(`${region.name.padEnd(6)} ${metadata.name.padEnd(16)} ${state}`);
      }
    }
    console.log(
      `\n${await kubectl(seoul, ['get', 'pipelineruns', '-n', 'ci', '--sort-by=.metadata.creationTimestamp'])}`,
    );
    console.log(addresses());
  },
);
