import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRelease, releasePath } from '../release/releases.ts';

/**
 * Argo CD applies the files of `releases/` without a review of each, so whoever may write there may bring an image of a service and
 * nothing else: no patch, no resource, no other file, no link. `folder` is `releases/` itself.
 */
export function releasesOnly(folder: string, environments: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return [];
    const path = join('releases', entry.parentPath.slice(folder.length), entry.name);
    const [, environment = '', service = ''] = path.split('/');
    if (!entry.isFile() || !environments.includes(environment) || path !== releasePath(environment, service))
      return [
        `${path}: allowed are files releases/<environment>/<service>/kustomization.yaml of ${environments.join(', ')}`,
      ];
    try {
      parseRelease(readFileSync(join(entry.parentPath, entry.name), 'utf8'), service, path);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}
