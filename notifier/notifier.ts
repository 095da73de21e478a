import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Channel } from '../alerts/channels/index.ts';
import type { Log } from '../lib/log.ts';
import { connect } from './cluster.ts';
import type { Addresses } from './runs.ts';
import { type KindName, kinds, teller } from './teller.ts';

export type NotifierSettings = {
  config: KubeConfig;
  channel: Channel;
  addresses: Addresses;
  watch: KindName[];
  log: Log;
  name: string;
  /** for how long one message may take the channel */
  longestSendMs: number;
  port: number;
  resyncMs?: number;
};

const FIRST_LOOK_MS = 5_000;

/** Starts the whole program in this process. */
export async function startNotifier({
  config,
  channel,
  addresses,
  watch,
  log,
  name,
  longestSendMs,
  port,
  resyncMs,
}: NotifierSettings) {
  const cluster = connect(config, log, resyncMs);
  const claimMs = longestSendMs + 30_000;
  const telling = teller({ cluster, channel, addresses, log, name, claimMs });
  const following = watch.map((of) => {
    const kind = kinds[of];
    return cluster.follow(
      kind,
      (object) => telling.see(kind, object),
      (object) => telling.forget(kind, object),
    );
  });

  // What happened while no notifier ran is told in its order, so all of it is looked at first; a kind that cannot be listed does not hold
  // up the others for long.
  const patience = Date.now() + FIRST_LOOK_MS;
  const looking = (async () => {
    while (!following.every((kind) => kind.isReady()) && Date.now() < patience) await sleep(20);
    telling.begin();
  })();

  const health = createServer((request, response) => {
    // Ready: every kind is listed and watched. Alive: the loop turns; a slow Slack is no reason for a restart.
    const well =
      request.url === '/healthz'
        ? telling.silentFor() < 2 * claimMs
        : request.url === '/readyz' && following.every((kind) => kind.isReady());
    const known = request.url === '/healthz' || request.url === '/readyz';
    response
      .writeHead(known ? (well ? 200 : 503) : 404, { 'content-type': 'text/plain' })
      .end(well ? 'ok\n' : 'not ok\n');
  });
  await new Promise<void>((resolve, reject) => health.once('error', reject).listen(port, resolve));
  log('info', 'notifier started', { name });

  return {
    port: (health.address() as AddressInfo).port,
    async stop() {
      await Promise.all(following.map((kind) => kind.stop()));
      const told = telling.stop();
      await looking;
      await told;
      await new Promise<void>((resolve) => {
        health.close(() => resolve());
        health.closeAllConnections();
      });
      log('info', 'notifier stopped', { name });
    },
  };
}
