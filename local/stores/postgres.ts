import type { PasswordOf } from './passwords.ts';
import { probeUser, replicationUser } from './settings.ts';
import { isReplicated, type ServiceStores } from './wanted.ts';

/** Gives a line for each thing that is there. A database is `open` while all roles may connect to it. */
export const whatIsThere = `select 'standby' where pg_is_in_recovery()
union all select 'role ' || rolname from pg_roles
union all select 'database ' || datname from pg_database
union all select 'open ' || datname from pg_database where datacl is null
union all select 'slot ' || slot_name from pg_replication_slots
union all select 'table heartbeat' where to_regclass('public.heartbeat') is not null;
`;

/**
 * The statements that make what is missing, and what that is. A standby gets all from its source. `others`: regions that have a standby of replicated
 * data.
 */
export function postgresStatements(
  there: readonly string[],
  stores: readonly ServiceStores[],
  others: readonly string[],
  passwordOf: PasswordOf,
): { statements: string[]; made: string[] } {
  if (there.includes('standby')) return { statements: [], made: [] };
  const wanted: [what: string, ...statements: string[]][] = [];
  const role = (name: string, attributes: string): [string, string] => [
    `role ${name}`,
    `create role ${name} login ${attributes}password '${passwordOf('postgres', name)}'`,
  ];
  if (stores.some(({ data }) => isReplicated(data))) {
    wanted.push(
      role(replicationUser, 'replication '),
      role(probeUser, ''),
      [
        'table heartbeat',
        'create table heartbeat (id int primary key, at timestamptz not null)',
        `alter table heartbeat owner to ${probeUser}`,
      ],
      ...others.map((name): [string, string] => [
        `slot ${name}`,
        `select from pg_create_physical_replication_slot('${name}', true)`,
      ]),
    );
  }
  for (const { database: name } of stores) {
    if (name === undefined) continue;
    wanted.push(role(name, ''), [`database ${name}`, `create database ${name} owner ${name}`]);
    // As long as all may connect to it, also one that was there.
    if (!there.includes(`database ${name}`) || there.includes(`open ${name}`))
      wanted.push([`closed ${name}`, `revoke all on database ${name} from public`]);
  }
  const missing = wanted.filter(([what]) => !there.includes(what));
  return {
    statements: missing.flatMap(([, ...statements]) => statements),
    made: missing.map(([what]) => what).filter((what) => !what.startsWith('closed')),
  };
}
