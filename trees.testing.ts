import { parseAllDocuments } from 'yaml';
import type { Tree } from './lib/kube/render.ts';
import type { Placed } from './lib/rules/placed.ts';
import { renderTree } from './main.ts';
import { aws } from './overlays/sites/aws.ts';
import { localImages } from './overlays/sites/local.testing.ts';
import { local } from './overlays/sites/local.ts';

export const parsed = (tree: Tree): Placed[] =>
  [...tree]
    .flatMap(([path, text]) => parseAllDocuments(text).map((document) => ({ path, object: document.toJS() })))
    .filter(({ object }) => object.kind !== 'Kustomization');

export const awsTree = renderTree(aws);
const embedded = local(localImages);
/** Every site as data; the embedded platform also the other way, with stores or without. */
export const siteData = {
  aws,
  local: embedded,
  'local the other way': local(localImages, { stores: embedded.stores === undefined }),
};
export const sites = {
  aws: parsed(awsTree),
  local: parsed(renderTree(siteData.local)),
  'local the other way': parsed(renderTree(siteData['local the other way'])),
};
