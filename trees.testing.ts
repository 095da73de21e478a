import { parseAllDocuments } from 'yaml';
import type { Tree } from './lib/kube/render.ts';
import type { Placed } from './lib/rules/placed.ts';
import { renderTree } from './main.ts';
import { aws } from './overlays/sites/aws.ts';
import { localImages } from './overlays/sites/local.testing.ts';
import { local } from './overlays/sites/local.ts';

/** Sites have most texts in common, and parsing takes longer than rendering. */
const documents = new Map<string, ReturnType<typeof parseAllDocuments>>();
function documentsOf(text: string): ReturnType<typeof parseAllDocuments> {
  const known = documents.get(text) ?? parseAllDocuments(text);
  documents.set(text, known);
  return known;
}

export const parsed = (tree: Tree): Placed[] =>
  [...tree]
    .flatMap(([path, text]) => documentsOf(text).map((document) => ({ path, object: document.toJS() })))
    .filter(({ object }) => object.kind !== 'Kustomization');

export const awsTree = renderTree(aws);
const embedded = local(localImages);
/** Every site as data; the embedded platform also the other way, with stores or without. */
export const siteData = {
  aws,
  local: embedded,
  'local the other way': local(localImages, { stores: embedded.stores === undefined }),
};

type SiteName = keyof typeof siteData;
const made = new Map<SiteName, Placed[]>();
/** Rendered and read when a test asks for it: few ask for all. */
function objectsOf(site: SiteName): Placed[] {
  const known = made.get(site) ?? parsed(site === 'aws' ? awsTree : renderTree(siteData[site]));
  made.set(site, known);
  return known;
}
export const sites = {
  get aws() {
    return objectsOf('aws');
  },
  get local() {
    return objectsOf('local');
  },
  get 'local the other way'() {
    return objectsOf('local the other way');
  },
};
