import { services } from '../../apps/index.ts';
import { type ServiceStores, storesOf } from '../../apps/stores.ts';
import { serviceSecrets as secretsOf } from '../../apps/variables.ts';
import { environments } from '../../overlays/environments/index.ts';
import { localStores } from '../../overlays/sites/local.ts';

export type { Attribute, Key, ServiceStores } from '../../apps/stores.ts';
export type Table = ServiceStores['tables'][number];
export type Topic = ServiceStores['topics'][number];
/** A Secret of a service. Those of the same data (`of`) have the same values in every region. */
export type ServiceSecret = ReturnType<typeof secretsOf>[number];

/** All that is to exist, in every region. */
export const allStores: readonly ServiceStores[] = storesOf(services, environments);

/** The Secrets of the services. */
export const serviceSecrets: readonly ServiceSecret[] = secretsOf(services, environments, {
  stores: localStores,
});

const isIn = (region: string, { environments }: ServiceStores) => environments.some((one) => one.region === region);
/** All that is to exist in the stores of a region. */
export const wantedIn = (region: string): ServiceStores[] => allStores.filter((one) => isIn(region, one));

/** Whether data are in two regions, and so are copied to the one that does not write them. */
export const isReplicated = (data: string): boolean =>
  new Set(
    allStores
      .filter((one) => one.data === data)
      .flatMap(({ environments }) => environments.map(({ region }) => region)),
  ).size > 1;

/** The DynamoDB of a service's data: a process and a file. */
export const dynamodbOf = ({ data, service }: Pick<ServiceStores, 'data' | 'service'>): string => `${data}-${service}`;
