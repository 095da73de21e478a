import { instructionsOf, unreadable } from '../../lib/dockerfile.ts';
import { shown } from '../../lib/text.ts';

const pinned = /^[a-z0-9][\w:/.-]*@sha256:[0-9a-f]{64}$/;
/** Bytes. All results of a Task share the 4 KiB of a container's termination message. */
const limit = 2500;

/**
 * The images that a Dockerfile builds on and copies from, by digest. `given` are build arguments, `--build-arg=NAME=image`. An image named
 * by a tag is a fault: a rebuild of the same commit could differ, and so could what was scanned from what is built.
 */
export function basesOf(dockerfile: string, given: readonly string[]): { bases: string[]; faults: string[] } {
  const unread = unreadable(dockerfile);
  if (unread.length > 0) return { bases: [], faults: unread.map((fault) => `Dockerfile: ${fault}`) };

  const chosen = new Map(
    given.flatMap((argument) => {
      const [, name, image] = /^--build-arg=(\w+)=(.*)$/.exec(argument) ?? [];
      return name && image ? [[name, image] as const] : [];
    }),
  );
  const names = [...chosen.keys()].map((name) => `\${${name}}, `).join('');
  const defaults = new Map<string, string>();
  const stages = new Set<string>();
  const bases = new Set<string>();
  const faults = new Set<string>();
  // A stage can be copied from once the next one has begun. Until then, its name is the name of an image.
  let [count, stage] = [0, ''];
  const use = (what: string, image: string, others: string) => {
    if (pinned.test(image)) bases.add(image);
    else
      faults.add(
        `Dockerfile: ${what}: is not an image by its digest; allowed are ${others}a stage before, and image@sha256:…`,
      );
  };
  for (const { name, flags, words } of instructionsOf(dockerfile)) {
    if (name === 'ARG' && count === 0)
      for (const word of words) {
        const [, key = '', ...values] = /^(\w+)(?:=(?:"([^"'\\]*)"|'([^"'\\]*)'|([^"'\\]*)))?$/.exec(word) ?? [];
        if (key) defaults.set(key, values.join(''));
        else faults.add(`Dockerfile: ARG ${shown(word)}: allowed before the first FROM is NAME=value without spaces`);
      }
    if (name === 'FROM') {
      const [image = '', as, next = ''] = words;
      if (stage) stages.add(stage);
      // FROM knows no other variables: the arguments of a stage are local to it.
      const [, braced, bare = braced] = /^\$(?:\{(\w+)\}|(\w+))$/.exec(image) ?? [];
      const found = bare === undefined ? image : (chosen.get(bare) ?? defaults.get(bare) ?? '');
      if (found !== 'scratch' && !stages.has(image.toLowerCase()))
        use(`FROM ${shown(image)}`, found, `${names}scratch, `);
      count++;
      stage = as?.toUpperCase() === 'AS' ? next.toLowerCase() : '';
    } else if (name === 'COPY' || name === 'RUN')
      for (const flag of flags) {
        const image = /^--from=(.*)$/i.exec(flag)?.[1] ?? /^--mount=(?:.*,)?from=([^,]*)/i.exec(flag)?.[1];
        if (image === undefined || stages.has(image.toLowerCase())) continue;
        if (/^\d+$/.test(image) && Number(image) < count - 1) continue;
        use(`${name} --from ${shown(image)}`, image, '');
      }
  }
  const size = [...bases].join(' ').length;
  if (size > limit)
    faults.add(`Dockerfile: its ${bases.size} images have names of ${size} bytes, allowed are ${limit}`);
  return { bases: [...bases], faults: [...faults] };
}
