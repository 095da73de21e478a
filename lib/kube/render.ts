import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { UserError } from '../errors.ts';
import { toYaml } from './yaml.ts';

/** A Kubernetes object as data. */
// biome-ignore lint/suspicious/noExplicitAny: any kind of object, also of third parties
export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } & any } & any;

/** Path → text, with `/` between folders. */
export type Tree = Map<string, string>;

/** cdk8s gives every object the namespace of its chart; these kinds have none. */
const clusterKinds =
  /^(?:Namespace|ClusterRole|ClusterRoleBinding|ClusterSecretStore|ClusterInterceptor|PriorityClass|StorageClass|NodePool|EC2NodeClass|ValidatingAdmissionPolicy(?:Binding)?)$/;

/**
 * The objects of one chart, validated, in the order of creation. Each chart gets an App of its own, and each object is turned into
 * data alone: `App.synth()` and `Chart.toJson()` sort all charts of an App for every one of them, which is quadratic (120 s for
 * 3,000 charts). What they would check, every construct's own validation, runs here once.
 */
export function manifests(namespace: string | undefined, build: (chart: Chart) => void): Manifest[] {
  // Names are given, never made up: a hash of a construct's path would change with a refactoring.
  const chart = new Chart(new App(), 'chart', { ...(namespace ? { namespace } : {}), disableResourceNameHashes: true });
  build(chart);
  const objects: Manifest[] = [];
  const faults: string[] = [];
  for (const construct of chart.node.findAll()) {
    for (const fault of construct.node.validate()) faults.push(`${construct.node.path}: ${fault}`);
    if (!ApiObject.isApiObject(construct)) continue;
    if (construct.node.dependencies.length > 0)
      faults.push(
        `${construct.node.path}: depends on another construct; order on the cluster is by Argo CD's sync waves`,
      );
    const object: Manifest = construct.toJson();
    if (clusterKinds.test(object.kind)) delete object.metadata.namespace;
    objects.push(object);
  }
  if (faults.length > 0) throw new UserError(faults);
  return objects;
}

export const header = (source: string): string => `# generated from ${source} by npm run render\n`;
const generated = /^# generated from \S+ by npm run render\n/;

export const identity = ({ apiVersion, kind, metadata }: Manifest): string =>
  `${apiVersion.includes('/') ? `${apiVersion.split('/')[0]}/` : ''}${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

/** A tree that grows folder by folder and refuses an object that is in it already. */
export class TreeBuilder {
  readonly files: Tree = new Map();
  readonly #seen = new Map<string, string>();

  /**
   * Adds objects as one file each, `<kind>-<name>.yaml` (one outside the folder's own namespace carries that in its file name too), or
   * all of them as `together`: where there are thousands of charts, making the files takes longer than everything else.
   * `source` is the file that a person edits to change them. Returns the file names.
   */
  add(folder: string, source: string, namespace: string | undefined, objects: Manifest[], together?: string): string[] {
    const faults: string[] = [];
    const texts = new Map<string, string>();
    for (const object of objects) {
      const { kind, metadata } = object;
      const foreign = metadata.namespace && metadata.namespace !== namespace ? `${metadata.namespace}-` : '';
      const file = together ?? `${`${kind}-${foreign}${metadata.name}`.toLowerCase()}.yaml`;
      const path = `${folder}/${file}`;
      const id = identity(object);
      const other = this.#seen.get(id) ?? (this.files.has(path) ? path : undefined);
      if (other) {
        faults.push(`${source}: ${id} is in ${other} already; every object needs a name of its own`);
        continue;
      }
      this.#seen.set(id, path);
      const before = texts.get(file);
      texts.set(file, `${before === undefined ? header(source) : `${before}---\n`}${toYaml(object)}`);
    }
    if (faults.length > 0) throw new UserError(faults);
    for (const [file, text] of texts) this.files.set(`${folder}/${file}`, text);
    return [...texts.keys()];
  }
}

function filesIn(folder: string, below = ''): string[] {
  if (!existsSync(join(folder, below))) return [];
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      return entry.isDirectory() ? filesIn(folder, path) : [path];
    })
    .sort();
}

export type Differences = { missing: string[]; changed: string[]; stale: string[]; foreign: string[] };

const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** How the folder `top` below `root` differs from what the tree says it holds. Foreign files were not written by a render. */
export function compare(root: string, top: string, tree: Tree): Differences {
  const found: Differences = { missing: [], changed: [], stale: [], foreign: [] };
  for (const [path, text] of tree) {
    const now = textOf(join(root, path));
    if (now === undefined) found.missing.push(path);
    else if (now !== text) found.changed.push(path);
  }
  for (const file of filesIn(join(root, top))) {
    const path = `${top}/${file}`;
    if (tree.has(path)) continue;
    const list = generated.test(textOf(join(root, path)) ?? '') ? found.stale : found.foreign;
    list.push(path);
  }
  return found;
}

/** Makes the folder hold the tree: writes what differs, deletes what a former render left, and leaves everything else alone. */
export function write(root: string, top: string, tree: Tree): Differences {
  const found = compare(root, top, tree);
  for (const path of [...found.missing, ...found.changed]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), tree.get(path) as string);
  }
  for (const path of found.stale) {
    rmSync(join(root, path));
    for (
      let folder = dirname(path);
      folder !== '.' && readdirSync(join(root, folder)).length === 0;
      folder = dirname(folder)
    )
      rmdirSync(join(root, folder));
  }
  return found;
}
