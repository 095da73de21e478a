import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { UserError } from '../errors.ts';
import { groupOf, scopeOf } from './scope.ts';
import { toYaml } from './yaml.ts';

/** A Kubernetes object as data. */
// biome-ignore lint/suspicious/noExplicitAny: any kind of object, also of third parties
export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } & any } & any;

/** Path → text, with `/` between folders. */
export type Tree = Map<string, string>;

/**
 * The validated objects of one chart, in the order of creation. Each chart has its own App, and each object becomes data by itself:
 * `App.synth()` and `Chart.toJson()` sort all charts of an App for each of them, which is quadratic (120 s for 3,000 charts). The
 * validation of every construct, which those would run, runs here once.
 */
export function manifests(namespace: string | undefined, build: (chart: Chart) => unknown): Manifest[] {
  // Names are explicit: the hash of a construct's path would change with a refactoring.
  const chart = new Chart(new App(), 'chart', { ...(namespace ? { namespace } : {}), disableResourceNameHashes: true });
  build(chart);
  const objects: Manifest[] = [];
  const faults: string[] = [];
  for (const construct of chart.node.findAll()) {
    for (const fault of construct.node.validate()) faults.push(`${construct.node.path}: ${fault}`);
    if (!ApiObject.isApiObject(construct)) continue;
    if (construct.node.dependencies.length > 0)
      faults.push(
        `${construct.node.path}: depends on another construct; order objects by Argo CD's sync waves instead`,
      );
    const object: Manifest = construct.toJson();
    const scope = scopeOf(object.apiVersion, object.kind);
    if (scope === undefined)
      faults.push(
        `${construct.node.path}: kind ${object.kind} of ${object.apiVersion}: given no scope, allowed Namespaced or Cluster; add it to lib/kube/scope.ts as its CRD says`,
      );
    if (scope === 'Cluster') delete object.metadata.namespace;
    objects.push(object);
  }
  if (faults.length > 0) throw new UserError(faults);
  return objects;
}

export const header = (source: string): string => `# generated from ${source} by npm run render\n`;
const generated = /^# generated from \S+ by npm run render\n/;

export const identity = ({ apiVersion, kind, metadata }: Manifest): string => {
  const [group, namespace] = [groupOf(apiVersion), metadata.namespace];
  return `${group ? `${group}/` : ''}${kind} ${namespace ? `${namespace}/` : ''}${metadata.name}`;
};

export type Addition = {
  /** Names of objects are unique within it. */
  region: string;
  folder: string;
  /** The file that a person edits to change the objects. */
  source: string;
  /** Namespace of the folder; the file name of an object in another one starts with that namespace. */
  namespace: string | undefined;
  objects: readonly Manifest[];
  /** One file for all objects. With thousands of charts, writing files dominates the render. */
  together?: string | undefined;
};

/** Builds a tree folder by folder, and refuses an object or a file twice. */
export class TreeBuilder {
  readonly #files: Tree = new Map();
  readonly #paths = new Map<string, string>();

  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  /** Adds objects as one file each, `<kind>-<name>.yaml`, or all as `together`. Returns the file names. */
  add({ region, folder, source, namespace, objects, together }: Addition): string[] {
    const faults: string[] = [];
    const texts = new Map<string, string>();
    for (const object of objects) {
      const { kind, metadata } = object;
      const foreign = metadata.namespace && metadata.namespace !== namespace ? `${metadata.namespace}-` : '';
      const file = together ?? `${`${kind}-${foreign}${metadata.name}`.toLowerCase()}.yaml`;
      const id = identity(object);
      const other = this.#paths.get(`${region} ${id}`);
      if (other) {
        faults.push(`${source}: ${id} is already in ${other}; give every object a name of its own`);
        continue;
      }
      this.#paths.set(`${region} ${id}`, `${folder}/${file}`);
      const before = texts.get(file);
      texts.set(file, `${before === undefined ? '' : `${before}---\n`}${toYaml(object)}`);
    }
    if (faults.length > 0) throw new UserError(faults);
    for (const [file, text] of texts) this.#write(`${folder}/${file}`, source, text);
    return [...texts.keys()];
  }

  /** Adds a file that holds no object of the cluster. */
  addFile(path: string, source: string, content: Record<string, unknown>): void {
    this.#write(path, source, toYaml(content));
  }

  #write(path: string, source: string, text: string): void {
    if (this.#files.has(path))
      throw new UserError(`${source}: ${path} is in the tree already; every file needs a name of its own`);
    this.#files.set(path, header(source) + text);
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

/**
 * Compares the folder `top` below `root` with the tree. Foreign files were not written by a render. Folders of `others`, directly in `top`, have a
 * writer of their own.
 */
export function compare(root: string, top: string, tree: Tree, others: readonly string[] = []): Differences {
  const found: Differences = { missing: [], changed: [], stale: [], foreign: [] };
  for (const [path, text] of tree) {
    const now = textOf(join(root, path));
    if (now === undefined) found.missing.push(path);
    else if (now !== text) found.changed.push(path);
  }
  for (const file of filesIn(join(root, top))) {
    const path = `${top}/${file}`;
    if (tree.has(path) || others.includes(file.split('/')[0] as string)) continue;
    const list = generated.test(textOf(join(root, path)) ?? '') ? found.stale : found.foreign;
    list.push(path);
  }
  return found;
}

/** Writes the files that differ from the tree, deletes those of an earlier render, and leaves foreign files alone. */
export function write(root: string, top: string, tree: Tree, others: readonly string[] = []): Differences {
  const found = compare(root, top, tree, others);
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
