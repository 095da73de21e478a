import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON, read field by field
export type Json = any;

/** `cdk.tf.json` of each stack. */
export type Stacks = Record<string, Json>;

export function readStacks(root: string): Stacks {
  const top = join(root, 'rendered/infra');
  return Object.fromEntries(
    readdirSync(top)
      .map((name) => [name, join(top, name, 'cdk.tf.json')] as const)
      .filter(([, file]) => existsSync(file))
      .map(([name, file]) => [name, JSON.parse(readFileSync(file, 'utf8'))]),
  );
}

export type Placed = {
  stack: string;
  /** `resource`, `data` or `ephemeral` */
  block: 'resource' | 'data' | 'ephemeral';
  type: string;
  id: string;
  args: Json;
  /** Alias of its provider, which is the name of a place. */
  place: string | undefined;
  /** AWS's name of that region. */
  region: string | undefined;
};

const blocks = ['resource', 'data', 'ephemeral'] as const;

/** Everything that the stacks make or look up, with where. */
export const placed = (stacks: Stacks): Placed[] =>
  Object.entries(stacks).flatMap(([stack, json]) => {
    const regions = Object.fromEntries((json.provider?.aws ?? []).map(({ alias, region }: Json) => [alias, region]));
    return blocks.flatMap((block) =>
      Object.entries<Json>(json[block] ?? {}).flatMap(([type, all]) =>
        Object.entries<Json>(all).map(([id, args]) => {
          const place = (args.provider as string | undefined)?.replace(/^aws\./, '');
          return { stack, block, type, id, args, place, region: place ? regions[place] : undefined };
        }),
      ),
    );
  });

export const ofType = (all: readonly Placed[], ...types: string[]): Placed[] =>
  all.filter(({ block, type }) => block === 'resource' && types.includes(type));

export const called = ({ stack, type, id }: Placed): string => `${stack}: ${type}.${id}`;

/** The value behind `${jsonencode(local.x)}`. */
export function jsonOf(stacks: Stacks, stack: string, expression: unknown): Json {
  const name =
    typeof expression === 'string' ? expression.match(/^\$\{jsonencode\(local\.([\w-]+)\)\}$/)?.[1] : undefined;
  const value = name === undefined ? undefined : stacks[stack].locals?.[name];
  if (value === undefined) throw new Error(`${stack}: ${expression} is no local value`);
  return value;
}

/** Every text in a value, with the way to it. */
export function* texts(value: Json, path: readonly string[] = []): Generator<[path: readonly string[], text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (value !== null && typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) yield* texts(inner, [...path, key]);
}
