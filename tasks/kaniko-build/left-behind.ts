import { lstatSync, readdirSync } from 'node:fs';
import { shown } from '../../lib/text.ts';

/**
 * Why an image is not what its Dockerfile says, if its build wrote to a folder that Tekton mounts in every step: Kaniko leaves mounts out
 * of the image. What git-clone can see of it is refused there; this is what a RUN wrote, or a base image whose WORKDIR is there. The folder
 * is shared with the steps before, and empty at first.
 */
export function leftBehind(folder: string): string | undefined {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const names = readdirSync(folder).sort();
  if (names.length === 0) return undefined;
  const some = names.slice(0, 3).map((name) => shown(`${folder}/${name}`));
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `Dockerfile: the build wrote ${some.join(', ')}${rest}, and ${folder} is a mount, so the image lacks it; use another folder, and set WORKDIR if the base image is in this one`;
}
