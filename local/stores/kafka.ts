import type { Listens } from './listens.ts';
import type { PasswordOf } from './passwords.ts';
import { platformUser } from './settings.ts';
import type { ServiceStores, Topic } from './wanted.ts';

/** What `engines/stores/broker` makes at a broker. */
export type Broker = {
  address: string;
  user: string;
  password: string;
  topics: Topic[];
  users: { name: string; password: string }[];
  acls: Acl[];
};
export type Acl = {
  user: string;
  resource: 'topic' | 'group';
  name: string;
  /** `name` is the beginning of names. */
  prefixed: boolean;
  operations: ('read' | 'write' | 'describe')[];
};

/** A service writes and reads its own topics, reads those of others that it names, and has one consumer group. It makes none. */
export const aclsOf = ({ accounts: { kafka: user }, reads }: ServiceStores): Acl[] => {
  if (user === undefined) return [];
  return [
    { user, resource: 'topic', name: `${user}.`, prefixed: true, operations: ['read', 'write', 'describe'] },
    { user, resource: 'group', name: user, prefixed: false, operations: ['read', 'describe'] },
    ...reads.map((name): Acl => ({ user, resource: 'topic', name, prefixed: false, operations: ['read', 'describe'] })),
  ];
};

export function brokerOf(listens: Listens, stores: readonly ServiceStores[], passwordOf: PasswordOf): Broker {
  return {
    address: `${listens.hosts.kafka}:${listens.kafka}`,
    user: platformUser,
    password: passwordOf('kafka', platformUser),
    topics: stores.flatMap(({ topics }) => topics),
    users: stores.flatMap(({ accounts: { kafka: name } }) =>
      name === undefined ? [] : [{ name, password: passwordOf('kafka', name) }],
    ),
    acls: stores.flatMap(aclsOf),
  };
}
