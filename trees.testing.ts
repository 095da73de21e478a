import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from './lib/kube/render.ts';
import type { Placed } from './lib/rules/placed.ts';
import { aws } from './overlays/sites/aws.ts';
import { localImages } from './overlays/sites/local.testing.ts';
import { local } from './overlays/sites/local.ts';

const embedded = local(localImages);
/** Every site as data; the embedded platform also the other way, with stores or without. */
export const siteData = {
  aws,
  local: embedded,
  'local the other way': local(localImages, { stores: embedded.stores === undefined }),
};
type SiteName = keyof typeof siteData;
type Made = { texts: [path: string, text: string][]; objects: Record<SiteName, Placed[]> };

/** Loads what renders only when it renders. */
async function make(): Promise<Made> {
  const [{ renderTree }, { parseAllDocuments }] = await Promise.all([import('./main.ts'), import('yaml')]);
  /** Sites have most texts in common, and parsing takes longer than rendering. */
  const documents = new Map<string, ReturnType<typeof parseAllDocuments>>();
  const documentsOf = (text: string) => {
    const known = documents.get(text) ?? parseAllDocuments(text);
    documents.set(text, known);
    return known;
  };
  const parsed = (tree: Tree): Placed[] =>
    [...tree]
      .flatMap(([path, text]) => documentsOf(text).map((document) => ({ path, object: document.toJS() })))
      .filter(({ object }) => object.kind !== 'Kustomization');
  const texts = renderTree(aws);
  const objects = {
    aws: parsed(texts),
    local: parsed(renderTree(embedded)),
    'local the other way': parsed(renderTree(siteData['local the other way'])),
  };
  return { texts: [...texts], objects };
}

/** The test files of one run of jest have what the first of them made. */
async function made(): Promise<Made> {
  const folder = process.env.JEST_RUN;
  if (folder === undefined) return make();
  const file = join(folder, 'trees.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const text = JSON.stringify(await make());
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
  // As the others have it.
  return JSON.parse(text);
}

const { texts, objects } = await made();
export const awsTree: Tree = new Map(texts);
export const sites = objects;
