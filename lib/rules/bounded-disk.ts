import { mebibytes } from '../kube/resources.ts';
import { podsOf, type Rule } from './placed.ts';

const key = 'ephemeral-storage';

/**
 * No pod fills its node's disk: every container asks for ephemeral storage and has a limit, every emptyDir has a size, and the limits hold
 * the emptyDirs, because the kubelet ends a pod that takes more than its containers' limits in all.
 */
export const boundedDisk: Rule = (tree) =>
  tree.flatMap(({ path, object }) =>
    podsOf(object).flatMap(({ containers, init, volumes }) => {
      const missing = [...init, ...containers].flatMap(({ name, resources }) =>
        ['requests', 'limits']
          .filter((group) => typeof resources?.[group]?.[key] !== 'string')
          .map((group) => `${path}: ${name} has no ${group}.${key}; set its resources by lib/kube/resources.ts`),
      );
      const emptyDirs = volumes.filter(({ emptyDir }) => emptyDir !== undefined);
      const endless = emptyDirs
        .filter(({ emptyDir }) => typeof emptyDir.sizeLimit !== 'string')
        .map(({ name }) => `${path}: volume ${name} is an emptyDir without end; set its sizeLimit`);
      if (missing.length + endless.length > 0) return [...missing, ...endless];
      const sum = (sizes: string[]) => sizes.map(mebibytes).reduce((all, size) => all + size, 0);
      const limit = sum(containers.map(({ resources }) => resources.limits[key]));
      const volume = sum(emptyDirs.map(({ emptyDir }) => emptyDir.sizeLimit));
      return limit > volume
        ? []
        : [
            `${path}: its emptyDirs of ${volume}Mi do not fit the limits of ${limit}Mi; give their sizes to the containers`,
          ];
    }),
  );
