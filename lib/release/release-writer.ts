import { parse } from 'yaml';
import { type Backoff, RetriesExhausted, retry } from '../retry.ts';
import { oneLine, shown } from '../text.ts';
import { type Forge, ForgeFault, mainBranch } from './forge.ts';
import { ProvenanceFault } from './provenance.ts';
import { RegistryFault } from './registry.ts';
import {
  authorLimit,
  formatRelease,
  parseRelease,
  type Release,
  ReleaseFault,
  releaseFaults,
  releasePath,
  subjectLimit,
} from './releases.ts';

/**
 * The one writer of release files: the release step of the pipeline and promotion both come here. It compares what is with what
 * should be and writes only the difference, so it may be killed at any point and run again. Every write names the version it is based
 * on; whatever goes wrong, the whole read-decide-write is done anew, never the write alone.
 */
export type Change = {
  /** The repository, of the forge's owner, that holds `releases/`. */
  platform: string;
  environment: string;
  release: Release;
  /** Names this writer in the trailer `Run:` of the commit: a second process of the same name finds what the first one did. */
  run: string;
  /** Who asked for it, where it was a person. */
  by?: string;
  /**
   * Keep the present release unless the new one's commit brings something it has not, by the history of this repository. Without it
   * the release is a person's decision and is written whatever is there.
   */
  forwardIn?: string;
};

/** released: there is a commit of this run. superseded: a newer release is there. unchanged: this very release is there already. */
export type Outcome = 'released' | 'superseded' | 'unchanged';

export type Result = {
  outcome: Outcome;
  /** The commit of the platform repository that wrote the release which counts; empty where the forge names none. */
  commit: string;
  /** What was there before, if anything. */
  before: Release | undefined;
};

export type Limits = Backoff;

export const defaultLimits: Limits = { tries: 10, totalMs: 120_000, pauseMs: 250, maxPauseMs: 8_000 };

/** Thrown when the tries or the time are used up; `conflict` tells a lost race from an unreachable forge. */
export class ReleaseNotWritten extends Error {
  override name = 'ReleaseNotWritten';
  conflict: boolean;
  constructor(message: string, conflict: boolean) {
    super(message);
    this.conflict = conflict;
  }
}

/** Thrown where what was asked for does not exist, or not yet. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** Exit statuses of the programs around the writer, so that a pipeline and a person can tell what to do. */
export const exitStatus = { input: 2, refused: 3, conflict: 4, unavailable: 5, damaged: 6, unsigned: 7 } as const;

export function exitStatusOf(error: unknown): number {
  if (error instanceof Refusal) return exitStatus.input;
  if (error instanceof ReleaseNotWritten) return error.conflict ? exitStatus.conflict : exitStatus.unavailable;
  if (error instanceof ForgeFault) return error.kind === 'refused' ? exitStatus.refused : exitStatus.unavailable;
  if (error instanceof ReleaseFault) return exitStatus.damaged;
  if (error instanceof RegistryFault) return exitStatus.unavailable;
  if (error instanceof ProvenanceFault) return exitStatus.unsigned;
  return 1;
}

/** Every fault of a change, in words. */
export function changeFaults(change: Change): string[] {
  const faults = releaseFaults(change.release);
  // The environment becomes a folder: nothing but a plain name may lead there.
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(change.environment))
    faults.unshift(`environment: ${shown(change.environment)} was given, allowed is the name of a folder in releases/`);
  if (!/^[A-Za-z0-9][-\w.]{0,99}$/.test(change.platform))
    faults.push(`platform: ${shown(change.platform)} was given, allowed is the name of a repository`);
  if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(change.run) && change.run !== change.release.run)
    faults.push(`run: ${shown(change.run)} was given, allowed is a name of lower-case letters, digits, "-" and "."`);
  return faults;
}

/**
 * The message of the commit. What comes from outside stands on one line behind a word of ours, so it can neither forge a trailer nor
 * a title.
 */
export function commitMessage({ environment, release, run, by }: Change): string {
  const lines = [
    `Commit: ${release.commit}`,
    `Subject: ${oneLine(release.subject, subjectLimit)}`,
    `Author: ${oneLine(release.author, authorLimit)}`,
    ...(by === undefined ? [] : [`Promoted-by: ${oneLine(by, 200)}`, `Built-by: ${release.run}`]),
    `Digest: ${release.digest}`,
    `Run: ${run}`,
  ];
  const title = `Release ${release.service} ${release.commit.slice(0, 12)} to ${environment}`;
  return `${title}\n\n${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Whether this run wrote that commit. The digest as well: a run that is made anew under the same name may have built another image. */
const isOwn = (message: string, change: Change): boolean => {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.includes(`Run: ${change.run}`) && lines.includes(`Digest: ${change.release.digest}`);
};

/** Whether one of the environment's newest releases was of this commit, also one that others have followed. */
export async function wasReleased(
  forge: Forge,
  {
    platform,
    environment,
    service,
    commit,
  }: { platform: string; environment: string; service: string; commit: string },
): Promise<boolean> {
  const history = await forge.commits(platform, releasePath(environment, service), historyLimit);
  return history.some(({ message }) => message.split('\n').some((line) => line.trim() === `Commit: ${commit}`));
}

/** How far back a run looks for its own commit; more releases than this within one run's tries are out of reach. */
const historyLimit = 30;

/** Writes the release, or finds out why not to. Throws ReleaseNotWritten, ForgeFault (refused) or ReleaseFault (damaged file). */
export async function writeRelease(
  forge: Forge,
  change: Change,
  limits: Limits = defaultLimits,
  log: (line: string) => void = () => {},
): Promise<Result> {
  const faults = changeFaults(change);
  if (faults.length > 0) throw new ReleaseFault(`release: ${faults.join('; ')}`);
  const path = releasePath(change.environment, change.release.service);
  let written = false;

  async function once(): Promise<Result> {
    // In this order: a write of ours that arrives in between shows in the history, and never in the file alone.
    const file = await forge.readFile(change.platform, path);
    const history = await forge.commits(change.platform, path, historyLimit);
    const before = file && parseRelease(file.text, path);
    const own = history.find((commit) => isOwn(commit.message, change));
    if (own) return { outcome: 'released', commit: own.sha, before };
    const latest = history[0]?.sha ?? '';
    if (before && before.digest === change.release.digest && before.commit === change.release.commit)
      return { outcome: 'unchanged', commit: latest, before };
    if (before && change.forwardIn && !(await goesForward(forge, change.forwardIn, before, change.release)))
      return { outcome: 'superseded', commit: latest, before };
    const text = formatRelease(change.release);
    const message = commitMessage(change);
    written = true;
    const commit = await forge.writeFile(change.platform, { path, text, sha: file?.sha, message });
    return { outcome: 'released', commit, before };
  }

  return persist(once, limits, log, async () => {
    const own = written ? await lastLook() : undefined;
    return own ? { outcome: 'released', commit: own, before: undefined } : undefined;
  });

  /** The last try may have been the one that was written without a reply. */
  async function lastLook(): Promise<string | undefined> {
    const history = await forge.commits(change.platform, path, historyLimit).catch(() => []);
    return history.find((commit) => isOwn(commit.message, change))?.sha;
  }
}

/** Does `once` anew after every fault that may pass, within the limits. `rescue` has the last word before giving up. */
async function persist<T>(
  once: () => Promise<T>,
  limits: Limits,
  log: (line: string) => void,
  rescue: () => Promise<T | undefined> = async () => undefined,
): Promise<T> {
  try {
    return await retry(once, {
      backoff: limits,
      waitOf: (error) => (error instanceof ForgeFault && error.kind !== 'refused' ? (error.waitMs ?? 0) : undefined),
      onFault({ error, tries, waitMs, last }) {
        if (last) return;
        log(`${(error as ForgeFault).message}: try ${tries + 1} of ${limits.tries} in ${(waitMs / 1000).toFixed(1)} s`);
      },
    });
  } catch (error) {
    if (!(error instanceof RetriesExhausted)) throw error;
    const rescued = await rescue();
    if (rescued !== undefined) return rescued;
    const { message, kind, waitMs } = error.cause as ForgeFault;
    const asked = waitMs === undefined ? '' : `, it asks to wait ${Math.ceil(waitMs / 1000)} s`;
    const cure =
      kind === 'stale'
        ? 'others keep writing this file: run again'
        : 'run again when the forge answers; a write that arrived is found and not repeated';
    throw new ReleaseNotWritten(
      `${message} (try ${error.tries} of ${limits.tries}, ${limits.totalMs / 1000} s in all${asked}); ${cure}`,
      kind === 'stale',
    );
  }
}

/**
 * Whether the candidate brings commits that the present release has not. The same commit with another digest is a rebuild and goes
 * ahead. After a forced push the two have parted: then the one that is still on the main branch wins, and an older run that comes in
 * late does not bring back what was pushed away.
 */
async function goesForward(forge: Forge, repository: string, present: Release, candidate: Release): Promise<boolean> {
  if (present.commit === candidate.commit) return true;
  const apart = await forge.compare(repository, present.commit, candidate.commit);
  if (apart?.ahead === 0) return false;
  if (apart?.behind === 0) return true;
  // No path between them at all: another root, or a present one that git has collected, or a candidate that never was here.
  if (apart === undefined && !(await forge.hasCommit(repository, candidate.commit)))
    throw new ForgeFault(
      'refused',
      `commit ${candidate.commit} of ${candidate.service}: not in the repository ${repository} of the forge; a commit that was pushed there is allowed, and the token must be able to read it`,
    );
  const onMain = async (commit: string) => (await forge.compare(repository, mainBranch, commit))?.ahead === 0;
  return (await onMain(candidate.commit)) || !(await onMain(present.commit));
}

/** The environment that pushes reach. */
const firstEnvironment = 'dev';
const sources: Record<string, string> = { dr: 'prod' };
/** Which environment's release is promoted to another one: a standby takes over what customers have, and never what they have not seen yet. */
export const sourceOf = (environment: string): string => sources[environment] ?? firstEnvironment;

export type Promotion = {
  platform: string;
  service: string;
  environment: string;
  /** Names this promotion in the commit; every call has its own. */
  run: string;
  by: string;
  /** Whether a registry has the image of a release, `<registry>/<repository>`; it throws where that is not signed. */
  has: (image: string, release: Release) => Promise<boolean>;
};

/** Writes what dev runs of a service into another environment, or into dr what prod runs. Throws as writeRelease, and Refusal for what does not exist. */
export async function promote(
  forge: Forge,
  { platform, service, environment, run, by, has }: Promotion,
  limits: Limits = defaultLimits,
  log: (line: string) => void = () => {},
): Promise<Result & { release: Release }> {
  // What may be named is what the platform repository holds, so a new service or environment needs no line here.
  const [services, environments] = await persist(
    () =>
      Promise.all([
        forge.folders(platform, `releases/${firstEnvironment}`),
        forge.folders(platform, 'releases'),
      ] as const),
    limits,
    log,
  );
  const targets = environments.filter((name) => name !== firstEnvironment);
  const faults: string[] = [];
  const check = (what: string, given: string, allowed: string[]) => {
    if (!allowed.includes(given))
      faults.push(`${what}: ${shown(given)} was given, allowed: ${allowed.join(', ') || `none yet in ${platform}`}`);
  };
  check('service', service, services);
  check('environment', environment, targets);
  if (faults.length > 0) throw new Refusal(faults.join('; '));

  const from = sourceOf(environment);
  const source = releasePath(from, service);
  const file = await persist(() => forge.readFile(platform, source), limits, log);
  const release = file && parseRelease(file.text, source);
  if (!release)
    throw new Refusal(
      `${source}: ${from} still waits for its first release of ${service}; ${
        from === firstEnvironment
          ? `push to the main branch of ${service} and promote when it runs`
          : `scripts/promote ${service} ${from} first`
      }`,
    );
  const image = await imageOf(forge, { platform, environment, service }, limits, log);
  // Otherwise the environment would be told to run what it cannot pull: a replica that is late, or was never made.
  if (!(await has(image, release)))
    throw new Refusal(
      `${image}@${release.digest}: not in the registry of ${environment} (yet); promote again when the replica is there`,
    );
  return { ...(await writeRelease(forge, { platform, environment, release, run, by }, limits, log)), release };
}

/** Where an environment pulls a service's image from, `<registry>/<repository>`, as its rendered kustomization says. */
async function imageOf(
  forge: Forge,
  { platform, environment, service }: { platform: string; environment: string; service: string },
  limits: Limits,
  log: (line: string) => void,
): Promise<string> {
  const path = `rendered/${environment}/${service}/kustomization.yaml`;
  const file = await persist(() => forge.readFile(platform, path), limits, log);
  const images: { name?: unknown; newName?: unknown }[] | undefined =
    file && parse(file.text, { maxAliasCount: 0 })?.images;
  const image = Array.isArray(images) ? images.find(({ name }) => name === service)?.newName : undefined;
  if (typeof image !== 'string' || !/^[a-z0-9][-.:a-z0-9]*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/.test(image))
    throw new ReleaseFault(
      `${path}: names no registry for the image ${service}; npm run render, and commit what it writes`,
    );
  return image;
}
