import type { Manifest } from '../kube/render.ts';
import type { Placed } from './placed.ts';

/**
 * Applications that must survive a mistake in their parent: they stay when the parent is deleted or loses their file, and deleting
 * them leaves their resources.
 */
export const surviveTheirParent = (tree: readonly Placed[], mustStay: (application: Manifest) => boolean): string[] =>
  tree
    .filter(({ object }) => object.kind === 'Application' && mustStay(object))
    .flatMap(({ path, object: { metadata } }) => {
      const options: string[] = (metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '').split(',');
      return [
        ...['Prune=false', 'Delete=false']
          .filter((option) => !options.includes(option))
          .map((option) => `${path}: Application ${metadata.name} is without ${option}; set retain in its overlay`),
        ...(metadata.finalizers?.length > 0
          ? [
              `${path}: Application ${metadata.name} deletes its resources with it (${metadata.finalizers}); remove finalizers`,
            ]
          : []),
      ];
    });
