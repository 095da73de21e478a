import type { PasswordOf } from './passwords.ts';
import type { ServiceSecret, ServiceStores } from './wanted.ts';

/** A Secret of the namespace of an environment, with its values. */
export type AccessSecret = { namespace: string; name: string; values: Record<string, string> };

type Login = [engine: string, account: string];
/** Who signs in where, by data and the name of the Secret with the password. */
const loginsOf = ({ data, service, accounts, database }: ServiceStores): [secret: string, login: Login][] => [
  ...(accounts.kafka ? [[`${data} ${service}-kafka`, ['kafka', accounts.kafka]] as [string, Login]] : []),
  ...(accounts.key ? [[`${data} ${service}-keys`, ['s3', accounts.key]] as [string, Login]] : []),
  ...(database ? [[`${data} ${service}-postgres`, ['postgres', database]] as [string, Login]] : []),
];

/** The Secrets with their values: passwords at the stores, and for all others random digits that stay the same. */
export function accessSecrets(
  secrets: readonly ServiceSecret[],
  stores: readonly ServiceStores[],
  passwordOf: PasswordOf,
): AccessSecret[] {
  const logins = new Map(stores.flatMap(loginsOf));
  return secrets.map(({ namespace, name, keys, of }) => {
    const login = logins.get(`${of} ${name}`);
    const value = (key: string) => (login ? passwordOf(...login) : passwordOf('secret', `${of} ${name} ${key}`));
    return { namespace, name, values: Object.fromEntries(keys.map((key) => [key, value(key)])) };
  });
}

/** Where what writes data is: address and port. */
export type WriterOf = (data: string) => { address: string; port: number };

/**
 * The EndpointSlices of `<service>-db`, by which the pods of a region reach the PostgreSQL that writes. Git has the Services without them: a change of
 * the writer is no commit.
 */
export const databaseEndpoints = (region: string, stores: readonly ServiceStores[], writerOf: WriterOf): object[] =>
  stores
    .filter(({ database }) => database !== undefined)
    .flatMap(({ data, service, environments }) =>
      environments
        .filter((one) => one.region === region)
        .map(({ name: namespace }) => {
          const { address, port } = writerOf(data);
          const name = `${service}-db`;
          const managedBy = { 'endpointslice.kubernetes.io/managed-by': 'platform' };
          return {
            apiVersion: 'discovery.k8s.io/v1',
            kind: 'EndpointSlice',
            metadata: { namespace, name, labels: { 'kubernetes.io/service-name': name, ...managedBy } },
            addressType: 'IPv4',
            ports: [{ name: 'postgres', protocol: 'TCP', port }],
            endpoints: [{ addresses: [address], conditions: { ready: true } }],
          };
        }),
    );
