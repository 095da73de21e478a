import type { Placed } from './placed.ts';

/** Rights in all of a cluster are listed here by name, `allowed`; everything else is content with those in a namespace. */
export const clusterRoleBindings = (tree: readonly Placed[], allowed: readonly string[]): string[] =>
  tree.flatMap(({ path, object: { kind, metadata, roleRef } }) => {
    if (kind === 'ClusterRoleBinding' && !allowed.includes(metadata.name))
      return [
        `${path}: ClusterRoleBinding ${metadata.name} is not on the list; bind a Role in a namespace, or list it`,
      ];
    if (/RoleBinding$/.test(kind) && /^(?:cluster-admin|admin|edit)$/.test(roleRef.name))
      return [`${path}: ${kind} ${metadata.name} binds ${roleRef.name}; write a role with what is needed only`];
    return [];
  });
