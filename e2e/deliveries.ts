import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { sleep } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { secrets, webhookOf } from '../local/seed/secrets.ts';
import { ports, seoul } from '../local/topology.ts';
import { object } from './cluster.ts';

/** A push event as the forge sends it. */
export const event = (service: string, commit: string, more: object = {}) => ({
  ref: 'refs/heads/main',
  before: '1'.repeat(40),
  after: commit,
  commits: [],
  head_commit: { id: commit, message: 'From a test', author: { name: 'Test', email: 'test@tickets.example' } },
  repository: {
    name: service,
    full_name: `tickets/${service}`,
    clone_url: `http://forge.internal:3000/tickets/${service}.git`,
  },
  pusher: { login: 'developer', username: 'developer' },
  sender: { login: 'developer', username: 'developer' },
  ...more,
});

export type Delivery = {
  body: string | Buffer;
  headers?: Record<string, string>;
  /** The service whose secret signs it. */
  signedBy?: string;
  /** Replaces the signature; undefined sends none. */
  signature?: string | undefined;
};

/** Posts to a host of Seoul's ingress; status 0 where the connection was closed. */
const post = (
  host: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> =>
  new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: ports.seoul.port,
        method: 'POST',
        path,
        headers: { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      },
      (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    asked.on('error', () => resolve({ status: 0, text: '' }));
    asked.end(body);
  });

/** Sends a webhook to the EventListener through the ingress, again while that takes no more; the status of the answer, or 0 where the connection was closed. */
export async function deliver(delivery: Delivery): Promise<number> {
  for (;;) {
    const status = await deliverOnce(delivery);
    if (status !== 429) return status;
    await sleep(250);
  }
}

/** As the forge signs a delivery of a service. */
export const signatureOf = (body: string | Buffer, service: string): string =>
  `sha256=${createHmac('sha256', webhookOf(secrets(), service)).update(body).digest('hex')}`;

export async function deliverOnce(delivery: Delivery): Promise<number> {
  const signature =
    'signature' in delivery ? delivery.signature : signatureOf(delivery.body, delivery.signedBy ?? 'ticket');
  const { status } = await post('hooks.localhost', '/', delivery.body, {
    'x-github-event': 'push',
    ...(signature ? { 'x-hub-signature-256': signature } : {}),
    ...delivery.headers,
  });
  return status;
}

/** Runs the job that redelivers pushes once, now, and with little patience. */
export async function redeliverPushes(): Promise<void> {
  const name = `redeliver-pushes-${Date.now()}-${Math.floor(Math.random() * 1000)}`;
  const { spec } = await object(seoul, 'cronjob', 'redeliver-pushes', '-n', 'ci');
  const { metadata, spec: jobSpec } = spec.jobTemplate;
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { ...metadata, name }, spec: jobSpec };
  for (const entry of job.spec.template.spec.containers[0].env)
    if (entry.name === 'PATIENCE_SECONDS') entry.value = '1';
  await kubectl(seoul, ['create', '-n', 'ci', '-f', '-'], JSON.stringify(job));
  try {
    await kubectl(seoul, ['wait', '-n', 'ci', '--for=condition=complete', `job/${name}`, '--timeout=90s']);
  } finally {
    await kubectl(seoul, ['delete', 'job', '-n', 'ci', name, '--ignore-not-found']);
  }
}
