import type { Placed } from './placed.ts';

/** Only the ClusterRoleBindings in `allowed` may exist; everything else gets its rights from Roles in a namespace. */
export const clusterRoleBindings = (tree: readonly Placed[], allowed: readonly string[]): string[] =>
  tree.flatMap(({ path, object: { kind, metadata, roleRef } }) => {
    if (kind === 'ClusterRoleBinding' && !allowed.includes(metadata.name))
      return [
        `${path}: ClusterRoleBinding ${metadata.name} is not on the list; bind a Role in a namespace, or list it`,
      ];
    if (/RoleBinding$/.test(kind) && /^(?:cluster-admin|admin|edit)$/.test(roleRef.name))
      return [
        `${path}: ${kind} ${metadata.name} binds ${roleRef.name}; write a Role with only the rights that it needs`,
      ];
    return [];
  });
