import { execFile, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';
import { type PipelineRun, succeeded, taskName } from '../lib/kube/objects.ts';
import { cloneService, commitAndPush, type Shown, slackMessages } from '../local/loop.ts';
import { until } from '../local/machine/process.ts';
import { pipelineRuns, taskRuns } from '../local/region/cluster.ts';
import { kubectl } from '../local/region/region.ts';
import { api, owner, secrets } from '../local/seed/seed.ts';
import { host, ports, type Region, registryFromHost, repository, seoul } from '../local/topology.ts';

/** Runs one of the repository's scripts as a user would. */
export function script(name: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(join(repository, 'scripts', name), args, {
    encoding: 'utf8',
    timeout: 900_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

/** The same, while other things go on. */
export const scriptBeside = (name: string, ...args: string[]): Promise<{ status: number | null; output: string }> =>
  new Promise((resolve) => {
    execFile(join(repository, 'scripts', name), args, { timeout: 1_200_000 }, (error, stdout, stderr) =>
      resolve({
        status: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
        output: `${stdout}${stderr}`,
      }),
    );
  });

/** Changes a service's repository by `change`, commits, pushes; the commit. */
export async function push(
  service: string,
  message: string,
  change: (folder: string) => void | Promise<void>,
): Promise<string> {
  const { folder, remove } = await cloneService(service);
  try {
    await change(folder);
    return await commitAndPush(folder, message);
  } finally {
    remove();
  }
}

export const runsOf = (commit: string) => pipelineRuns(`tickets.example/commit=${commit}`);

/** Waits for the end of the run of a commit. */
export const ended = (commit: string, seconds = 700): Promise<PipelineRun> =>
  until(
    `run of ${commit.slice(0, 12)}`,
    seconds,
    async () => {
      const [run] = await runsOf(commit);
      const condition = succeeded(run);
      return condition && condition.status !== 'Unknown' ? run : undefined;
    },
    500,
  );

export const started = (commit: string, seconds = 120): Promise<PipelineRun> =>
  until(`run of ${commit.slice(0, 12)}`, seconds, async () => (await runsOf(commit))[0]);

/** A task of the run of a commit, if that has come to it. */
export const taskOf = async (commit: string, task: string) =>
  (await taskRuns((await started(commit)).metadata.name)).find((taskRun) => taskName(taskRun) === task);

/** What the registry of a region has of a service: commits, and what is signed. */
export async function tagsOf(service: string, region: Region): Promise<string[]> {
  const answer = await fetch(`http://${registryFromHost(region)}/v2/${service}/tags/list`);
  return ((await answer.json()) as { tags: string[] }).tags;
}

export const told = async (words: string): Promise<Shown[]> =>
  (await slackMessages()).filter(({ shown }) => shown.includes(words));

export async function slackMode(mode: 'ok' | 'down' | 'hang' | '429'): Promise<void> {
  const answer = await fetch(`http://${host.bridgeAddress}:${ports.slack.port}/control`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode }),
  });
  if (!answer.ok) throw new Error(`the stand-in for Slack answered ${answer.status}: ${await answer.text()}`);
}

/** Switches the webhooks of a service's repository off or on. */
export async function webhooks(service: string, active: boolean): Promise<void> {
  const path = `/repos/${owner}/${service}/hooks`;
  for (const { id } of (await api('GET', path)) as { id: number }[]) await api('PATCH', `${path}/${id}`, { active });
}

/** Runs the job redeliver-pushes once, now, and with little patience. */
export async function redeliverPushes(): Promise<void> {
  const name = `redeliver-pushes-${Date.now()}`;
  const from = ['create', 'job', '-n', 'ci', name, '--from=cronjob/redeliver-pushes', '--dry-run=client', '-o', 'json'];
  const job = JSON.parse(await kubectl(seoul, from));
  for (const entry of job.spec.template.spec.containers[0].env)
    if (entry.name === 'PATIENCE_SECONDS') entry.value = '1';
  await kubectl(seoul, ['create', '-n', 'ci', '-f', '-'], JSON.stringify(job));
  try {
    await kubectl(seoul, ['wait', '-n', 'ci', '--for=condition=complete', `job/${name}`, '--timeout=90s']);
  } finally {
    await kubectl(seoul, ['delete', 'job', '-n', 'ci', name, '--ignore-not-found']);
  }
}

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

export interface Delivery {
  body: string | Buffer;
  headers?: Record<string, string>;
  /** Replaces the signature; undefined sends none. */
  signature?: string | undefined;
}

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
        port: ports.services.port,
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

/** Posts JSON to a service of dev, as a person's browser would. */
export async function use(service: string, path: string, body: object) {
  const { status, text } = await post(`${service}.dev.localhost`, path, JSON.stringify(body));
  return { status, answer: JSON.parse(text || '{}') as Record<string, string> };
}

/** Sends a webhook to the EventListener through the ingress; the status of the answer, or 0 where the connection was closed. */
export async function deliver(delivery: Delivery): Promise<number> {
  const signature =
    'signature' in delivery
      ? delivery.signature
      : `sha256=${createHmac('sha256', secrets().webhook).update(delivery.body).digest('hex')}`;
  const { status } = await post('hooks.localhost', '/', delivery.body, {
    'x-github-event': 'push',
    ...(signature ? { 'x-hub-signature-256': signature } : {}),
    ...delivery.headers,
  });
  return status;
}
