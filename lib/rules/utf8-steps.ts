import { utf8 } from '../kube/variables.ts';
import { type Rule, stepsOf } from './placed.ts';

/** Every step has a locale of UTF-8, whatever its image brings: names of files, classes and tests are anybody's. */
export const utf8Steps: Rule = (tree) =>
  tree.flatMap(({ path, object }) =>
    stepsOf(object)
      .filter(({ env = [] }) => !env.some(({ name, value }: typeof utf8) => name === utf8.name && value === utf8.value))
      .map(
        ({ name }) =>
          `${path}: step ${name} has no ${utf8.name}; declare it by lib/kube/tekton.ts, which sets ${utf8.value}`,
      ),
  );
