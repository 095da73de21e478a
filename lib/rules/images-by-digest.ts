import { containersOf, leaves, type Placed, podSpecs, stepsOf } from './placed.ts';

const byDigest = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
/** An image of a public registry as the value of a param, a variable or a build argument; not one quoted in a sentence. */
const publicImage =
  /(?:^|=)((?:docker\.io|gcr\.io|ghcr\.io|quay\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws)\/[^\s"]+)$/;
/** Kinds of services. Their pods have the ServiceAccount of the service. */
const replaced = /^(?:Deployment|Job|CronJob)$/;
const parameter = /^\$\(params\.[\w-]+\)$/;

/**
 * Every image is pinned by digest, because the owner of a registry can move a tag. A release file replaces the bare name of a service, by a digest; a param is checked where it gets its value.
 */
export function imagesByDigest(tree: readonly Placed[]): string[] {
  return tree.flatMap(({ path, object }) => {
    const images = [
      ...podSpecs(object).flatMap((pod) => {
        const service = replaced.test(object.kind) ? (pod.serviceAccountName ?? object.metadata.name) : undefined;
        return containersOf(pod).filter(({ image }) => image !== service);
      }),
      ...stepsOf(object).filter(({ image }) => !parameter.test(image)),
    ].map(({ image }) => `${image ?? ''}`);
    for (const [at, value] of leaves(object)) {
      const found = typeof value === 'string' && !at.endsWith('.image') && publicImage.exec(value)?.[1];
      if (found) images.push(found);
    }
    return images
      .filter((image) => !byDigest.test(image))
      .map(
        (image) =>
          `${path}: image ${JSON.stringify(image)} is not pinned by digest; add @sha256:… in overlays/images.ts`,
      );
  });
}
