import * as v from 'valibot';
import { faultText } from '../lib/errors.ts';
import { migrationName } from '../lib/release/releases.ts';
import { shown } from '../lib/text.ts';
import { databaseHost, entranceNames, tableName } from '../overlays/names.ts';
import type { Overlay } from '../overlays/overlay.ts';
import { dynamodbPort } from '../overlays/sites/local.ts';
import { stacks } from '../pipelines/deliver/stacks.ts';
import { type Service, withValues } from './service.ts';
import { bucketActions, isStoreVariable, type Key, storeSecrets, storeVariable, tableActions } from './stores.ts';

// Leaves room for `-main-<12 digits>` and the suffixes of pods in a label of 63 characters.
const nameLimit = 40;
/** Hosts and repositories of the platform itself, which a service must not take. */
const reserved = ['argocd', 'forge', 'hooks', 'platform', 'registry', 'slack', 'sonarqube', ...entranceNames];
/** Of the 63 characters of a bucket's name, what data, account and region leave. */
const bucketLimit = 28;

/** Millicores, or mebibytes. */
const amountOf = (text: string): number =>
  text.endsWith('m') || text.endsWith('Mi')
    ? Number.parseInt(text, 10)
    : Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 : 1000);

const text = (pattern: RegExp, allowed: string) => v.pipe(v.string(allowed), v.regex(pattern, allowed));
const whole = (least: number, most: number, allowed: string) =>
  v.pipe(v.number(allowed), v.integer(allowed), v.minValue(least, allowed), v.maxValue(most, allowed));
const record = <const E extends v.ObjectEntries>(entries: E, cure = 'take it out, or correct its name') =>
  v.strictObject(entries, `${Object.keys(entries).join(', ')}; ${cure}`);

const cpu = text(/^[1-9][0-9]*m?$/, 'such as "50m" or "1"; set it');
const memory = text(/^[1-9][0-9]*[MG]i$/, 'such as "64Mi" or "1Gi"; set it');
const name = `a DNS label of at most ${nameLimit}: a letter first, then lower-case letters, digits and "-"; rename it`;
const port = 'a whole number from 1024 to 65535; let it listen there: a user other than root cannot open a lower one';
const variable = text(/^[A-Z][A-Z0-9_]*$/, 'capital letters, digits and "_"; rename it: it is an environment variable');
const plain = 'text of 1 to 4096 characters without "$(", which Kubernetes would replace; correct it, or take it out';
const env = v.record(
  variable,
  v.pipe(
    v.string(plain),
    v.check((value) => value.length > 0 && value.length <= 4096 && !value.includes('$('), plain),
  ),
  'values by environment variable; correct it',
);
const path = text(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'a path such as "/tickets"; correct it');
const storeName = text(
  /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/,
  'lower-case letters and digits, with "-" or "." between them; rename it',
);

const attributeName = text(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'an attribute: letters, digits and "_"; rename it');
const attribute = v.union(
  [attributeName, record({ name: attributeName, type: v.literal('N', '"N", a number; take it out for a text') })],
  'an attribute such as "id", or { name: "at", type: "N" } if it is a number; correct it',
);
const key = record({ partition: attribute, sort: v.optional(attribute) }, 'give it the attributes of a key');
const actionsOf = (all: readonly string[]) => {
  const allowed = `one or more of ${all.join(', ')}, each once; list what the service calls`;
  return v.pipe(
    v.array(v.picklist(all, allowed), allowed),
    v.minLength(1, allowed),
    v.check((some) => new Set(some).size === some.length, allowed),
  );
};
const words = 'arguments of the image, such as ["migrate"]; set them';
const store = v.variant(
  'kind',
  [
    record({
      kind: v.literal('postgres'),
      migrate: v.pipe(v.array(v.pipe(v.string(words), v.nonEmpty(words)), words), v.nonEmpty(words)),
    }),
    record({
      kind: v.literal('table'),
      key,
      actions: actionsOf(tableActions),
      indexes: v.optional(v.record(storeName, key, 'keys by the name of an index; correct it')),
      expires: v.optional(attributeName),
    }),
    record({ kind: v.literal('bucket'), actions: actionsOf(bucketActions) }),
    record({
      kind: v.literal('topic'),
      partitions: whole(1, 100, 'a whole number from 1 to 100; set it: more replicas than that do not read at once'),
      hours: whole(1, 8760, 'a whole number from 1 to 8760; set it: an event is gone after them'),
    }),
    record({
      kind: v.literal('reads'),
      topic: record({ service: v.string('the name of a service; set it'), name: v.string('a topic of it; set it') }),
    }),
  ],
  'what postgres(), table(), bucket(), topic() and reads() make; use one of them',
);

/** Messages say what is allowed, and the cure. Types are checked too: Node runs TypeScript without the compiler. */
const common = {
  resources: record({ requests: record({ cpu, memory }), limits: record({ cpu: v.optional(cpu), memory }) }, 'set it'),
  writableTmp: v.optional(memory),
  env: v.optional(env),
  secrets: v.optional(
    v.record(
      variable,
      record({
        secret: text(/^[a-z][-a-z0-9]{0,61}[a-z0-9]$/, 'a name such as "ticket-key"; rename it'),
        key: text(/^[A-Za-z0-9._-]{1,253}$/, 'letters, digits, ".", "_" and "-"; rename it'),
        for: v.optional(v.string('the name of a store; correct it')),
      }),
      'Secrets by environment variable; correct it',
    ),
  ),
  calls: v.optional(
    v.record(
      variable,
      record({ service: v.any(), path, insteadOf: v.optional(v.string('the name of a topic; correct it')) }),
      'services by environment variable; correct it',
    ),
  ),
  uses: v.optional(v.record(storeName, store, 'stores by name; correct it')),
};
const named = {
  name: v.pipe(text(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, name), v.maxLength(nameLimit, name)),
  stack: v.picklist(
    Object.keys(stacks),
    `${Object.keys(stacks).join(', ')}; choose one: it decides the image that tests the service`,
  ),
};
const serving = record({
  ...named,
  port: whole(1024, 65535, port),
  ...common,
  health: v.optional(record({ live: v.optional(path), ready: v.optional(path) })),
  holders: v.optional(v.literal(true, 'true, or nothing; correct it')),
  slowStart: v.optional(whole(121, 900, 'a whole number of seconds from 121 to 900; without it a service has 120')),
  kind: v.optional(v.literal('worker', '"worker", which has no port, or nothing; correct it')),
});
const worker = record(
  { ...named, kind: v.literal('worker'), ...common },
  'take it out: a worker has no port, so nothing asks it; or correct its name',
);
const cron = 'five fields of cron, in UTC, such as "*/5 * * * *"; correct it';
const scheduled = record(
  { ...named, schedule: text(/^[0-9*][0-9*,/-]*(?: [0-9*][0-9*,/-]*){4}$/, cron), ...common },
  'take it out: what runs on a schedule has no port; or correct its name',
);
const definitionOf = (given: unknown) => {
  const { kind, schedule } = Object(given) as { kind?: unknown; schedule?: unknown };
  if (schedule !== undefined) return scheduled;
  return kind === 'worker' ? worker : serving;
};

type Found = readonly [what: string, given: unknown, allowed: string];

/** Requests over their limits. */
function* resourceFaults({ requests, limits }: Service['resources']): Generator<Found> {
  for (const key of ['cpu', 'memory'] as const) {
    const [request, limit] = [requests[key], limits[key]];
    if (limit !== undefined && amountOf(request) > amountOf(limit))
      yield [`resources.requests.${key}`, request, `at most the limit ${limit}; lower it, or raise the limit`];
  }
}

/** A name may be text for one key and a number for another in no table. */
function* attributeFaults(at: string, keys: readonly Key[]): Generator<Found> {
  const types = new Map<string, string>();
  for (const { partition, sort } of keys)
    for (const attribute of [partition, ...(sort === undefined ? [] : [sort])]) {
      const { name, type } = typeof attribute === 'string' ? { name: attribute, type: 'S' } : attribute;
      if ((types.get(name) ?? type) !== type) yield [at, name, 'one type for an attribute in all keys; choose one'];
      types.set(name, type);
    }
}

/** The entries of a field of another service of the list, which may be anything. */
const entriesOf = (service: unknown, field: 'uses' | 'secrets'): [string, Record<string, unknown>][] =>
  Object.entries(Object(Object(service)[field])).map(([key, value]) => [key, Object(value)]);

/** Faults of what a service stores in. */
function* storeFaults({ name, uses = {} }: Service, services: readonly Service[]): Generator<Found> {
  const variables = new Map<string, string>();
  const [database] = Object.keys(uses).filter((key) => uses[key]?.kind === 'postgres');
  for (const [key, store] of Object.entries(uses)) {
    const at = `uses.${key}`;
    const { kind } = store;
    const topical = kind === 'topic' || kind === 'reads';
    if (key.includes('.') && !topical) yield [at, key, 'a name without "." for all but topics; rename it'];
    const variable = `${topical ? 'topic' : kind} ${storeVariable(key)}`;
    const other = variables.get(variable);
    if (other !== undefined) yield [at, key, `another name than ${other}, whose variable is the same; rename one`];
    variables.set(variable, key);
    if (kind === 'postgres' && key !== database)
      yield [at, 'a second postgres', 'one database for each service; use a schema of the first'];
    if (kind === 'bucket' && name.length + key.length > bucketLimit)
      yield [at, key, `at most ${bucketLimit} characters with the name of the service; shorten it`];
    if (kind === 'table') yield* attributeFaults(at, [store.key, ...Object.values(store.indexes ?? {})]);
    if (kind === 'table' || kind === 'bucket') {
      // With "-" in the names of services and stores, two of them may make one name.
      const full = (service: string, key: string) => tableName({ data: 'prod', service }, key);
      const same = services.find(
        (one) =>
          one.name !== name &&
          entriesOf(one, 'uses').some(
            ([its, { kind }]) => kind === store.kind && full(one.name, its) === full(name, key),
          ),
      );
      if (same) yield [at, key, `no name that makes ${full(name, key)}, which ${same.name} has; rename one`];
    }
    if (kind === 'reads') yield* readerFaults(at, name, store.topic, services);
  }
}

/** Faults of a topic that a service reads of another one. */
function* readerFaults(
  at: string,
  reader: string,
  topic: { service: string; name: string },
  services: readonly Service[],
): Generator<Found> {
  const writer = services.find((one) => one.name === topic.service);
  const topics = entriesOf(writer, 'uses').flatMap(([key, { kind }]) => (kind === 'topic' ? [key] : []));
  if (topic.service === reader) yield [at, reader, 'another service; a service reads its own topics without it'];
  else if (!writer) yield [`${at}.topic.service`, topic.service, 'a service of the list; correct it'];
  else if (!topics.includes(topic.name))
    yield [`${at}.topic.name`, topic.name, `${topics.join(', ') || 'nothing'} of ${writer.name}; correct it`];
}

/** Faults of names that the environment of a pod has. */
function* variableFaults(
  { name, env = {}, secrets = {}, calls = {}, uses = {} }: Service,
  services: readonly Service[],
): Generator<Found> {
  const given = { env, secrets, calls };
  const from = new Map<string, string>();
  for (const [field, variables] of Object.entries(given))
    for (const variable of Object.keys(variables)) {
      const other = from.get(variable);
      if (other) yield [`${field}.${variable}`, variable, `a name that ${other} does not have; rename one`];
      if (isStoreVariable(variable))
        yield [`${field}.${variable}`, variable, 'no name that the platform gives; rename it, or list a store'];
      from.set(variable, field);
    }
  const ofStores = new Map(
    services.flatMap((one) => Object.values(storeSecrets(one.name)).map((secret) => [secret.name, one.name] as const)),
  );
  for (const [variable, secret] of Object.entries(secrets)) {
    const at = `secrets.${variable}.secret`;
    const other = services.find(
      (one) => one.name !== name && entriesOf(one, 'secrets').some(([, its]) => its.secret === secret.secret),
    );
    if (!secret.secret.startsWith(`${name}-`))
      yield [at, secret.secret, `a name that begins with "${name}-"; rename it: each service has its own`];
    else if (other) yield [at, secret.secret, `a name that ${other.name} does not have; rename one`];
    const owner = ofStores.get(secret.secret);
    if (owner) yield [at, secret.secret, `no name of a Secret of the stores of ${owner}; rename it`];
    if (secret.for !== undefined && !Object.hasOwn(uses, secret.for))
      yield [`secrets.${variable}.for`, secret.for, `${Object.keys(uses).join(', ') || 'nothing'}; correct it`];
  }
}

/** Faults between fields and between services, each as field, value, and what is allowed with the cure. */
function* crossFaults(service: Service, index: number, services: readonly Service[]): Generator<Found> {
  const { name, resources, calls = {}, uses = {} } = service;
  if (reserved.includes(name))
    yield ['name', name, `one that is not of the platform itself (${reserved.join(', ')}); rename it`];
  const first = services.findIndex((other) => Object(other).name === name);
  if (first < index)
    yield ['name', name, `a name of its own, service ${first + 1} is called so; rename one, or list it once`];
  const owner = services.find(
    (other) =>
      entriesOf(other, 'uses').some(([, { kind }]) => kind === 'postgres') &&
      [databaseHost(other.name), migrationName(other.name)].includes(name),
  );
  if (owner) yield ['name', name, `no name that the database of ${owner.name} has; rename it`];
  const hasTable = (one: Service) => entriesOf(one, 'uses').some(([, { kind }]) => kind === 'table');
  const port = (one: Service) => dynamodbPort('dev', String(one.name));
  const same = services
    .slice(0, index)
    .find((one) => one.name !== name && hasTable(one) && port(one) === port(service));
  if (same && hasTable(service))
    yield [
      'name',
      name,
      `no name that gives its tables the port of those of ${same.name} on the embedded platform; rename it`,
    ];
  yield* resourceFaults(resources);
  yield* variableFaults(service, services);
  for (const [variable, call] of Object.entries(calls)) {
    if (call.service === (service as unknown) || !services.includes(call.service as Service))
      yield [`calls.${variable}.service`, Object(call.service).name, 'another service of the list; list it'];
    else if (call.service.port === undefined)
      yield [`calls.${variable}.service`, call.service.name, 'a service with a port; nobody calls one without'];
    if (call.insteadOf !== undefined && uses[call.insteadOf]?.kind !== 'topic')
      yield [`calls.${variable}.insteadOf`, call.insteadOf, 'a topic of its own uses; correct it'];
  }
  yield* storeFaults(service, services);
}

const list = (where: string, found: Iterable<Found>): string[] =>
  [...found].map(([what, given, allowed]) => faultText({ where, what, given, allowed }));
const issuesOf = (issues: readonly v.BaseIssue<unknown>[], otherwise: string): Found[] =>
  issues.map((issue) => [v.getDotPath(issue) ?? otherwise, issue.input, issue.message]);

/** All faults of the service definitions. */
export const serviceFaults = (services: readonly unknown[]): string[] =>
  services.flatMap((given, index) => {
    const { name } = Object(given) as { name?: unknown };
    const where = `apps/index.ts: service ${index + 1}${typeof name === 'string' && name ? ` (${shown(name)})` : ''}`;
    const { success, issues = [] } = v.safeParse(definitionOf(given) as typeof serving, given);
    // The others of the list may be anything.
    const others = services.map((other) => Object(other) as Service);
    return list(where, success ? crossFaults(given as Service, index, others) : issuesOf(issues, 'definition'));
  });

const values = record({
  env: v.optional(env),
  resources: v.optional(
    record({
      requests: v.optional(record({ cpu: v.optional(cpu), memory: v.optional(memory) })),
      limits: v.optional(record({ cpu: v.optional(cpu), memory: v.optional(memory) })),
    }),
  ),
});

/** All faults of the values that environments give to these services, whose definitions have none. */
export const overlayFaults = (
  services: readonly Service[],
  environments: readonly Pick<Overlay, 'name' | 'services'>[],
): string[] =>
  environments.flatMap((overlay) =>
    Object.entries(overlay.services ?? {}).flatMap(([name, given]) => {
      const where = `overlays/environments/${overlay.name}.ts: services.${name}`;
      const service = services.find((one) => one.name === name);
      if (!service)
        return list(where, [['service', name, `${services.map((one) => one.name).join(', ')}; correct it`]]);
      const { success, issues = [] } = v.safeParse(values, given);
      if (!success) return list(where, issuesOf(issues, 'values'));
      const known = Object.keys(service.env ?? {});
      const unknown = Object.keys(given.env ?? {}).filter((variable) => !known.includes(variable));
      return list(where, [
        ...unknown.map(
          (variable): Found => [
            `env.${variable}`,
            variable,
            `${known.join(', ') || 'nothing'}; give it to apps/${name}.ts first, for all environments`,
          ],
        ),
        ...resourceFaults(withValues(service, given).resources),
      ]);
    }),
  );
