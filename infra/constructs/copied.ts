import type { Scope } from '../stack.ts';

/**
 * At each plan and apply Terraform itself compares what AWS made up with what overlays/assigned.ts has, and warns: pods would look for hosts that do not exist. A
 * warning and no fault, because the first apply makes them. `pairs`: a condition, and the name of the part.
 */
export function copied(scope: Scope, id: string, pairs: readonly (readonly [condition: string, part: string])[]): void {
  scope.stack.addOverride(`check.${id}.assert`, [
    ...pairs.map(([condition, part]) => ({
      condition,
      error_message: `overlays/assigned.ts: ${part}: is not what AWS made up; copy it from the output of this stack, run npm run render, and commit.`,
    })),
  ]);
}
