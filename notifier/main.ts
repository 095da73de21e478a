/** The notifier's entry: configuration from the environment, signals, exit status. */
import { hostname } from 'node:os';
import { KubeConfig } from '@kubernetes/client-node';
import { openChannels, secretsOf } from '../alerts/webhooks.ts';
import { jsonLog } from '../lib/log.ts';
import { readEnvironment } from './environment.ts';
import { startNotifier } from './notifier.ts';
import { shutdownMs } from './shutdown.ts';

const { settings, faults } = readEnvironment(process.env);
if (!settings) {
  for (const fault of faults) process.stderr.write(`notifier: ${fault}\n`);
  process.exit(2);
}
const { webhooks, addresses, watch, kubeconfig, healthPort, alertsPort } = settings;
const log = jsonLog(secretsOf(webhooks));

const config = new KubeConfig();
if (kubeconfig === undefined) config.loadFromCluster();
else config.loadFromFile(kubeconfig);

const notifier = await startNotifier({
  config,
  channels: openChannels(webhooks, log),
  addresses,
  watch,
  log,
  name: hostname(), // in a pod its name, which a restarted container keeps and a new pod does not
  port: healthPort,
  alerts: alertsPort === undefined ? undefined : { port: alertsPort, channels: openChannels(webhooks, log) },
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log('info', 'stopping', { signal });
    setTimeout(() => process.exit(0), shutdownMs).unref();
    void notifier.stop().then(() => process.exit(0));
  });
}
