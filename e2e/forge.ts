import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneService, commitAndPush } from '../local/loop.ts';
import { sleep, until } from '../local/machine/process.ts';
import { api } from '../local/seed/forge.ts';
import { git, owner } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { repository } from '../local/topology.ts';

/** An edit of the files of a repository. */
export type Change = (folder: string) => void;

export const shortHash = (commit: string) => commit.slice(0, 12);

/** Replaces the files of a clone by those of the service in this checkout, so that no earlier push matters. */
export function fillFromCheckout(service: string, folder: string): void {
  for (const name of readdirSync(folder)) if (name !== '.git') rmSync(join(folder, name), { recursive: true });
  cpSync(join(repository, 'services', service), folder, { recursive: true });
}

/** A clone of a repository for as long as `work` takes. */
export async function inClone<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const { folder, remove } = await cloneService(name);
  try {
    return await work(folder);
  } finally {
    remove();
  }
}

/** Pushes of one story start from each other's commit, so they take turns; what they start runs side by side. */
let turn: Promise<unknown> = Promise.resolve();

/** Pushes the service of this checkout, with `change` applied, to its main; gives the commit. */
export function push(service: string, message: string, change: Change = () => undefined): Promise<string> {
  const pushed = turn.then(() =>
    inClone(service, async (folder) => {
      fillFromCheckout(service, folder);
      // Not the message, which may be hostile: a service's own tests compare what it answers with this text.
      writeFileSync(join(folder, 'change.txt'), `Changed by a story at ${new Date().toISOString()}\n`);
      change(folder);
      return commitAndPush(folder, message);
    }),
  );
  turn = pushed.catch(() => undefined);
  return pushed;
}

/** Pushes the service of this checkout, with `change` applied, to another branch than main, which starts nothing; gives the commit. */
export const pushBranch = (service: string, branch: string, change: Change): Promise<string> =>
  inClone(service, async (folder) => {
    fillFromCheckout(service, folder);
    change(folder);
    await git(['add', '--all', '.'], folder);
    await git(['commit', '--quiet', '--allow-empty', '--message', `For ${branch}`], folder);
    await git(['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`], folder, secrets().developerToken);
    return (await git(['rev-parse', 'HEAD'], folder)).trim();
  });

export const deleteBranch = (service: string, branch: string) =>
  api('DELETE', `/repos/${owner}/${service}/branches/${branch}`);

export async function switchWebhooks(service: string, active: boolean): Promise<void> {
  const path = `/repos/${owner}/${service}/hooks`;
  for (const { id } of (await api('GET', path)) as { id: number }[]) await api('PATCH', `${path}/${id}`, { active });
}

/** Pushes while the webhooks of the service are off, so that nothing is delivered; gives the commit. */
export async function pushUnheard(service: string, pushIt: () => Promise<string>): Promise<string> {
  await switchWebhooks(service, false);
  try {
    const commit = await pushIt();
    // The forge looks for webhooks a moment after the push, when it also writes its feed.
    await until('the feed of the forge', 30, async () =>
      JSON.stringify(await api('GET', `/repos/${owner}/${service}/activities/feeds?limit=5`)).includes(commit),
    );
    await sleep(1000);
    return commit;
  } finally {
    await switchWebhooks(service, true);
  }
}

/** Whether a clone that was filled from this checkout differs from a commit in more than what a push changes each time. */
async function differs(folder: string, commit: string): Promise<boolean> {
  await git(['add', '--all', '.'], folder);
  return (await git(['diff', '--cached', '--name-only', commit, '--', '.', ':!change.txt'], folder)).trim() !== '';
}

/** Whether a commit has the service of this checkout. */
export const isOfCheckout = (service: string, commit: string): Promise<boolean> =>
  inClone(service, async (folder) => {
    fillFromCheckout(service, folder);
    // A commit that is on no branch any more is in no clone.
    return !(await differs(folder, commit).catch(() => true));
  });

/** Makes main the service of this checkout, if an earlier story left something else there. Starts no run. */
export const restoreMain = (service: string): Promise<void> =>
  inClone(service, async (folder) => {
    fillFromCheckout(service, folder);
    if (!(await differs(folder, 'HEAD'))) return;
    await pushUnheard(service, () => commitAndPush(folder, 'As it is in this checkout\n'));
  });
