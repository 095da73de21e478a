import { containersOf, type Placed, podSpecs, stepsOf } from './placed.ts';

/**
 * Nothing runs as root unless its Task says why, in the annotation `reason`. Nothing may escalate its privileges.
 */
export function nonRoot(tree: readonly Placed[], reason: string): string[] {
  return tree.flatMap(({ path, object }) => {
    const excused = Boolean(object.metadata.annotations?.[reason]?.trim());
    const inPods = podSpecs(object).flatMap((pod) =>
      containersOf(pod).map(({ name, securityContext }) => ({
        name,
        context: { ...pod.securityContext, ...securityContext },
      })),
    );
    const inTasks = stepsOf(object).map(({ name, securityContext }) => ({ name, context: { ...securityContext } }));
    return [...inPods, ...inTasks].flatMap(({ name, context }) => [
      ...((context.runAsNonRoot === true && context.runAsUser !== 0) || excused
        ? []
        : [`${path}: ${name} may run as root; set runAsNonRoot, or explain it in the annotation ${reason}`]),
      ...(context.privileged !== true && context.allowPrivilegeEscalation === false
        ? []
        : [
            `${path}: ${name} may escalate its privileges; set allowPrivilegeEscalation to false and remove privileged`,
          ]),
    ]);
  });
}
