import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Chart } from 'cdk8s';
import { services as allServices } from './apps/index.ts';
import { type Delivery, deliveries, projects } from './apps/platform/argocd.ts';
import { notifier, notifierRights } from './apps/platform/notifier.ts';
import { type Service, serviceFaults, stacks } from './apps/service.ts';
import { externalSecrets, registryLogins } from './charts/external-secrets.ts';
import { namespace } from './charts/namespace.ts';
import { nodePools, nodeRights, priorityClasses } from './charts/nodes.ts';
import { webService } from './charts/web-service.ts';
import { compare, header, manifests, RenderFault, type Tree, TreeBuilder, write } from './lib/kube/render.ts';
import { toYaml } from './lib/kube/yaml.ts';
import { type Optional, optional } from './lib/optional.ts';
import { releasePath, waitingRelease } from './lib/release/releases.ts';
import { dev } from './overlays/environments/dev.ts';
import { dr } from './overlays/environments/dr.ts';
import { prod } from './overlays/environments/prod.ts';
import type { Cluster, Overlay, Site } from './overlays/overlay.ts';
import { registrySecrets, secrets } from './overlays/secrets.ts';
import { aws } from './overlays/sites/aws.ts';
import { type LocalImages, local, localImageNames } from './overlays/sites/local.ts';
import { ci } from './pipelines/deliver/ci.ts';
import { listenerPolicyRights } from './pipelines/deliver/listener-policy.ts';
import { listenerRights } from './pipelines/deliver/triggers.ts';

export const overlays: Overlay[] = [dev, prod, dr];

const clusters: Cluster[] = ['seoul', 'tokyo'];
/** Where the pipelines run. */
const hub: Cluster = 'seoul';

/** Everything the platform is on a site: path → text. Throws a RenderFault that names every fault of the service definitions. */
export function renderTree(site: Site, services: readonly Service[] = allServices): Tree {
  const faults = serviceFaults(services);
  if (faults.length > 0) throw new RenderFault(faults);
  return new Map(clusters.flatMap((cluster) => [...clusterTree(site, cluster, services)]));
}

/** What one cluster runs, all of it brought by its own Argo CD: with the others gone, nothing of it is missing. */
function clusterTree(site: Site, cluster: Cluster, services: readonly Service[]): Tree {
  const tree = new TreeBuilder();
  const add = (
    folder: string,
    source: string,
    own: string | undefined,
    build: (chart: Chart) => void,
    together?: string,
  ) => tree.add(folder, source, own, manifests(own, build), together);
  const here = overlays.filter((overlay) => overlay.cluster === cluster);
  const environments = here.map(({ name }) => name);
  const { registry, nodes } = site.clusters[cluster];
  const runs = cluster === hub;
  const own = runs ? ['ci', 'notifier'] : ['notifier'];
  const applications: Delivery[] = [];
  const platform = (name: string, namespace: string, wave: number) =>
    applications.push({ name, project: 'platform', path: `rendered/${cluster}/${name}`, namespace, keep: true, wave });

  add(`rendered/${cluster}/cluster`, 'charts/namespace.ts', undefined, (chart) => {
    // Kaniko unpacks images as root, which restricted refuses.
    if (runs) namespace(chart, 'ci', { podSecurity: 'baseline', denyByDefault: false });
    priorityClasses(chart);
    if (nodes) nodePools(chart, nodes);
    for (const name of ['notifier', ...environments])
      namespace(chart, name, { podSecurity: 'restricted', denyByDefault: true });
  });
  // Its objects have no namespace or name their own; one that the project allows stands for both.
  platform('cluster', 'notifier', -1);

  for (const { name: environment, ...place } of here)
    for (const service of services) {
      const folder = `rendered/${environment}/${service.name}`;
      const source = `apps/${service.name}.ts`;
      const build = (chart: Chart) => webService(chart, service, place, site);
      const resources = add(folder, source, environment, build, `${service.name}.yaml`);
      const release = dirname(releasePath(environment, service.name));
      const kustomization = {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources,
        components: [`../../../${release}`],
        // A release is a digest, the same everywhere; each cluster pulls it from the registry of its own region.
        images: [{ name: service.name, newName: `${registry}/${service.name}` }],
      };
      tree.files.set(`${folder}/kustomization.yaml`, header(source) + toYaml(kustomization));
      applications.push({
        name: `${service.name}-${environment}`,
        project: environment,
        path: folder,
        reads: [release],
        namespace: environment,
        labels: { 'tickets.example/service': service.name, 'tickets.example/environment': environment },
        keep: place.keep,
        wave: 1,
      });
    }

  // Pipelines, notifier, and the secrets of both.
  const { secretStore: store, ecr } = site;
  for (const name of [...own, 'argocd']) {
    const those = secrets.filter(({ namespace }) => namespace === name);
    const logins = registrySecrets.filter(({ namespace }) => namespace === name);
    if (store)
      add(`rendered/${cluster}/${name}`, 'overlays/secrets.ts', name, (chart) => externalSecrets(chart, store, those));
    if (ecr && logins.length > 0)
      add(`rendered/${cluster}/${name}`, 'overlays/secrets.ts', name, (chart) =>
        registryLogins(chart, ecr, site.clusters, logins),
      );
  }
  if (runs) {
    add(`rendered/${cluster}/ci`, 'pipelines/deliver', 'ci', (chart) =>
      ci(
        chart,
        site,
        { home: registry, standby: site.clusters[dr.cluster].registry },
        services.map(({ name, stack }) => ({
          name,
          testImage: site.images[stacks[stack].testImage],
          test: stacks[stack].test,
          bases: stacks[stack].bases.map((name) => `--build-arg=${name}=${site.baseImages[name]}`),
          lockFiles: stacks[stack].lockFiles,
          fetched: stacks[stack].fetched,
          reports: stacks[stack].reports,
          analysis: stacks[stack].analysis,
        })),
        dev.name,
      ),
    );
    platform('ci', 'ci', 0);
  }
  add(`rendered/${cluster}/notifier`, 'apps/platform/notifier.ts', 'notifier', (chart) =>
    notifier(chart, site, site.clusters[cluster], environments, runs),
  );
  platform('notifier', 'notifier', 0);

  // Argo CD, which brings all of it, itself included.
  applications.push({
    name: 'platform',
    project: 'platform',
    path: `rendered/${cluster}/argocd`,
    namespace: 'argocd',
    keep: true,
    wave: 0,
  });
  add(`rendered/${cluster}/argocd`, 'apps/platform/argocd.ts', 'argocd', (chart) => {
    projects(chart, site, own, environments, [
      ...nodeRights(nodes !== undefined),
      ...notifierRights,
      ...(runs ? [...listenerRights, ...listenerPolicyRights] : []),
    ]);
    deliveries(chart, site, applications);
  });
  return tree.files;
}

/** The files that an environment starts with for each service; robots own them from then on. */
export function initialReleases(services: readonly Service[] = allServices): Tree {
  const pairs = overlays.flatMap(({ name: environment }) => services.map(({ name }) => [environment, name] as const));
  return new Map(pairs.map(([environment, name]) => [releasePath(environment, name), waitingRelease(name)]));
}

const help = `usage: npm run render [-- --check]
       npm run render -- --site local --images FILE --out FOLDER

Renders the platform of the aws site into rendered/, which Argo CD reads and people review, and puts a waiting file into
releases/ for a service that has none. Files that differ are written, files of a former render deleted, no other touched.

  --check       writes nothing; exit status 1 and the names of the files if rendered/ is not what the sources say
  --site SITE   aws (default) or local, the embedded platform
  --images FILE JSON, local only: reference by digest of ${localImageNames.join(', ')}
  --without X   local only: without ${optional.join(', ')}
  --out FOLDER  render into FOLDER/rendered and FOLDER/releases instead of this repository

exit status: 0 done, 1 a fault in a definition or a difference found by --check, 2 wrong arguments
`;

class UsageFault extends Error {}

function readImages(file: string): LocalImages {
  let given: Record<string, unknown>;
  try {
    given = Object(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageFault(`--images: ${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const faults: string[] = [];
  for (const name of localImageNames) {
    const value = given[name];
    if (typeof value !== 'string' || !/^[^\s@]+@sha256:[0-9a-f]{64}$/.test(value))
      faults.push(
        `${name}: given ${JSON.stringify(value) ?? 'nothing'}, allowed a reference that ends in @sha256:<64 hex digits>`,
      );
  }
  for (const name of Object.keys(given))
    if (!(localImageNames as readonly string[]).includes(name))
      faults.push(`${name}: unknown, allowed are ${localImageNames.join(', ')}`);
  if (faults.length > 0) throw new UsageFault(faults.map((fault) => `--images: ${file}: ${fault}`).join('\n'));
  return given as LocalImages;
}

function readArguments(args: string[]): { site: Site; out: string; check: boolean } | 'help' {
  let values: { check?: boolean; site?: string; images?: string; out?: string; without?: string[]; help?: boolean };
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    ({ values } = parseArgs({
      args,
      options: {
        check: flag,
        site: text,
        images: text,
        out: text,
        without: { ...text, multiple: true },
        help: { ...flag, short: 'h' },
      },
    }));
  } catch (error) {
    throw new UsageFault((error as Error).message.split('. ')[0]);
  }
  if (values.help) return 'help';
  const { site = 'aws', images, out, without = [], check = false } = values;
  if (site !== 'aws' && site !== 'local')
    throw new UsageFault(`--site: given ${JSON.stringify(site)}, allowed aws and local`);
  const root = out === undefined ? import.meta.dirname : resolve(out);
  if (site === 'aws') {
    if (images !== undefined)
      throw new UsageFault('--images goes with --site local only: the images of aws are in lib/images.ts');
    if (without.length > 0) throw new UsageFault('--without goes with --site local only');
    return { site: aws, out: root, check };
  }
  const unknown = without.filter((name) => !(optional as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new UsageFault(`--without: given ${unknown.join(', ')}, allowed ${optional.join(', ')}`);
  if (images === undefined) throw new UsageFault('--site local needs --images FILE');
  // rendered/ of the repository is what the company's clusters run.
  if (root === import.meta.dirname)
    throw new UsageFault('--site local needs --out FOLDER, another one than this repository');
  return { site: local(readImages(images), without as Optional[]), out: root, check };
}

const count = (files: string[], what: string) => `${files.length} ${what}`;

/** The command. Returns its exit status. */
export function run(args: string[], services: readonly Service[] = allServices): number {
  try {
    const given = readArguments(args);
    if (given === 'help') {
      process.stdout.write(help);
      return 0;
    }
    const tree = renderTree(given.site, services);
    const missing = [...initialReleases(services)].filter(([path]) => !existsSync(join(given.out, path)));

    if (given.check) {
      const found = compare(given.out, 'rendered', tree);
      const lines = [
        ...found.changed.map((path) => `${path} differs from its sources`),
        ...[...found.missing, ...missing.map(([path]) => path)].map((path) => `${path} is missing`),
        ...found.stale.map((path) => `${path} has no source any more`),
        ...found.foreign.map((path) => `${path} was not written by a render: move it elsewhere`),
      ];
      if (lines.length === 0) return 0;
      console.error(
        `${lines.join('\n')}\nrender: run npm run render and commit what it writes; never edit rendered/ by hand`,
      );
      return 1;
    }

    const { changed, missing: added, stale, foreign } = write(given.out, 'rendered', tree);
    for (const [path, text] of missing) {
      mkdirSync(dirname(join(given.out, path)), { recursive: true });
      writeFileSync(join(given.out, path), text);
    }
    for (const path of foreign) console.error(`render: ${path} was not written by a render: move it elsewhere`);
    const parts = [count(added, 'added'), count(changed, 'changed'), count(stale, 'deleted')];
    console.log(`render: ${tree.size} files in ${join(given.out, 'rendered')}: ${parts.join(', ')}`);
    return 0;
  } catch (error) {
    if (error instanceof UsageFault) {
      console.error(`render: ${error.message}; see npm run render -- --help`);
      return 2;
    }
    if (error instanceof RenderFault) {
      console.error(`${error.faults.join('\n')}\nrender: nothing was written`);
      return 1;
    }
    // A folder that cannot be written to, for one; the system's words say which and why.
    if ((error as NodeJS.ErrnoException).syscall) {
      console.error(`render: ${(error as Error).message}`);
      return 1;
    }
    throw error;
  }
}

if ((import.meta as { main?: boolean }).main) process.exitCode = run(process.argv.slice(2));
