import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '../lib/errors.ts';
import { inside } from '../overlays/sites/local.ts';
import { down } from './down.ts';
import { collectUnused, markUsed } from './engines/collect.ts';
import { engineNames } from './engines/engines.ts';
import { compiled, dynoxide, engine, kafka, modules } from './engines/phases.ts';
import { entrance, entrancePrograms } from './entrance/entrance.ts';
import { firewallAlarm } from './firewall/settings.ts';
import { images } from './images/phases.ts';
import { listenerAndNotifiers, rootApplications, synced } from './install/applications.ts';
import { argocd } from './install/argocd.ts';
import { dns } from './install/dns.ts';
import { kinds } from './install/kinds.ts';
import { metrics } from './install/metrics.ts';
import { tekton } from './install/tekton.ts';
import { triggers } from './install/triggers.ts';
import { logShipper } from './logs/settings.ts';
import { isCut, network } from './machine/network.ts';
import { faults, makeFolders, preflight } from './machine/preflight.ts';
import { writeFile } from './machine/process.ts';
import { outside, slackPath } from './outside/outside.ts';
import { type Parts, type Phase, runPhases, type Wanted } from './phases.ts';
import { node } from './region/node.ts';
import { cluster, ingress, regionIsUp, registryReady } from './region/region.ts';
import { fileSystem } from './sandbox/rootfs.ts';
import { processes } from './sandbox/sandbox.ts';
import { argocdWebhook, clusterSecrets } from './seed/cluster-secrets.ts';
import { repositories } from './seed/forge.ts';
import { platformRepository } from './seed/platform.ts';
import { serviceRepositories } from './seed/services.ts';
import { signingKey } from './seed/signing-key.ts';
import { noQualityGate, qualityGate, sonarqube } from './sonarqube/phases.ts';
import { addresses } from './status/addresses.ts';
import { otherCheckout, refuseOther } from './status/checkout.ts';
import { isCurrent, sandboxesFile, sandboxesStamp, stampOf, writeStamp } from './status/stamp.ts';
import { noStores, storeAccess, stores } from './stores/phases.ts';
import { rejoin, writerFirst } from './stores/take-over.ts';
import { print } from './terminal.ts';
import { regions } from './topology.ts';

const all = (phases: Record<string, Phase>): Phase[] => Object.values(phases);

/** Each stands after those it needs. In one lane phases run in the order in which they become ready, and in that of the list where several are. */
export const phases = ({ sonarqube: withSonarqube, stores: withStores }: Parts): Phase[] => {
  const gate = withSonarqube ? qualityGate : noQualityGate;
  const names = engineNames({ stores: withStores, monitoring: true });
  const fileSystems = all(fileSystem).filter((phase) => phase !== fileSystem.node && phase !== fileSystem.stores);
  return [
    fileSystem.node,
    ...names.map((name) => modules[name]),
    ...(withStores ? [kafka, dynoxide.modules] : []),
    ...names.map((name) => compiled[name]),
    ...(withStores ? [dynoxide.compiled] : []),
    ...names.map((name) => engine[name]),
    ...fileSystems,
    ...(withStores ? [fileSystem.stores] : []),
    network,
    ...(withStores ? all(stores) : []),
    ingress,
    logShipper,
    firewallAlarm,
    entrancePrograms,
    entrance,
    outside,
    repositories,
    ...all(cluster),
    ...all(kinds),
    ...all(registryReady),
    ...all(images.seoul),
    ...all(images.tokyo),
    ...all(node),
    ...all(dns),
    ...all(argocd),
    ...all(metrics),
    ...all(clusterSecrets),
    ...all(argocdWebhook),
    ...(withStores ? all(storeAccess) : []),
    tekton,
    triggers,
    platformRepository,
    ...all(rootApplications),
    ...all(synced),
    listenerAndNotifiers,
    ...(withSonarqube ? [sonarqube] : []),
    ...(withStores ? [] : [noStores]),
    gate,
    signingKey,
    serviceRepositories(gate),
  ];
};

/** The webhook of the user's own Slack, if there is one. The error does not repeat it: who knows it can write to the channel. */
function slackUrl(): string | undefined {
  const given = process.env.SLACK_WEBHOOK_URL;
  if (given && !(URL.canParse(given) && /^https?:\/\/\S+$/.test(given)))
    throw new UserError(
      'SLACK_WEBHOOK_URL: given no URL, allowed https://hooks.slack.com/services/…; correct it, or unset it to notify the stand-in',
    );
  return given || undefined;
}

/**
 * What a running platform is compared with at each `up`, because no stamp shows it: people change it, and a test that is killed leaves it changed.
 * Each returns what it restored.
 */
const seeded = (parts: Parts): Phase<string[]>[] => [
  repositories,
  ...Object.values(clusterSecrets),
  ...Object.values(argocdWebhook),
  signingKey,
  ...(parts.sonarqube ? [qualityGate] : []),
  ...(parts.stores ? [...writerFirst().map(({ name }) => stores[name]), ...Object.values(storeAccess)] : []),
];

async function restore(wanted: Wanted): Promise<string> {
  const joined: string[] = [];
  for (const region of regions)
    if (await isCut(region)) {
      await rejoin(region);
      joined.push(`joined ${region.name} again`);
    }
  const restored: string[] = [];
  for (const { run } of seeded(wanted)) restored.push(...(await run({} as never, wanted)));
  return [...joined, ...restored.map((name) => `restored ${name}`)].join(', ') || 'nothing to do';
}

/** `replace`: also a platform that another checkout started; what its forge and registries store stays. */
export async function up({ replace, ...parts }: Parts & { replace: boolean }): Promise<void> {
  if (!replace) refuseOther();
  const stamp = await stampOf(parts);
  const realSlack = slackUrl();
  const wanted = (): Wanted => ({
    ...parts,
    slackUrl: realSlack ?? `http://${inside.slack.host}:${inside.slack.port}${slackPath()}`,
  });
  if (isCurrent(stamp, parts)) {
    markUsed();
    console.log(`already up, ${await restore(wanted())}\n\n${addresses()}`);
    return;
  }
  const wrong = faults(await preflight(parts));
  if (wrong.length > 0) throw new UserError(`this machine lacks:\n${wrong.join('\n')}`);
  makeFolders();
  const sandboxes = sandboxesStamp();
  if (processes().length > 0 && (!existsSync(sandboxesFile) || readFileSync(sandboxesFile, 'utf8') !== sandboxes)) {
    const other = otherCheckout();
    print(
      `the running platform is ${other ? `that of ${other}` : 'of another version of this repository'}: it is replaced, from what git and the registry hold`,
    );
    await down(false);
    makeFolders();
  }
  writeFile(sandboxesFile, sandboxes);
  print(regions.every(regionIsUp) ? 'updating the running platform' : 'starting the platform');

  // The stamp is written last, so that an up that was interrupted or failed is not taken for a finished one. What was asked for is
  // read meanwhile.
  const asked = { ...parts, realSlack: realSlack !== undefined };
  writeStamp({ ...asked, stamp: '' });
  await runPhases(phases(parts), wanted());
  writeStamp({ ...asked, stamp });
  print('up');
  for (const path of await collectUnused()) print(`removed ${path}, which nothing used for two weeks`);
  console.log(`\n${addresses()}`);
}
