import { storesOf } from '../../apps/stores.ts';
import { buckets } from '../constructs/buckets.ts';
import { databases } from '../constructs/databases.ts';
import { kafka } from '../constructs/kafka.ts';
import { keyOfBoth } from '../constructs/keys.ts';
import { lookUp } from '../constructs/lookup.ts';
import { peering } from '../constructs/peering.ts';
import { secrets } from '../constructs/secrets.ts';
import { tables } from '../constructs/tables.ts';
import type { Stack } from '../stack.ts';

/** What the regions share: keys, secrets, stores, and the way between the two networks. */
export const data: Stack = {
  name: 'data',
  // Needed most when Seoul is gone.
  state: 'tokyo',
  places: ['seoul', 'tokyo', 'witness'],
  build: (scope, ground) => {
    const { seoul, tokyo } = ground.regions;
    const { witness } = ground;
    const found = { seoul: lookUp(scope, seoul), tokyo: lookUp(scope, tokyo) };
    // Tokyo asks: it is what needs the other.
    peering(scope, [
      { region: tokyo, found: found.tokyo },
      { region: seoul, found: found.seoul },
    ]);
    peering(scope, [
      { region: witness, found: lookUp(scope, witness) },
      { region: seoul, found: found.seoul },
    ]);
    const dataKeys = keyOfBoth(scope, [seoul, tokyo], 'data', 'Tables, buckets, databases and topics');
    const secretKeys = keyOfBoth(scope, [seoul, tokyo], 'secrets', 'Secrets Manager');
    const values = secrets(scope, ground, secretKeys);
    const stores = storesOf(ground.services, ground.environments);
    const where = { home: seoul, replica: tokyo, keys: dataKeys };
    tables(scope, stores, where);
    buckets(scope, stores, where);
    databases(scope, ground, found, dataKeys, secretKeys);
    for (const region of [seoul, tokyo])
      kafka(scope, region, {
        found: found[region.name],
        keys: { data: dataKeys[region.name], secrets: secretKeys[region.name] },
        stores,
        values,
      });
  },
};
