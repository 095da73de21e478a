/** Everything that may come together in a failover, as a table of axes; every combination is a scenario. */
export const axes = {
  /** What fails in Seoul besides the database, and who says so: alarms make no claim, `misjudged` is a person who claims region-failure. */
  trigger: ['svc', 'db', 'region', 'db+app', 'unknown', 'misjudged', 'nonsense'],
  seoulDatabase: ['ok', 'fail', 'unknown'],
  tokyoDatabase: ['in sync', 'lagging', 'lag unknown', 'writer', 'detached', 'headless'],
  versions: ['same', 'differ'],
  /** `applied`: the answer is lost, the promotion is not. */
  failover: ['ok', 'throttled', 'invalid', 'applied', 'down'],
  /** `half`: Tokyo's group can be changed, Seoul's cannot. */
  traffic: ['ok', 'throttled', 'down', 'half'],
  nodes: ['ok', 'busy', 'invalid', 'down'],
  tokyoApp: ['ok', 'fail'],
  /** A second event: none, while the first runs, or after it, when whatever was broken at AWS works again. */
  second: ['none', 'during', 'after'],
  mode: ['live', 'dry-run'],
} as const;
export type Axis = keyof typeof axes;
export type Scenario = { [Name in Axis]: (typeof axes)[Name][number] };

const names = Object.keys(axes) as Axis[];
export const size = names.reduce((product, name) => product * axes[name].length, 1);

/** The scenario with this number, from 0 to below `size`. */
export function scenarioOf(number: number): Scenario {
  let rest = number;
  const values = names.map((name) => {
    const { length } = axes[name];
    const value = axes[name][rest % length];
    rest = Math.floor(rest / length);
    return [name, value];
  });
  return Object.fromEntries(values);
}

/** Coprime to `size`: steps of it meet every number once, and no axis in its order. */
const stride = 100_003;

/** The same numbers always, spread over the matrix, with each pair of values of two axes. */
export function sample(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => (index * stride) % size);
  const seen = new Set(numbers.flatMap((number) => pairs(scenarioOf(number))));
  // Whatever pair the walk missed, from where it went on.
  for (let index = count; index < size; index++) {
    const number = (index * stride) % size;
    const fresh = pairs(scenarioOf(number)).filter((pair) => !seen.has(pair));
    if (fresh.length === 0) {
      if (seen.size === allPairs) break;
      continue;
    }
    for (const pair of fresh) seen.add(pair);
    numbers.push(number);
  }
  return numbers;
}

export function pairs(scenario: Scenario): string[] {
  const parts = names.map((name) => `${name} ${scenario[name]}`);
  return parts.flatMap((one, index) => parts.slice(index + 1).map((other) => `${one}, ${other}`));
}
export const allPairs = names.reduce(
  (sum, one, index) =>
    sum + names.slice(index + 1).reduce((more, other) => more + axes[one].length * axes[other].length, 0),
  0,
);
