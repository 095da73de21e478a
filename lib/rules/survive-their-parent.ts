import type { Manifest } from '../kube/render.ts';
import type { Placed } from './placed.ts';

/**
 * What must not go with a mistake above it: an Application that stays when the one above is deleted or loses its file, and whose own
 * deletion leaves what it brought.
 */
export const surviveTheirParent = (tree: readonly Placed[], mustStay: (application: Manifest) => boolean): string[] =>
  tree
    .filter(({ object }) => object.kind === 'Application' && mustStay(object))
    .flatMap(({ path, object: { metadata } }) => {
      const options: string[] = (metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '').split(',');
      return [
        ...['Prune=false', 'Delete=false']
          .filter((option) => !options.includes(option))
          .map((option) => `${path}: Application ${metadata.name} is without ${option}; set keep in its overlay`),
        ...(metadata.finalizers?.length > 0
          ? [
              `${path}: Application ${metadata.name} takes what it brought with it (${metadata.finalizers}); leave finalizers out`,
            ]
          : []),
      ];
    });
