import { type Instruction, quoted, wordsOf } from '../../lib/dockerfile.ts';
import { shown } from '../../lib/text.ts';

const pinned = /^[a-z0-9][\w:/.-]*@sha256:[0-9a-f]{64}$/;
/** Bytes. All results of a Task share the 4 KiB of a container's termination message. */
const limit = 2500;
/** kaniko-build gives it to every Dockerfile; as the name of an image it would be another one in every build. */
const commit = 'COMMIT';

/**
 * The images that a Dockerfile builds on and copies from, by digest. `given` are build arguments, `--build-arg=NAME=image`. An image named
 * by a tag is a fault: a rebuild of the same commit could differ, and so could what was scanned from what is built.
 */
export function basesOf(
  instructions: readonly Instruction[],
  given: readonly string[],
): { bases: string[]; faults: string[] } {
  const chosen = new Map(
    given.flatMap((argument) => {
      const [, name, image] = /^--build-arg=(\w+)=(.*)$/.exec(argument) ?? [];
      return name && image ? [[name, image] as const] : [];
    }),
  );
  const names = [...chosen.keys()].map((name) => `\${${name}}, `).join('');
  const defaults = new Map<string, string | undefined>();
  /** With each `$NAME` and `${NAME}` replaced; undefined where it has another form, or a variable that is not there. */
  const expanded = (text: string): string | undefined => {
    let whole = true;
    const result = text.replace(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)|)/g, (_, braced?: string, bare = braced) => {
      const value = bare === undefined || bare === commit ? undefined : (chosen.get(bare) ?? defaults.get(bare));
      if (value === undefined) whole = false;
      return value ?? '';
    });
    return whole ? result : undefined;
  };

  const stages = new Set<string>();
  const bases = new Set<string>();
  const faults: string[] = [];
  // A stage can be copied from once the next one has begun. Until then, its name is the name of an image.
  let [count, stage] = [0, ''];
  for (const { line, name, flags, rest } of instructions) {
    const fault = (what: string) => faults.push(`line ${line}: ${what}`);
    const use = (what: string, image: string, others: string) => {
      if (pinned.test(image)) bases.add(image);
      else fault(`${what}: is not an image by its digest; allowed are ${others}a stage before, and image@sha256:…`);
    };
    // FROM knows no other variables: the arguments of a stage are local to it.
    if (name === 'ARG' && count === 0) {
      if (/[^!-~ \t]/.test(rest.replace(quoted, '')))
        fault(`ARG ${shown(rest)}: allowed before the first FROM is ASCII outside quotes`);
      for (const word of argumentsOf(rest)) {
        const [, key = '', is] = /^(\w+)(=[\s\S]*)?$/.exec(word) ?? [];
        if (!key) fault(`ARG ${shown(word)}: allowed before the first FROM is NAME=value`);
        else if (is) defaults.set(key, defaultOf(is.slice(1), expanded));
      }
    }
    if (name === 'FROM') {
      const words = wordsOf(rest);
      const [image = '', as, next = ''] = words;
      if (stage) stages.add(stage);
      stage = '';
      count++;
      if (/[^!-~ \t]/.test(rest) || (words.length !== 1 && !(words.length === 3 && as?.toUpperCase() === 'AS'))) {
        fault(`FROM ${shown(rest)}: allowed is an image, or an image AS a name, in ASCII`);
        continue;
      }
      const found = expanded(image) ?? '';
      if (found !== 'scratch' && !stages.has(found.toLowerCase()))
        use(`FROM ${shown(image)}`, found, `${names}scratch, `);
      stage = next.toLowerCase();
      // Kaniko's two versions differ in which one of them they take.
      if (stages.has(stage)) fault(`FROM ${shown(image)} AS ${shown(next)}: a stage before has this name`);
    } else if (name === 'COPY')
      for (const flag of flags) {
        const image = /^--from=(.*)$/i.exec(flag)?.[1];
        if (image === undefined || stages.has(image.toLowerCase())) continue;
        if (/^\d+$/.test(image) && Number(image) < count - 1) continue;
        use(`COPY --from ${shown(image)}`, image, '');
      }
  }
  if (count === 0) faults.push('has no FROM');
  const size = [...bases].join(' ').length;
  if (size > limit) faults.push(`its ${bases.size} images have names of ${size} bytes, allowed are ${limit}`);
  return { bases: [...bases], faults };
}

/** The words of ARG, which end at white space outside quotes. They keep their quotes. */
const argumentsOf = (rest: string): string[] =>
  rest.match(/(?:\\[\s\S]|'[^']*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)|[^\s\u0085'"\\])+/g) ?? [];

/**
 * The value of an ARG before the first FROM. Kaniko takes its quotes away and then reads the rest like a shell: with a quote or backslash
 * left, a variable in single quotes or a letter that is not ASCII, which may belong to the name before it, the value is undefined here, and
 * so no image.
 */
function defaultOf(value: string, expanded: (text: string) => string | undefined): string | undefined {
  const [, quote, inner] = /^(["']?)([ !#-&(-[\]-~]*)\1$/.exec(value) ?? [];
  if (inner === undefined || (quote === "'" && inner.includes('$'))) return undefined;
  return expanded(inner);
}
