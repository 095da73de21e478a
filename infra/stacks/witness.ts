import { logsKey } from '../constructs/logs.ts';
import { network } from '../constructs/network.ts';
import type { Stack } from '../stack.ts';

/** The network of the witness. Its function is in dr-control, and the way to Seoul in data. */
export const witness: Stack = {
  name: 'witness',
  state: 'tokyo',
  places: ['witness'],
  build: (scope, ground) => {
    network(scope, ground.witness, logsKey(scope, ground.witness));
  },
};
