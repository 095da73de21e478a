import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A type as Terraform writes it in JSON: `"string"`, `["list", "string"]`, `["object", {…}]`. */
export type Type = string | [kind: string, of: Type] | ['object', Record<string, Type>];
export type Attribute = {
  name: string;
  type: Type;
  required: boolean;
  optional: boolean;
  computed: boolean;
  writeOnly: boolean;
};
export type Nesting = 'single' | 'list' | 'set';
export type Block = { attributes: Attribute[]; blocks: Nested[] };
export type Nested = { name: string; block: Block; nesting: Nesting; least: number; most: number };

const bindings = join(import.meta.dirname, '../node_modules/@cdktn/provider-aws/lib');

/** What a class of the bindings is: its text, and the texts around it. */
type Source = { text: string; classes: Map<string, { base: string; body: string }> };

function read(folder: string): Source {
  const text = readFileSync(join(bindings, folder, 'index.js'), 'utf8');
  const starts = [...text.matchAll(/^class (\w+) extends ([\w.]+) \{/gm)];
  const classes = new Map(
    starts.map(({ 1: name, 2: base, index }, at) => [
      name as string,
      { base: base as string, body: text.slice(index, starts[at + 1]?.index) },
    ]),
  );
  return { text, classes };
}

/** Of a struct or resource, how each member is written: as a block or not, and in what kind of collection. */
type Written = Map<string, { block: boolean; kind: string; storage: string }>;
function written(body: string): Written {
  const members =
    /^ +(\w+): \{\n +value: .*\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)"/gm;
  return new Map(
    [...body.matchAll(members)].map(([, name, block, kind, storage]) => [
      name as string,
      { block: block === 'true', kind: kind as string, storage: storage as string },
    ]),
  );
}

/** The function that writes a struct stands before its class, by its name. */
function writtenStruct({ text }: Source, name: string): Written {
  const start = text.indexOf(`function ${name.charAt(0).toLowerCase()}${name.slice(1)}ToHclTerraform(`);
  return start < 0 ? new Map() : written(text.slice(start, text.indexOf('\n}', start)));
}

const plainTypes: Record<string, Type> = { string: 'string', number: 'number', boolean: 'bool' };

/** The type of a simple member, by how it is written, or read where nobody writes it. */
function simpleType(accessor: string, kind: string | undefined, storage = ''): Type {
  const of = plainTypes[storage.replace(/(?:List|Map)$/, '')];
  if (of && kind) return kind === 'simple' ? of : [kind, of];
  const collection = /Fn\.tolist/.test(accessor) || kind === 'set' ? 'set' : 'list';
  if (/get\w*Map(?:Attribute)?\(/.test(accessor))
    return ['map', /Number/.test(accessor) ? 'number' : /Boolean/.test(accessor) ? 'bool' : 'string'];
  if (/getNumberListAttribute/.test(accessor)) return [collection, 'number'];
  if (/getListAttribute/.test(accessor)) return [collection, 'string'];
  if (/getNumberAttribute/.test(accessor)) return 'number';
  return /getBooleanAttribute/.test(accessor) ? 'bool' : 'string';
}

/** The bindings note of each member: `// name - computed: …, optional: …, required: …`, and then how it is read. */
const member =
  /\/\/ (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n([\s\S]*?)(?=\n {4}\/\/ \w+ - computed|\n {4}\/\/ =====|\n\}\n|$)/g;

function blockOf(source: Source, name: string, how: Written): Block {
  const made: Block = { attributes: [], blocks: [] };
  for (const [, field = '', computed, optional, required, accessor = ''] of source.classes
    .get(name)
    ?.body.matchAll(member) ?? []) {
    const flags = { computed: computed === 'true', optional: optional === 'true', required: required === 'true' };
    const { block = false, kind, storage } = how.get(field) ?? {};
    const [, read, shape = storage?.endsWith('List') ? 'List' : 'OutputReference', ofSet] =
      accessor.match(/new (\w+?)(List|Map|OutputReference)\(this, ["']\w+["'](?:, (true|false))?/) ?? [];
    // Nobody refers to the blocks of a provider: they are only written.
    const struct = read ?? (block ? storage?.replace(/List$/, '') : undefined);
    const attribute = (type: Type) =>
      made.attributes.push({ name: field, type, ...flags, writeOnly: field.endsWith('_wo') && !flags.computed });
    if (!struct) {
      attribute(simpleType(accessor, kind, storage));
      continue;
    }
    const inside = writtenStruct(source, struct);
    const inner = read ? blockOf(source, `${struct}OutputReference`, inside) : onlyWritten(inside);
    if (block) {
      const single = shape === 'OutputReference';
      const nesting = single && kind === 'struct' ? 'single' : kind === 'set' ? 'set' : 'list';
      made.blocks.push({
        name: field,
        block: inner,
        nesting,
        least: flags.required ? 1 : 0,
        most: single && nesting === 'list' ? 1 : 0,
      });
      continue;
    }
    const object: Type = ['object', Object.fromEntries(inner.attributes.map(({ name, type }) => [name, type]))];
    attribute(
      shape === 'OutputReference' ? object : [shape === 'Map' ? 'map' : ofSet === 'true' ? 'set' : 'list', object],
    );
  }
  return made;
}

function onlyWritten(how: Written): Block {
  const attributes = [...how].map(([name, { kind, storage }]) => ({
    ...{ name, type: simpleType('', kind, storage), required: false, optional: true, computed: false },
    writeOnly: false,
  }));
  return { attributes, blocks: [] };
}

const kinds = { resource: '', data: 'data-', ephemeral: 'ephemeral-' };
export type Kind = keyof typeof kinds;

/** The schema of one type, as far as the bindings know it. Throws where they know no such type. */
export function schemaOf(kind: Kind, type: string): Block {
  const plain = type.replace(/_/g, '-');
  const folder = kind === 'resource' ? plain.replace(/^aws-/, '') : `${kinds[kind]}${plain}`;
  if (!existsSync(join(bindings, folder))) throw new Error(`${kind} ${type}: the bindings have no ${folder}`);
  return top(folder, /TerraformResource$|TerraformDataSource$|TerraformEphemeralResource$/);
}

export const providerSchema = (): Block => {
  const { attributes, blocks } = top('provider', /TerraformProvider$/);
  // Terraform's own.
  return { attributes: attributes.filter(({ name }) => name !== 'alias'), blocks };
};

function top(folder: string, base: RegExp): Block {
  const source = read(folder);
  const [name, found] = [...source.classes].find(([, one]) => base.test(one.base)) ?? [];
  if (!name || !found) throw new Error(`${folder}: the bindings have no class of it`);
  return blockOf(source, name, written(found.body.slice(found.body.indexOf('synthesizeHclAttributes'))));
}
