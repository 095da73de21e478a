import { type LocalImages, localImageNames } from './local.ts';

const digest = `sha256:${'0'.repeat(64)}`;
export const localImages = Object.fromEntries(
  localImageNames.map((name) => [name, `registry.seoul.internal:5000/platform/${name.toLowerCase()}@${digest}`]),
) as LocalImages;
