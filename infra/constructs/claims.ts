import { DynamodbTable } from '@cdktn/provider-aws/lib/dynamodb-table/index.js';
import type { Place, Scope } from '../stack.ts';

/** A table of items that programs write on condition, by their `id`: who has a lock, what was sent. `expires`: the attribute with their end. */
export const claims = (
  scope: Scope,
  place: Place,
  { id, name, expires }: { id: string; name: string; expires?: string },
  kmsKeyArn: string,
): DynamodbTable =>
  new DynamodbTable(scope.stack, id, {
    provider: scope.provider(place),
    name,
    billingMode: 'PAY_PER_REQUEST',
    hashKey: 'id',
    attribute: [{ name: 'id', type: 'S' }],
    ...(expires ? { ttl: { attributeName: expires, enabled: true } } : {}),
    pointInTimeRecovery: { enabled: true },
    serverSideEncryption: { enabled: true, kmsKeyArn },
    deletionProtectionEnabled: true,
    lifecycle: { preventDestroy: true },
  });
