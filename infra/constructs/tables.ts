import { DynamodbTable } from '@cdktn/provider-aws/lib/dynamodb-table/index.js';
import type { Attribute, Key, ServiceStores } from '../../apps/stores.ts';
import type { Region } from '../../overlays/overlay.ts';
import { idOf, type Scope } from '../stack.ts';
import type { Keys } from './secrets.ts';

const nameOf = (attribute: Attribute): string => (typeof attribute === 'string' ? attribute : attribute.name);
const typeOf = (attribute: Attribute): string => (typeof attribute === 'string' ? 'S' : attribute.type);
const attributesOf = ({ partition, sort }: Key): Attribute[] => [partition, ...(sort === undefined ? [] : [sort])];

/** The tables of all services. Those whose data another region has, too, are global. */
export function tables(
  scope: Scope,
  stores: readonly ServiceStores[],
  { home, replica, keys }: { home: Region; replica: Region; keys: Keys },
): void {
  for (const { environments, tables } of stores)
    for (const { name, key, indexes, expires } of tables) {
      const global = environments.some(({ region }) => region === replica.name);
      const attributes = new Map(
        [key, ...Object.values(indexes)].flatMap(attributesOf).map((one) => [nameOf(one), typeOf(one)]),
      );
      new DynamodbTable(scope.stack, `table-${idOf(name)}`, {
        provider: scope.provider(home.name),
        name,
        // Nobody knows when a sale begins.
        billingMode: 'PAY_PER_REQUEST',
        hashKey: nameOf(key.partition),
        ...(key.sort === undefined ? {} : { rangeKey: nameOf(key.sort) }),
        attribute: [...attributes].map(([attribute, type]) => ({ name: attribute, type })),
        globalSecondaryIndex: Object.entries(indexes).map(([index, { partition, sort }]) => ({
          name: index,
          hashKey: nameOf(partition),
          ...(sort === undefined ? {} : { rangeKey: nameOf(sort) }),
          projectionType: 'ALL',
        })),
        ...(expires ? { ttl: { attributeName: expires, enabled: true } } : {}),
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: keys[home.name] },
        deletionProtectionEnabled: true,
        ...(global
          ? {
              // Replicas follow the stream.
              streamEnabled: true,
              streamViewType: 'NEW_AND_OLD_IMAGES',
              replica: [
                {
                  regionName: replica.aws.region,
                  kmsKeyArn: keys[replica.name],
                  pointInTimeRecovery: true,
                  deletionProtectionEnabled: true,
                  propagateTags: true,
                },
              ],
            }
          : {}),
        lifecycle: { preventDestroy: true },
      });
    }
}
