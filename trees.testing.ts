import { parseAllDocuments } from 'yaml';
import type { Tree } from './lib/kube/render.ts';
import type { Placed } from './lib/rules/placed.ts';
import { renderTree } from './main.ts';
import { aws } from './overlays/sites/aws.ts';
import { type LocalImages, local, localImageNames } from './overlays/sites/local.ts';

const digest = `sha256:${'0'.repeat(64)}`;
export const localImages = Object.fromEntries(
  localImageNames.map((name) => [name, `registry.seoul.internal:5000/platform/${name.toLowerCase()}@${digest}`]),
) as LocalImages;

export const parsed = (tree: Tree): Placed[] =>
  [...tree]
    .flatMap(([path, text]) => parseAllDocuments(text).map((document) => ({ path, object: document.toJS() })))
    .filter(({ object }) => object.kind !== 'Kustomization');

export const awsTree = renderTree(aws);
export const sites = { aws: parsed(awsTree), local: parsed(renderTree(local(localImages))) };
