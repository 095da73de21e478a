import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside } from '../../overlays/sites/local.ts';
import { run } from '../machine/process.ts';
import { forgeUrl, repository } from '../topology.ts';
import { secrets } from './secrets.ts';

export const { owner } = inside.forge;
/** All services: rendering creates a release file for each. */
export const services = readdirSync(join(repository, 'releases/dev'));

/** Runs git without the configuration of user and machine. The token is in an environment variable, so that no argument or file shows it. */
export const git = (args: string[], cwd: string, token?: string) =>
  run('git', args, {
    cwd,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Platform',
      GIT_AUTHOR_EMAIL: 'platform@tickets.example',
      GIT_COMMITTER_NAME: 'Platform',
      GIT_COMMITTER_EMAIL: 'platform@tickets.example',
      GIT_CONFIG_COUNT: token ? '2' : '1',
      GIT_CONFIG_KEY_0: 'init.defaultBranch',
      GIT_CONFIG_VALUE_0: 'main',
      ...(token
        ? {
            GIT_CONFIG_KEY_1: 'http.extraHeader',
            GIT_CONFIG_VALUE_1: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
          }
        : {}),
    },
  });

export const repositoryUrl = (name: string) => `${forgeUrl}/${owner}/${name}.git`;

/** Works in a clone of a repository of the forge, which is deleted afterwards. */
export async function inClone<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  try {
    await git(['clone', '--quiet', repositoryUrl(name), folder], '/', secrets().developerToken);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commits and pushes the changes of a clone; false without any. */
export async function push(folder: string, message: string): Promise<boolean> {
  await git(['add', '--all', '.'], folder);
  if ((await git(['status', '--porcelain'], folder)).trim() === '') return false;
  await git(['commit', '--quiet', '--message', message], folder);
  await git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], folder, secrets().developerToken);
  return true;
}
