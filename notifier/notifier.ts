import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { OpenChannel } from '../alerts/webhooks.ts';
import type { PipelineRun } from '../lib/kube/objects.ts';
import type { Log } from '../lib/log.ts';
import { startAlerts } from './alerts.ts';
import { connect, type KindName, kinds } from './cluster.ts';
import { newDispatcher } from './dispatcher.ts';
import { newMetrics } from './metrics.ts';
import { configMap } from './notified-alerts.ts';
import type { Addresses } from './runs.ts';

export type NotifierSettings = {
  config: KubeConfig;
  channels: OpenChannel[];
  addresses: Addresses;
  watch: KindName[];
  log: Log;
  name: string;
  port: number;
  /** Where Alertmanager posts, and channels of its own: an alert that Slack does not take holds up no run. */
  alerts?: { port: number; channels: OpenChannel[] } | undefined;
  resyncMs?: number;
};

const FIRST_LIST_MS = 5_000;
/** A claim outlives the longest message by this. */
const CLAIM_MARGIN_MS = 30_000;

/** Starts the whole program in this process. Each channel has a dispatcher of its own, so that one that is down delays no other. */
export async function startNotifier(settings: NotifierSettings) {
  const { config, addresses, watch, log, name, port, resyncMs } = settings;
  const cluster = connect(config, log, resyncMs);
  const metrics = newMetrics(cluster.taskRuns, log);
  const channels = settings.channels.map(metrics.counted);
  const dispatchers = channels.map((channel) => {
    const claimMs = channel.longestSendMs + CLAIM_MARGIN_MS;
    return { claimMs, ...newDispatcher({ cluster, channel, addresses, log, name, claimMs }) };
  });
  const following = watch.map((of) => {
    const kind = kinds[of];
    return cluster.follow(
      kind,
      (object) => {
        for (const { enqueue } of dispatchers) enqueue(kind, object);
        if (of === 'pipelineruns') void metrics.observe(object as PipelineRun);
      },
      (object) => {
        for (const { remove } of dispatchers) remove(kind, object);
      },
    );
  });
  const isListed = () => following.every((kind) => kind.isReady());

  // What happened while no notifier ran is notified in its order, so all of it is listed first; a kind that cannot be listed does not hold
  // up the others for long.
  let stopping = false;
  const listing = (async () => {
    const end = Date.now() + FIRST_LIST_MS;
    while (!isListed() && !stopping && Date.now() < end) await sleep(20);
    for (const { start } of dispatchers) start();
  })();

  // Ready: every kind is listed and watched. Alive: the loops turn; a slow channel is no reason for a restart.
  const checks: Record<string, () => boolean> = {
    '/healthz': () => dispatchers.every(({ silentForMs, claimMs }) => silentForMs() < 2 * claimMs),
    '/readyz': isListed,
  };
  const health = createServer(({ url = '' }, response) => {
    if (url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text());
      return;
    }
    const check = Object.hasOwn(checks, url) ? checks[url] : undefined;
    const passed = check?.() ?? false;
    response
      .writeHead(check ? (passed ? 200 : 503) : 404, { 'content-type': 'text/plain' })
      .end(passed ? 'ok\n' : 'not ok\n');
  });
  await new Promise<void>((resolve, reject) => health.once('error', reject).listen(port, resolve));
  const alerts =
    settings.alerts &&
    (await startAlerts({
      channels: settings.alerts.channels.map(metrics.counted),
      ...{ log, port: settings.alerts.port, memory: configMap(config) },
    }));
  log('info', 'notifier started', { name });

  return {
    port: (health.address() as AddressInfo).port,
    alertsPort: alerts?.port,
    async stop() {
      stopping = true;
      await alerts?.stop();
      await Promise.all(following.map((kind) => kind.stop()));
      const stopped = Promise.all(dispatchers.map(({ stop }) => stop()));
      await listing;
      await stopped;
      await new Promise<void>((resolve) => {
        health.close(() => resolve());
        health.closeAllConnections();
      });
      log('info', 'notifier stopped', { name });
    },
  };
}
