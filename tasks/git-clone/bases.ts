import { shown } from '../../lib/releases.ts';
import { instructionsOf } from '../dependency-cache/dependencies.ts';

const pinned = /^[a-z0-9][\w:/.-]*@sha256:[0-9a-f]{64}$/;
/** Results have to fit into the 4 KiB that Tekton keeps of a pod. */
const limit = 12;

/**
 * The images that a Dockerfile builds on and copies from, by digest; `given` are build arguments, `--build-arg=NAME=image`. A fault for each
 * that is chosen by a tag: the same commit could not be built again, and what was scanned today would be something else tomorrow. What
 * stands in a heredoc counts as an instruction, which refuses more than it has to.
 */
export function basesOf(dockerfile: string, given: readonly string[]): { bases: string[]; faults: string[] } {
  const chosen = new Map(
    given.flatMap((argument) => {
      const [, name, image] = /^--build-arg=(\w+)=(.*)$/.exec(argument) ?? [];
      return name && image ? [[name, image] as const] : [];
    }),
  );
  const allowed = `allowed are ${[...chosen.keys()].map((name) => `\${${name}}`).join(', ')}, a stage before, scratch, and an image by its digest (image@sha256:…)`;
  if (/^#[ \t]*escape=/im.test(dockerfile))
    return { bases: [], faults: ['Dockerfile: it has another escape character; allowed is the usual one'] };

  const defaults = new Map<string, string>();
  const stages = new Set<string>();
  const bases = new Set<string>();
  const faults = new Set<string>();
  let count = 0;
  const use = (instruction: string, image: string) => {
    if (stages.has(image.toLowerCase()) || image === 'scratch') return;
    const [, braced, bare] = /^\$(?:\{(\w+)\}|(\w+))$/.exec(image) ?? [];
    const name = braced ?? bare;
    const found = name === undefined ? image : (chosen.get(name) ?? defaults.get(name) ?? '');
    if (pinned.test(found)) bases.add(found);
    else faults.add(`Dockerfile: ${instruction} ${shown(image)}: names no digest; ${allowed}`);
  };
  for (const instruction of instructionsOf(dockerfile)) {
    const late = instruction.name === 'ONBUILD';
    const rest = late ? instruction.rest.slice(1) : instruction.rest;
    const name = late ? instruction.rest[0]?.toUpperCase() : instruction.name;
    if (name === 'ARG' && count === 0)
      for (const argument of rest) {
        const [, key, value] = /^(\w+)=["']?([^"']*)["']?$/.exec(argument) ?? [];
        if (key !== undefined && value !== undefined) defaults.set(key, value);
      }
    const end = rest.findIndex((word) => !word.startsWith('--'));
    if (name === 'FROM') {
      const [image = '', as, stage] = rest.slice(end);
      use('FROM', image);
      count++;
      if (as?.toUpperCase() === 'AS' && stage) stages.add(stage.toLowerCase());
    } else if (name === 'COPY' || name === 'RUN')
      for (const flag of rest.slice(0, end)) {
        const from = /^--from=(.*)$|^--mount=(?:.*,)?from=([^,]*)/.exec(flag);
        const image = from?.[1] ?? from?.[2];
        if (image !== undefined && !(Number(image) < count)) use(`${name} --from`, image);
      }
  }
  if (bases.size > limit) faults.add(`Dockerfile: ${bases.size} base images were given, allowed are ${limit}`);
  return { bases: [...bases], faults: [...faults] };
}
