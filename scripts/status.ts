import { annotation, label } from '../lib/kube/labels.ts';
import { succeeded } from '../lib/kube/objects.ts';
import { oneLine } from '../lib/text.ts';
import { acceleratorGroups, shares } from '../local/accelerator/accelerator.ts';
import { command } from '../local/command.ts';
import { cure, stillLeft } from '../local/drill/failback.ts';
import { whyNotReady } from '../local/drill/ports.ts';
import { entranceIsUp } from '../local/entrance/entrance.ts';
import { isSynced } from '../local/install/applications.ts';
import { servedCommit } from '../local/loop.ts';
import { holder, staysUp, waitFor } from '../local/machine/lock.ts';
import { isCut } from '../local/machine/network.ts';
import { outsideIsUp } from '../local/outside/outside.ts';
import { applications, pipelineRuns } from '../local/region/cluster.ts';
import { regionIsUp } from '../local/region/region.ts';
import { memory } from '../local/sandbox/sandbox.ts';
import { sonarqubeIsUp } from '../local/sonarqube/sonarqube.ts';
import { addresses } from '../local/status/addresses.ts';
import { hasSonarqube, hasStores, notStarted } from '../local/status/stamp.ts';
import { enginesOf, lagOf } from '../local/stores/status.ts';
import { storesAreUp, storesName } from '../local/stores/stores.ts';
import { itemsWriter, lastWriter } from '../local/stores/take-over.ts';
import { type Region, regions, seoul } from '../local/topology.ts';

const megabytes = (bytes: number | undefined) =>
  bytes === undefined ? 'not counted' : `${Math.round(bytes / 2 ** 20)} MB`;

/** What keeps the data of the services, each engine with its memory; and how far a copy is behind. */
async function showStores(busy: string): Promise<void> {
  if (!hasStores()) return console.log('without stores: the services keep their data in memory\n');
  for (const region of regions) {
    for (const { name, state, bytes } of await enginesOf(region)) {
      console.log(`${region.name.padEnd(6)} ${name.padEnd(22)} ${state}, ${megabytes(bytes)}`);
      if (state !== 'up') process.exitCode = 1;
    }
    for (const line of lagOf(region)) console.log(`${region.name.padEnd(6)} ${line}`);
  }
  const { region: writer, epoch } = lastWriter();
  const { seoul: enter, tokyo: leave } = shares(acceleratorGroups());
  console.log(
    `prod   is written in ${writer} (epoch ${epoch}); of 100 customers ${enter} enter seoul and ${leave} tokyo`,
  );
  const left = await stillLeft();
  if (left.length > 0) {
    console.log(`failover: ${left.join('; ')}: ${busy ? waitFor(busy) : await cure()}`);
    // A failover is no fault of the platform; what a drill or a failback left when it was killed is.
    if (itemsWriter() === seoul) process.exitCode = 1;
  } else {
    const faults = await whyNotReady();
    console.log(
      `failover: ${faults.length === 0 ? 'ready' : `not ready\n${faults.map((line) => `- ${line}`).join('\n')}`}`,
    );
    if (faults.length > 0) process.exitCode = 1;
  }
  console.log('');
}

await command(
  `
scripts/status: shows what runs of the embedded platform, the commit that each environment serves, and the addresses

exit status: 0 everything is up and synced, 1 something is not, 2 wrong arguments
`,
  [],
  async () => {
    const sandboxes = {
      outside: outsideIsUp(),
      entrance: entranceIsUp(),
      ...Object.fromEntries(regions.map((region) => [region.name, regionIsUp(region)])),
      ...(hasSonarqube() ? { sonarqube: sonarqubeIsUp() } : {}),
      ...(hasStores() ? Object.fromEntries(regions.map((region) => [storesName(region), storesAreUp(region)])) : {}),
    };
    for (const [name, up] of Object.entries(sandboxes))
      console.log(`${name.padEnd(12)} ${up ? `up, ${megabytes(memory(name))}` : 'down'}`);
    // A platform that is half up has no more to show.
    const busy = await holder();
    const why = busy && !staysUp(busy) ? waitFor(busy) : notStarted();
    if (why || Object.values(sandboxes).includes(false)) {
      const down = Object.keys(sandboxes).filter((name) => !sandboxes[name as keyof typeof sandboxes]);
      // A failback ends and starts stores, too.
      const cure = busy ? waitFor(busy) : 'scripts/up starts what is missing';
      console.log(why ?? `${down.join(' and ')} ${down.length > 1 ? 'are' : 'is'} down: ${cure}`);
      process.exitCode = 1;
      return;
    }
    console.log(busy ? `\n${waitFor(busy)}\n` : '');
    await showStores(busy);
    const cut: Region[] = [];
    for (const region of regions) {
      if (await isCut(region)) {
        cut.push(region);
        console.log(`${region.name.padEnd(6)} is cut off; scripts/region ${region.name} on joins it again`);
        process.exitCode = 1;
        continue;
      }
      for (const application of await applications(region)) {
        const { metadata, status } = application;
        const health = status?.health?.status;
        const state = health === 'Suspended' ? 'waiting for its first release' : `${status?.sync?.status} ${health}`;
        const { [label.service]: service, [label.environment]: environment } = metadata.labels ?? {};
        const commit = service && environment && (await servedCommit(service, environment));
        console.log(
          `${region.name.padEnd(6)} ${metadata.name.padEnd(16)} ${state}${commit ? `, serves commit ${commit.slice(0, 12)}` : ''}`,
        );
        if (!isSynced(application)) process.exitCode = 1;
      }
    }
    if (!cut.includes(seoul)) {
      console.log('\nruns, the newest last');
      const runs = await pipelineRuns();
      runs.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
      for (const run of runs.slice(-10)) {
        const { metadata } = run;
        const subject = metadata.annotations?.[annotation.subject] ?? '';
        const state = { True: 'succeeded', False: 'failed', Unknown: 'runs' }[succeeded(run)?.status ?? 'Unknown'];
        console.log(
          `${metadata.creationTimestamp}  ${metadata.name.padEnd(28)} ${state.padEnd(9)}  ${oneLine(subject, 80)}`,
        );
      }
    }
    console.log('');
    console.log(addresses());
  },
);
