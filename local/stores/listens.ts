import { byRegion } from '../../overlays/regions/index.ts';
import { dynamodbPort, inside } from '../../overlays/sites/local.ts';
import { type Region, type RegionName, regions } from '../topology.ts';
import { dynamodbOf, type ServiceStores, wantedIn } from './wanted.ts';

export const engineNames = ['kafka', 'dynamodb', 's3', 'postgres'] as const;
export type EngineName = (typeof engineNames)[number];

/** Where the stores of a region listen. */
export type Listens = {
  region: RegionName;
  /** AWS's name of the region, which signatures have. */
  awsRegion: string;
  address: string;
  /** By which clients reach the address: a broker advertises its name. */
  hosts: Record<EngineName, string>;
  kafka: number;
  /** Of Kafka's controller, on the loopback. */
  controller: number;
  s3: number;
  /** Metrics of what copies the stores. */
  metrics: number;
  /** By data. */
  postgres: Record<string, number>;
  /** By data and service (`dynamodbOf`). */
  dynamodb: Record<string, number>;
};

const awsRegions = byRegion(({ aws }) => aws.region);

/** `stores`: what the region has. */
export function listensOf({ name, address }: Region, stores: readonly ServiceStores[] = wantedIn(name)): Listens {
  const data = new Set(stores.map((one) => one.data));
  const host = (engine: EngineName) => [engine, inside[engine][name]] as const;
  return {
    region: name,
    awsRegion: awsRegions[name],
    address,
    hosts: Object.fromEntries(engineNames.map(host)) as Record<EngineName, string>,
    kafka: inside.kafka.port,
    controller: 9093,
    s3: inside.s3.port,
    metrics: inside.metrics.stores,
    postgres: Object.fromEntries([...data].map((one) => [one, inside.postgres.ports[one]])),
    dynamodb: Object.fromEntries(
      stores
        .filter(({ tables }) => tables.length > 0)
        .map((one) => [dynamodbOf(one), dynamodbPort(one.data, one.service)]),
    ),
  };
}

export const storeNames = (region: Region): string[] => engineNames.map((engine) => inside[engine][region.name]);
/** Name → address of the stores of both regions. */
export const storeHosts = (): Record<string, string> =>
  Object.fromEntries(regions.flatMap((region) => storeNames(region).map((name) => [name, region.address])));
