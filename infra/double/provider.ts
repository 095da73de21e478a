import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterFailover } from './failover.ts';
import { type Block, type Kind, type Nested, providerSchema, schemaOf } from './schema.ts';
import { type Dynamic, fromDynamic, hasUnknown, madeUp, mapped, toDynamic, Unknown, type Value } from './values.ts';

// A stand-in for the AWS provider, for tests alone: its schemas are those of hashicorp/aws, and it talks to nobody. It knows none of the provider's own
// rules about values, so what passes here may still be refused by AWS.
//
//   provider.ts SOCKET REATTACH TYPES   serves the types, `<kind> <type>` by commas, at the socket, and writes the value of TF_REATTACH_PROVIDERS

const [socket, reattach, wanted] = process.argv.slice(2) as [string, string, string];
/** What ephemeral values begin with: a test looks for it where none may be. */
export const ephemeralMark = 'ephemeral-value-';

const blocks: Record<Kind, Map<string, Block>> = { resource: new Map(), data: new Map(), ephemeral: new Map() };
for (const one of wanted.split(',')) {
  const [kind, type] = one.split(' ') as [Kind, string];
  blocks[kind].set(type, schemaOf(kind, type));
}

const nestings = { single: 1, list: 2, set: 3 };
type Wire = { attributes: object[]; block_types: object[] };
const wire = ({ attributes, blocks }: Block): Wire => ({
  attributes: attributes.map(({ type, writeOnly, ...rest }) => ({
    ...rest,
    type: Buffer.from(JSON.stringify(type)),
    write_only: writeOnly,
  })),
  block_types: blocks.map(({ name, block, nesting, least, most }: Nested) => ({
    type_name: name,
    block: wire(block),
    nesting: nestings[nesting],
    min_items: least,
    max_items: most,
  })),
});
const schemas = (kind: Kind) =>
  Object.fromEntries([...blocks[kind]].map(([type, block]) => [type, { version: 0, block: wire(block) }]));

/** Of what a thing is called, the first that it has. */
const nameOf = (value: Value): string =>
  ['name', 'bucket', 'cluster_identifier', 'identifier', 'id', 'cidr_block', 'subnet_id', 'arn']
    .map((field) => value?.[field])
    .find((one) => typeof one === 'string') ?? JSON.stringify(value, (_, one) => (one instanceof Unknown ? null : one));

/** What was not given and is the provider's to say is not known yet, or stays as it was. */
function planned(type: string, prior: Value, proposed: Value): Value {
  if (proposed === null) return null;
  const visit = (member: Value, { computed, writeOnly }: { computed: boolean; writeOnly: boolean }) =>
    writeOnly ? null : member === null && computed && prior === null ? new Unknown() : member;
  return mapped(proposed, blocks.resource.get(type) as Block, visit);
}

function applied(type: string, plan: Value): Value {
  if (plan === null) return null;
  const of = { type, name: nameOf(plan) };
  return mapped(plan, blocks.resource.get(type) as Block, (member, { name, type: kind, writeOnly }) =>
    writeOnly ? null : member instanceof Unknown || hasUnknown(member) ? madeUp(name, kind, of) : member,
  );
}

/** What was looked up has all that was asked for, and what AWS would say besides. */
function found(type: string, config: Value): Value {
  const of = { type, name: nameOf(config) + JSON.stringify(config.filter ?? '') };
  return mapped(config, blocks.data.get(type) as Block, (member, { name, type: kind, computed }) =>
    member === null && computed ? madeUp(name, kind, of) : member,
  );
}

function opened(type: string, config: Value): Value {
  return mapped(config, blocks.ephemeral.get(type) as Block, (member, { computed, name }) =>
    member === null && computed && name === 'random_password'
      ? `${ephemeralMark}${randomBytes(16).toString('hex')}`
      : member,
  );
}

type Request = {
  type_name: string;
  config: Dynamic;
  current_state: Dynamic;
  prior_state: Dynamic;
  planned_state: Dynamic;
} & {
  proposed_new_state: Dynamic;
  raw_state: { json: Buffer };
};
type Answers = Record<string, (request: Request) => object>;

const answers: Answers = {
  GetSchema: () => ({
    provider: { version: 0, block: wire(providerSchema()) },
    resource_schemas: schemas('resource'),
    data_source_schemas: schemas('data'),
    ephemeral_resource_schemas: schemas('ephemeral'),
  }),
  PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
  Configure: () => ({}),
  ValidateResourceTypeConfig: () => ({}),
  ValidateDataSourceConfig: () => ({}),
  ValidateEphemeralResourceConfig: () => ({}),
  UpgradeResourceState: ({ raw_state }) => ({ upgraded_state: toDynamic(JSON.parse(raw_state.json.toString())) }),
  ReadResource: ({ type_name, current_state }) => {
    const state = fromDynamic(current_state);
    return { new_state: toDynamic(process.env.DOUBLE_AFTER_FAILOVER ? afterFailover(type_name, state) : state) };
  },
  PlanResourceChange: ({ type_name, prior_state, proposed_new_state }) => ({
    planned_state: toDynamic(planned(type_name, fromDynamic(prior_state), fromDynamic(proposed_new_state))),
    legacy_type_system: true,
  }),
  ApplyResourceChange: ({ type_name, planned_state }) => ({
    new_state: toDynamic(applied(type_name, fromDynamic(planned_state))),
    legacy_type_system: true,
  }),
  ReadDataSource: ({ type_name, config }) => ({ state: toDynamic(found(type_name, fromDynamic(config))) }),
  OpenEphemeralResource: ({ type_name, config }) => ({ result: toDynamic(opened(type_name, fromDynamic(config))) }),
  CloseEphemeralResource: () => ({}),
  GetFunctions: () => ({}),
  Stop: () => ({}),
};

const definition = loadSync(join(import.meta.dirname, 'plugin.proto'), {
  keepCase: true,
  longs: Number,
  defaults: true,
});
// biome-ignore lint/suspicious/noExplicitAny: made of the file at run time
const service = (loadPackageDefinition(definition) as any).tfplugin5.Provider.service;
const server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
server.addService(
  service,
  Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      // biome-ignore lint/suspicious/noExplicitAny: as gRPC calls it
      (call: any, done: any) => {
        try {
          done(null, answer(call.request));
        } catch (error) {
          done({ code: status.INTERNAL, message: `double: ${name}: ${(error as Error).stack}` });
        }
      },
    ]),
  ),
);
server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  const one = {
    Protocol: 'grpc',
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: 'unix', String: socket },
  };
  // OpenTofu and Terraform name the same provider by registries of their own.
  const names = ['registry.opentofu.org/hashicorp/aws', 'registry.terraform.io/hashicorp/aws'];
  writeFileSync(reattach, JSON.stringify(Object.fromEntries(names.map((name) => [name, one]))));
  console.log('ready');
});
