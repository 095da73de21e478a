import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atOnce } from '../lib/at-once.ts';
import { type PipelineRun, resultOf, succeeded } from '../lib/kube/objects.ts';
import { follow, servedCommit } from '../local/loop.ts';
import { until } from '../local/machine/process.ts';
import { processes } from '../local/sandbox/sandbox.ts';
import { services } from '../local/seed/git.ts';
import { type Region, regions, registry, registryFromHost, repository } from '../local/topology.ts';
import { runsOf } from './cluster.ts';
import { type Change, isOfCheckout, push } from './forge.ts';
import { setSlackMode } from './slack.ts';

type Ended = { status: number | null; output: string };

/**
 * Runs one of the repository's scripts as a user would. Never in the way of this process: a process that stood still does not know
 * which of fetch's kept connections were closed meanwhile, and its next request fails on one.
 */
export const script = (name: string, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(join(repository, 'scripts', name), args, { timeout: 900_000 }, (error, stdout, stderr) =>
      resolve({
        status: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
        output: `${stdout}${stderr}`,
      }),
    );
  });

/** Brings the platform up if it is not, joins its regions, and has Slack answer: what every story starts from. */
export async function bringUp(): Promise<void> {
  const { status, output } = await script('up');
  if (status !== 0) throw new Error(output);
  await setSlackMode('ok');
}
/** A platform may have to start for a story. */
export const upMs = 600_000;

export const serves = (service: string, environment: string, commit: string, seconds = 180) =>
  until(
    `${commit.slice(0, 12)} in ${environment}`,
    seconds,
    async () => (await servedCommit(service, environment)) === commit,
  );

export type Released = { commit: string; run: PipelineRun; digest: string };
const releasedBy = (commit: string, run: PipelineRun | undefined): Released | undefined => {
  const digest = resultOf(run, 'image')?.split('@')[1];
  return run && digest && succeeded(run)?.status === 'True' ? { commit, run, digest } : undefined;
};

/** Waits until a push was released, is served in dev and was notified at each stage. */
export async function arrives(service: string, commit: string, seconds = 420): Promise<Released> {
  const { failure } = await follow(service, commit, Date.now(), seconds);
  if (failure) throw new Error(`${service} ${commit.slice(0, 12)}: ${failure}`);
  return until(`end of the run of ${commit.slice(0, 12)}`, 180, async () =>
    releasedBy(commit, (await runsOf(commit))[0]),
  );
}

export const release = async (service: string, message: string, change?: Change): Promise<Released> =>
  arrives(service, await push(service, message, change));

const servesCheckout = async (service: string): Promise<string | undefined> => {
  const commit = await servedCommit(service, 'dev');
  return commit && (await isOfCheckout(service, commit)) ? commit : undefined;
};

/** What dev serves of this checkout's service, and the run that released it. Where one of both is missing, it is released now. */
export async function released(service: string): Promise<Released> {
  const commit = await servesCheckout(service);
  const known = commit && releasedBy(commit, (await runsOf(commit))[0]);
  return known || release(service, `So that there is a release of ${service}\n`);
}

/** Has prod or dr serve this checkout's service. No run is needed: a new cluster has none, and serves what was released before. */
export async function promoted(service: string, environment: 'prod' | 'dr'): Promise<string> {
  const commit = (await servesCheckout(service)) ?? (await released(service)).commit;
  for (const next of environment === 'dr' ? ['prod', 'dr'] : ['prod']) {
    const { status, output } = await script('promote', service, next);
    if (status !== 0) throw new Error(output);
    await serves(service, next, commit);
  }
  return commit;
}

/** The same of all services. What is not released yet goes through its runs side by side. */
export const allPromoted = (environment: 'prod' | 'dr') =>
  atOnce(services.length, services, (service) => promoted(service, environment));

/** Where the registry of each region is in reach of this machine. */
export const registryUrls = Object.fromEntries(
  regions.map((region) => [registry(region), `http://${registryFromHost(region)}`] as const),
);

/** What the registry of a region has of a service: commits, and what is signed. */
export async function tagsOf(service: string, region: Region): Promise<string[]> {
  const answer = await fetch(`http://${registryFromHost(region)}/v2/${service}/tags/list`);
  return ((await answer.json()) as { tags: string[] }).tags;
}

/** The process of a region's registry; none while it is started again. */
export const registryProcess = (region: Region): number | undefined =>
  processes(region.name).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/registry-engine/registry\0');
    } catch {
      return false;
    }
  });

/** At most `width` at a time, in their order; the promise of each. None of them is unhandled if nobody waits for it yet. */
export function sideBySide<T>(width: number, work: (() => Promise<T>)[]): Promise<T>[] {
  let free = width;
  const waiting: (() => void)[] = [];
  return work.map((one) => {
    const done = (async () => {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await one();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    })();
    done.catch(() => undefined);
    return done;
  });
}
