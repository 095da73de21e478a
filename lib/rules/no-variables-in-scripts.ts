import { type Rule, stepsOf } from './placed.ts';

/** What Tekton replaces before the step starts. A command substitution of a shell has a blank or a slash in it, or no dot. */
const variable =
  /\$\(\s*(?:params|tasks|context|workspaces|results|steps|step|outputs|inputs|finally|tt)\s*[.[][^)]*\)/;
const interpreter = /(?:^|\/)(?:sh|bash|ash|dash|busybox|node|python3?|perl|ruby)$/;

/**
 * No Tekton variable stands in a text that an interpreter reads: whoever names a branch would write a program. Values come by
 * environment variables, or as arguments after the text.
 */
export const noVariablesInScripts: Rule = (tree) =>
  tree.flatMap(({ path, object }) =>
    stepsOf(object).flatMap(({ name, script, command = [], args = [] }) => {
      const line: string[] = [...command, ...args];
      // The text is the argument after -c or -e; what comes later is only data to it.
      const flag = interpreter.test(line[0] ?? '') ? line.findIndex((word) => /^-\w*[ce]$/.test(word)) : -1;
      const texts = [script ?? '', ...(flag >= 0 ? [line[flag + 1] ?? ''] : [])];
      return texts
        .map((text) => variable.exec(text)?.[0])
        .filter((found) => found !== undefined)
        .map((found) => `${path}: step ${name} has ${found} in its script; pass it as an environment variable`);
    }),
  );
