import type { Service } from './service.ts';
import { bucket, table } from './stores.ts';

/** Lists the live channels. */
export const live: Service = {
  name: 'live',
  stack: 'python',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
  // Heartbeat files of the Gunicorn workers.
  writableTmp: '64Mi',
  uses: {
    channels: table({
      key: { partition: 'id' },
      actions: ['GetItem', 'PutItem', 'Query', 'UpdateItem'],
      indexes: {
        month: { partition: 'month', sort: 'openedAtId' },
        show: { partition: 'show', sort: 'openedAtId' },
      },
    }),
    recordings: bucket({ actions: ['GetObject', 'ListBucket', 'PutObject'] }),
  },
  // A channel's id is made of its caller's key with this one, so that opening it again gives the same.
  secrets: { CHANNEL_KEY: { secret: 'live-channel-key', key: 'key', for: 'channels' } },
};
