/** The notifier's entry: configuration from the environment, signals, exit status. */
import { hostname } from 'node:os';
import { KubeConfig } from '@kubernetes/client-node';
import { channels } from '../alerts/channels/index.ts';
import { longestSendMs } from '../alerts/channels/slack.ts';
import { jsonLog } from '../lib/log.ts';
import { readEnvironment } from './environment.ts';
import { startNotifier } from './notifier.ts';

const { settings, faults } = readEnvironment(process.env);
if (!settings) {
  for (const fault of faults) process.stderr.write(`notifier: ${fault}\n`);
  process.exit(2);
}
const { url, addresses, watch, kubeconfig, healthPort } = settings;
const log = jsonLog([url, new URL(url).pathname].filter((secret) => secret.length > 8));

const config = new KubeConfig();
if (kubeconfig === undefined) config.loadFromCluster();
else config.loadFromFile(kubeconfig);

const notifier = await startNotifier({
  config,
  channel: channels.slack({ url, log }),
  addresses,
  watch,
  log,
  name: hostname(), // in a pod its name, which a restarted container keeps and a new pod does not
  longestSendMs: longestSendMs(),
  port: healthPort,
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log('info', 'stopping', { signal });
    // A message in its retries is cut off shortly before the kubelet would (30 s); its claim lapses and it is told again.
    setTimeout(() => process.exit(0), 25_000).unref();
    void notifier.stop().then(() => process.exit(0));
  });
}
