import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: third-party manifests, of which a few fields are read and changed
export type Manifest = any;

/** The objects of a file of an engine's own module. */
export const read = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8'), { uniqueKeys: false })
    .map((document) => document.toJS())
    .filter((object) => object?.kind);
export const readFolder = (folder: string): Manifest[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => read(join(folder, file)));

/** Replaces every image reference and `ko://` name by the platform's image. An unknown one fails here, not in the kubelet. */
export function withImages(objects: Manifest[], images: Record<string, string>): Manifest[] {
  const known = (value: string): string => {
    const found = Object.keys(images).find(
      (name) => value === name || (name.endsWith('*') && value.startsWith(name.slice(0, -1))),
    );
    if (!found) throw new Error(`the platform has no image for ${value}`);
    return images[found] as string;
  };
  const walk = (value: Manifest, key?: string): Manifest => {
    if (typeof value === 'string') return key === 'image' || value.startsWith('ko://') ? known(value) : value;
    if (Array.isArray(value)) return value.map((entry) => walk(entry));
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, walk(entry, key)]));
    return value;
  };
  return objects.map((object) => walk(object));
}

/** A CustomResourceDefinition; kinds.ts applies all of them. */
export const isKind = ({ kind }: Manifest): boolean => kind === 'CustomResourceDefinition';
export const notKind = (object: Manifest): boolean => !isKind(object);

export const workloads = (objects: Manifest[]) =>
  objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
/** Of clones of this repository and what is rendered from them, at most; most engines write a log and nothing else. */
const disk = { request: '16Mi', limit: '1Gi' };

/**
 * Images are pulled by digest from this machine's registry: another pull at each start only takes time. And no engine fills the disk, which
 * upstream leaves to who installs it.
 */
export function tuned(objects: Manifest[]): Manifest[] {
  for (const { spec } of workloads(objects)) {
    const pod = spec.template.spec;
    delete pod.affinity;
    for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
      container.imagePullPolicy = 'IfNotPresent';
      const { requests, limits } = container.resources ?? {};
      container.resources = {
        requests: { ...requests, 'ephemeral-storage': disk.request },
        limits: { ...limits, 'ephemeral-storage': disk.limit },
      };
    }
    for (const { emptyDir } of pod.volumes ?? []) if (emptyDir) emptyDir.sizeLimit ??= disk.limit;
  }
  return objects;
}
