import { containersOf, leaves, type Placed, podSpecs, stepsOf } from './placed.ts';

const byDigest = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
/** A value of a parameter or a variable, or of a build argument in one, that names an image of a public registry; not one that is quoted in a text. */
const publicImage =
  /(?:^|=)((?:docker\.io|gcr\.io|ghcr\.io|quay\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws)\/[^\s"]+)$/;
const parameter = /^\$\(params\.[\w-]+\)$/;

/**
 * Every image is named by its digest: a tag can be moved by whoever owns the registry. `own` are images of our own registry whose
 * tags nobody can move. The bare name of a service is replaced by its release file, which holds a digest only; a parameter is
 * judged where it gets its value.
 */
export function imagesByDigest(tree: readonly Placed[], own: RegExp): string[] {
  return tree.flatMap(({ path, object }) => {
    const service = object.kind === 'Deployment' ? object.metadata.name : undefined;
    const images = [
      ...podSpecs(object)
        .flatMap(containersOf)
        .filter(({ image }) => image !== service),
      ...stepsOf(object).filter(({ image }) => !parameter.test(image)),
    ].map(({ image }) => `${image ?? ''}`);
    for (const [at, value] of leaves(object)) {
      const found = typeof value === 'string' && !at.endsWith('.image') && publicImage.exec(value)?.[1];
      if (found) images.push(found);
    }
    return images
      .filter((image) => !byDigest.test(image) && !own.test(image))
      .map((image) => `${path}: image ${JSON.stringify(image)} is not named by digest; add @sha256:… in lib/images.ts`);
  });
}
