/**
 * Hostile inputs for readers of what somebody else wrote: `npm run check` tries a few hundred of each kind, `scripts/test` as many as five
 * seconds allow, and the story `fuzz` ten thousand.
 */

/** How many of each kind; as many as there is time for, if it is not set. */
export const inputs = Number(process.env.FUZZ_INPUTS ?? Number.POSITIVE_INFINITY);
const seconds = process.env.FUZZ_INPUTS ? Number.POSITIVE_INFINITY : Number(process.env.FUZZ_SECONDS ?? 0);
/** So that a test can ask for some of each end, also on a slow machine. */
const least = 300;
/** Of the processor, for one input: a machine may be busy with something else. */
const longestMs = 1000;
/** For jest. */
export const fuzzMs = 1_800_000;

/** The same numbers for the same seed. */
export type Random = {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(of: readonly T[]): T;
};

export function randomOf(seed: number): Random {
  let state = seed >>> 0 || 1;
  const below = (limit: number): number => {
    // xorshift: which numbers come matters to nobody.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return { below, pick: (of) => of[below(of.length)] as (typeof of)[number] };
}

export type Fuzzed = { passed: number; refused: number };

/** Reads one input after the other. `read` says whether it passed, and throws where a reader does what it must not. */
export async function fuzz<Input>(
  seed: number,
  make: (random: Random) => Input,
  read: (input: Input) => boolean | Promise<boolean>,
): Promise<Fuzzed> {
  const random = randomOf(seed);
  const counts: Fuzzed = { passed: 0, refused: 0 };
  const stop = Date.now() + seconds * 1000;
  for (let made = 0; made < inputs && (made < least || Date.now() < stop); made++) {
    const input = make(random);
    const show = () => (Buffer.isBuffer(input) ? input.toString('latin1') : JSON.stringify(input)).slice(0, 4000);
    const before = process.cpuUsage();
    let passed: boolean;
    try {
      passed = await read(input);
    } catch (error) {
      throw new Error(`input ${made}: ${(error as Error).message}\n${show()}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > longestMs * 1000)
      throw new Error(`input ${made}: took ${Math.round((user + system) / 1000)} ms, allowed ${longestMs}\n${show()}`);
    counts[passed ? 'passed' : 'refused']++;
  }
  return counts;
}

/** Bytes changed in a few places: single ones, moved parts, an end that is missing or there twice, and words that mean something to a reader. */
export function changed(bytes: Buffer, { below, pick }: Random, words: readonly string[] = []): Buffer {
  let copy = Buffer.from(bytes);
  for (let times = below(4); times >= 0; times--) {
    const at = below(copy.length + 1);
    const [before, behind] = [copy.subarray(0, at), copy.subarray(at)];
    switch (below(words.length > 0 ? 5 : 2)) {
      case 0:
        if (at < copy.length) copy[at] = below(256);
        break;
      case 1: {
        const from = below(copy.length);
        copy.copyWithin(at, from, Math.min(copy.length, from + below(600)));
        break;
      }
      case 2:
        copy = Buffer.concat([before, behind.subarray(below(40))]);
        break;
      default:
        copy = Buffer.concat([before, Buffer.from(pick(words)), behind]);
    }
  }
  return pick([
    copy,
    copy,
    copy,
    copy.subarray(0, below(copy.length)),
    Buffer.concat([copy, copy.subarray(below(copy.length))]),
  ]);
}
