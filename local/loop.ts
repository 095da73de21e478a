import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { label } from '../lib/kube/labels.ts';
import { resultOf, succeeded, taskName } from '../lib/kube/objects.ts';
import { releasePath } from '../lib/release/releases.ts';
import { firstEnvironment } from '../overlays/environments/index.ts';
import { call, versionUrl } from './entrance/caller.ts';
import { sleep } from './machine/process.ts';
import { application, pipelineRuns, taskRuns } from './region/cluster.ts';
import { git, repositoryUrl } from './seed/git.ts';
import { secrets } from './seed/secrets.ts';
import { host, ports } from './topology.ts';

/** Clones a service's repository, to change and push it as its developer. */
export async function cloneService(service: string): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), `${service}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await git(['clone', '--quiet', repositoryUrl(service), folder], '/', secrets().developerToken);
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}

export interface Author {
  name: string;
  email: string;
}

/** Commits all changes and pushes them to main with plain git. Returns the new commit. */
export async function commitAndPush(
  folder: string,
  message: string,
  author: Author = { name: 'Kim Min-ji', email: 'minji@tickets.example' },
): Promise<string> {
  writeFileSync(join(folder, '.git', 'MESSAGE'), message);
  await git(['add', '--all', '.'], folder);
  // In a file: a message may exceed the length of an argument.
  await git(
    [
      '-c',
      `user.name=${author.name}`,
      'commit',
      '--quiet',
      '--cleanup=verbatim',
      `--author=${author.name} <${author.email}>`,
      '--file',
      '.git/MESSAGE',
    ],
    folder,
  );
  await git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], folder, secrets().developerToken);
  return (await git(['rev-parse', 'HEAD'], folder)).trim();
}

/** Of a request whose service may be away. Milliseconds. */
const patience = 3000;

/** The commit that a service says it was built from, through the whole entrance; undefined while nobody says one. */
export async function servedCommit(service: string, environment: string): Promise<string | undefined> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      const { status, body } = await call({ service, environment, path: '/version', patience });
      if (status !== 429) return status === 200 ? body.commit : undefined;
    } catch {
      return undefined;
    }
    // Few a second may probe, all together.
    await sleep(1000);
  }
  return undefined;
}

export interface Shown {
  at: string;
  shown: string;
}
/** The messages in the Slack stand-in's channel. */
export const slackMessages = async (): Promise<Shown[]> =>
  (await (
    await fetch(`http://${host.bridgeAddress}:${ports.slack.port}/messages`, { signal: AbortSignal.timeout(3000) })
  ).json()) as Shown[];

export const legs = [
  'PipelineRun created',
  'image pushed',
  'release committed',
  'Argo CD synced',
  'new version served',
  'Slack notified',
] as const;
export type Leg = (typeof legs)[number];

/** The course of a push: seconds until each stage was seen, and what stopped it. */
export interface Story {
  commit: string;
  run: string;
  times: Partial<Record<Leg, number>>;
  tasks: Record<string, number>;
  failure?: string;
}

/**
 * Follows a push until the service serves it and Slack is notified, for at most `seconds`.
 * @param report is called once per event
 */
export async function follow(
  service: string,
  commit: string,
  since: number,
  seconds: number,
  report: (line: string) => void = () => undefined,
  realSlack = false,
): Promise<Story> {
  const run = `${service}-main-${commit.slice(0, 12)}`;
  const story: Story = { commit, run, times: {}, tasks: {} };
  const after = () => (Date.now() - since) / 1000;
  const reach = (leg: Leg, detail = '') => {
    if (story.times[leg] !== undefined) return;
    story.times[leg] = after();
    report(`${leg}${detail ? `: ${detail}` : ''}`);
  };
  // A busy machine may fail to answer for a moment. Only the deadline is a failure; its message includes the last refusal.
  let refusal = '';
  const ask = <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.then(
      (answer) => {
        refusal = '';
        return answer;
      },
      (error: Error) => {
        refusal = `; Seoul's cluster refuses to answer: ${error.message}`;
        return undefined;
      },
    );
  while (after() < seconds) {
    const found = (await ask(pipelineRuns(`${label.commit}=${commit}`)))?.[0];
    if (found) {
      reach('PipelineRun created', found.metadata.name);
      for (const task of (await ask(taskRuns(found.metadata.name))) ?? []) {
        const name = taskName(task) ?? task.metadata.name;
        const condition = succeeded(task);
        if (!condition || condition.status === 'Unknown' || story.tasks[name] !== undefined) continue;
        story.tasks[name] = after();
        // What the tool said, where a Task hands that on.
        const why = resultOf(task, 'reason') || condition.message || condition.reason;
        report(`  ${name}: ${condition.status === 'True' ? 'done' : `failed: ${why}`}`);
        if (name === 'image-push' && condition.status === 'True') reach('image pushed', resultOf(task, 'digest') ?? '');
        if (name === 'release' && condition.status === 'True')
          reach('release committed', resultOf(task, 'outcome') ?? '');
      }
      const condition = succeeded(found);
      if (condition?.status === 'False')
        return { ...story, failure: `${condition.reason}: ${condition.message ?? ''}` };
      if (condition?.status === 'True' && resultOf(found, 'outcome') !== 'released')
        return { ...story, failure: `the release was ${resultOf(found, 'outcome')}` };
    }
    if (story.times['release committed'] !== undefined) {
      const status = (await ask(application(`${service}-${firstEnvironment.name}`)))?.status;
      const served = await servedCommit(service, firstEnvironment.name);
      if (
        status?.sync?.status === 'Synced' &&
        (served === commit || (await releasedBy(service, status.sync.revision ?? '', commit)))
      )
        reach('Argo CD synced', status.sync.revision?.slice(0, 12));
      if (served === commit) {
        reach('new version served', versionUrl(service, firstEnvironment.name));
        if (realSlack) return story;
        const shown = (await slackMessages().catch(() => [])).filter(
          (message) => message.shown.includes(commit.slice(0, 12)) || message.shown.includes(commit.slice(0, 7)),
        );
        // Two messages: the result of the run, and that dev serves it.
        if (shown.length >= 2) {
          reach('Slack notified', `${shown.length} messages`);
          return story;
        }
      }
    }
    // Polling costs the cluster, too: three loops at once that polled four times a second took a quarter of a core.
    await sleep(500);
  }
  const missing = legs.filter((leg) => story.times[leg] === undefined);
  return { ...story, failure: `not within ${seconds} s: ${missing.join(', ')}${refusal}` };
}

/** Cache: the content of a revision of the platform repository never changes. */
const known = new Map<string, string>();
/** Whether a revision of the platform repository has the release of a commit; false while the forge does not reply. */
async function releasedBy(service: string, revision: string, commit: string): Promise<boolean> {
  if (!revision) return false;
  const file = `${releasePath(firstEnvironment.name, service)}?ref=${revision}`;
  if (!known.has(file)) {
    const { developerToken } = secrets();
    const answer = await fetch(
      `http://${host.bridgeAddress}:${ports.forge.port}/api/v1/repos/tickets/platform/raw/${file}`,
      { headers: { authorization: `token ${developerToken}` }, signal: AbortSignal.timeout(3000) },
    ).catch(() => undefined);
    if (answer?.ok) known.set(file, await answer.text());
  }
  return known.get(file)?.includes(commit) ?? false;
}
