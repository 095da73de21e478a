/** A range of IPv4 addresses: its first address and how many it has. */
export type Range = { first: number; size: number; prefix: number };

const pattern = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Reads `10.0.0.0/16`; undefined where it is none, or where its address is not the first of the range. */
export function parseCidr(text: string): Range | undefined {
  const numbers = text.match(pattern)?.slice(1).map(Number);
  if (!numbers) return undefined;
  const [a, b, c, d, prefix] = numbers as [number, number, number, number, number];
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, size, prefix } : undefined;
}

export const overlap = (a: Range, b: Range): boolean => a.first < b.first + b.size && b.first < a.first + a.size;

/** Whether `outer` has every address of `inner`. */
export const contains = (outer: Range, inner: Range): boolean =>
  outer.first <= inner.first && inner.first + inner.size <= outer.first + outer.size;

/** Private addresses (RFC 1918, RFC 6598). */
export const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'];

const text = ({ first, prefix }: Range): string =>
  `${[24, 16, 8, 0].map((bits) => Math.floor(first / 2 ** bits) % 256).join('.')}/${prefix}`;

/** The part number `index` of a range, when it is cut into parts of this prefix. Throws where the range has no such part. */
export function subnet(cidr: string, prefix: number, index: number): string {
  const range = parseCidr(cidr);
  const size = 2 ** (32 - prefix);
  if (!range || prefix < range.prefix || (index + 1) * size > range.size)
    throw new Error(`${cidr}: has no part ${index} of /${prefix}`);
  return text({ first: range.first + index * size, size, prefix });
}
