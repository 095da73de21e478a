import { createHash } from 'node:crypto';
import { decode, ExtensionCodec, encode } from '@msgpack/msgpack';
import type { Attribute, Block, Type } from './schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: values of Terraform, whose types are known at run time
export type Value = any;

/** What is not known before something is applied. */
export class Unknown {}

const codec = new ExtensionCodec();
codec.register({
  type: 0,
  encode: (value) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => new Unknown(),
});
// The same, with what Terraform already knows of it.
codec.register({ type: 12, encode: () => null, decode: () => new Unknown() });

export type Dynamic = { msgpack?: Buffer; json?: Buffer };
export const toDynamic = (value: Value): Dynamic => ({
  msgpack: Buffer.from(encode(value, { extensionCodec: codec })),
});
export const fromDynamic = (value: Dynamic | null | undefined): Value =>
  value?.msgpack?.length ? decode(value.msgpack, { extensionCodec: codec }) : null;

/** Each member of a value with its attribute, blocks within blocks too. The visitor returns the new value of the member. */
export function mapped(value: Value, block: Block, visit: (member: Value, attribute: Attribute) => Value): Value {
  if (value === null || value instanceof Unknown) return value;
  const made: Record<string, Value> = {};
  for (const attribute of block.attributes) made[attribute.name] = visit(value[attribute.name] ?? null, attribute);
  for (const { name, block: inner } of block.blocks) {
    const member = value[name] ?? null;
    made[name] = Array.isArray(member) ? member.map((one) => mapped(one, inner, visit)) : mapped(member, inner, visit);
  }
  return made;
}

export const hasUnknown = (value: Value): boolean =>
  value instanceof Unknown || (value !== null && typeof value === 'object' && Object.values(value).some(hasUnknown));

/** A value as AWS might make it up: the same for the same thing. */
export function madeUp(attribute: string, type: Type, of: { type: string; name: string }): Value {
  const hash = createHash('sha256').update(`${of.type} ${of.name} ${attribute}`).digest('hex');
  if (type === 'number') return 1;
  if (type === 'bool') return false;
  if (type !== 'string') {
    const [kind, inner] = type;
    if (kind === 'map') return {};
    if (kind === 'object')
      return Object.fromEntries(
        Object.entries(inner as Record<string, Type>).map(([name, one]) => [name, madeUp(name, one, of)]),
      );
    // One of each, so that an expression may ask for the first.
    return [madeUp(attribute, inner as Type, of)];
  }
  if (attribute === 'arn' || attribute.endsWith('_arn'))
    return `arn:aws:${of.type.split('_')[1]}:ap-northeast-1:111122223333:${of.type}/${hash.slice(0, 12)}`;
  if (attribute === 'public_key_pem') return `-----BEGIN PUBLIC KEY-----\n${hash}\n-----END PUBLIC KEY-----\n`;
  return `${attribute === 'id' ? of.type.replace('aws_', '') : attribute}-${hash.slice(0, 12)}`;
}
