import { parse } from 'yaml';
import { faultText, UserError } from '../errors.ts';
import { type Backoff, RetriesExhausted, retry } from '../retry.ts';
import { oneLine, unlinked } from '../text.ts';
import { exitStatus } from './exit-status.ts';
import { type Forge, type ForgeCommit, ForgeFault, mainBranch } from './forge.ts';
import {
  authorLimit,
  formatRelease,
  parseRelease,
  type Release,
  ReleaseFault,
  releaseFaults,
  releasePath,
  robot,
  subjectLimit,
} from './releases.ts';

/**
 * The one writer of release files, for the release step of the pipeline and for promotion. It is idempotent: it may be killed at any
 * point and run again. Every write names the version of the file that it replaces; after a fault the whole read-decide-write is
 * retried, never the write alone.
 */
export type Change = {
  /** The repository with `releases/`, of the forge's owner. */
  platform: string;
  environment: string;
  release: Release;
  /** Identifies this writer in the trailer `Run:` of the commit. A second process of the same run finds the first one's commit. */
  run: string;
  /** The person who promotes; undefined for a run. */
  by?: string;
  /**
   * The repository of the service: its main branch has to have the commit, and of what was ever released here and is still on it, the
   * commit has to be the newest. Without it the release is a person's decision and is written in any case.
   */
  onlyNewerIn?: string;
};

/** released: this run has a commit. superseded: a newer release is there. unchanged: this very release is there. */
export type Outcome = 'released' | 'superseded' | 'unchanged';

export type Result = {
  outcome: Outcome;
  /** The commit of the platform repository that wrote the effective release; empty if the forge names none. */
  commit: string;
  /** The release before this one, if any. */
  before: Release | undefined;
};

export type Limits = Backoff;

export const defaultLimits: Limits = { tries: 10, totalMs: 120_000, pauseMs: 250, maxPauseMs: 8_000 };

/**
 * Releases that the forge is asked about in one decision: a question for each forced push, and where histories have nothing in common, for
 * each release. After that only releases that main has count, which may release less than it could.
 */
const mostQuestions = 20;

/** The tries or the time are used up; `conflict`: by a lost race, and not by an unreachable forge. */
export class ReleaseNotWritten extends UserError {
  override name = 'ReleaseNotWritten';
  readonly conflict: boolean;
  constructor(message: string, conflict: boolean) {
    super(message, conflict ? exitStatus.conflict : exitStatus.unavailable);
    this.conflict = conflict;
  }
}

/** Every fault of a change, a line each. */
export function changeFaults(change: Change): string[] {
  const faults = releaseFaults(change.release);
  // The environment becomes a folder: only a plain name may name it.
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(change.environment))
    faults.unshift(
      faultText({ what: 'environment', given: change.environment, allowed: 'the name of a folder in releases/' }),
    );
  if (!/^[A-Za-z0-9][-\w.]{0,99}$/.test(change.platform))
    faults.push(faultText({ what: 'platform', given: change.platform, allowed: 'the name of a repository' }));
  if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(change.run) && change.run !== change.release.run)
    faults.push(
      faultText({ what: 'run', given: change.run, allowed: 'a name of lower-case letters, digits, "-" and "."' }),
    );
  return faults;
}

/**
 * The commit message. Untrusted text stands on one line behind a key of ours, so it can forge neither a trailer nor a title, and the
 * forge finds no reference in it.
 */
export function commitMessage({ environment, release, run, by }: Change): string {
  const lines = [
    `Commit: ${release.commit}`,
    `Subject: ${unlinked(oneLine(release.subject, subjectLimit))}`,
    `Author: ${unlinked(oneLine(release.author, authorLimit))}`,
    ...(by === undefined ? [] : [`Promoted-by: ${oneLine(by, 200)}`, `Built-by: ${release.run}`]),
    `Digest: ${release.digest}`,
    `Run: ${run}`,
  ];
  const title = `Release ${release.service} ${release.commit.slice(0, 12)} to ${environment}`;
  return `${title}\n\n${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Whether this run wrote that commit. The digest counts too: a new run of the same name may have built another image. */
const isOwn = (message: string, change: Change): boolean => {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.includes(`Run: ${change.run}`) && lines.includes(`Digest: ${change.release.digest}`);
};

const commitTrailer = /^Commit: ([0-9a-f]{40})$/m;
/** The commit of the service that a commit of the platform repository released; undefined where a person wrote the file. */
const releasedBy = ({ message }: ForgeCommit): string | undefined => commitTrailer.exec(message)?.[1];

/** The commits that wrote a release file, newest first, read as far as they are asked for. `first` is the first page of them. */
async function* historyOf(forge: Forge, platform: string, path: string, first?: ForgeCommit[]) {
  let found = first ?? (await forge.commits(platform, path));
  for (let page = 2; found.length > 0; page++) {
    yield* found;
    found = await forge.commits(platform, path, page);
  }
}

/** Whether this commit was ever released to the environment, superseded or not. */
export async function wasReleased(
  forge: Forge,
  {
    platform,
    environment,
    service,
    commit,
  }: { platform: string; environment: string; service: string; commit: string },
): Promise<boolean> {
  for await (const entry of historyOf(forge, platform, releasePath(environment, service)))
    if (releasedBy(entry) === commit) return true;
  return false;
}

/**
 * The release that an environment has, and the commits of its last releases, `count` of them, and of this one. Throws a ReleaseFault if there is no release
 * file, so that nobody takes a name that is wrong for a service that was never released.
 */
export async function lastReleases(
  forge: Forge,
  { platform, environment, service }: { platform: string; environment: string; service: string },
  count: number,
): Promise<{ present: Release | undefined; commits: string[] }> {
  const path = releasePath(environment, service);
  const file = await forge.readFile(platform, path);
  if (!file) throw new ReleaseFault(`${path}: given no such file in ${platform}, allowed a release file; render it`);
  const present = parseRelease(file.text, service, path);
  const commits = new Set<string>();
  for await (const entry of historyOf(forge, platform, path)) {
    const commit = releasedBy(entry);
    if (commit) commits.add(commit);
    if (commits.size >= count) break;
  }
  // A person may have brought back one from before.
  if (present) commits.add(present.commit);
  return { present, commits: [...commits] };
}

/** Whether the release that an environment has is the pipeline's, and not put there by a person, as in a rollback. */
export async function isPipelines(
  forge: Forge,
  { platform, environment, service }: { platform: string; environment: string; service: string },
): Promise<boolean> {
  return (await forge.commits(platform, releasePath(environment, service)))[0]?.committer === robot.name;
}

/** Throws ReleaseNotWritten, ForgeFault (refused) or ReleaseFault (invalid release, damaged file). */
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
    const repository = change.onlyNewerIn;
    // The file first: a write of ours that arrives between the two requests then shows in the history, never in the file alone.
    const file = await forge.readFile(change.platform, path);
    const history = await forge.commits(change.platform, path);
    const before = file && parseRelease(file.text, change.release.service, path);
    const latest = history[0]?.sha ?? '';
    const own = history.find((commit) => isOwn(commit.message, change))?.sha;
    /** Nothing to write: this run has its commit from an earlier try, or never gets one. */
    const ends = (outcome: Outcome): Result =>
      own ? { outcome: 'released', commit: own, before } : { outcome, commit: latest, before };
    if (own && repository === undefined) return ends('released');
    if (before?.digest === change.release.digest && before.commit === change.release.commit) return ends('unchanged');
    if (repository !== undefined && !(await isNewest(repository, before, history))) return ends('superseded');
    const text = formatRelease(change.release);
    const message = commitMessage(change);
    written = true;
    const commit = await forge.writeFile(change.platform, { path, text, sha: file?.sha, message });
    return { outcome: 'released', commit, before };
  }

  /**
   * Whether no release of this environment, present or past, is of a commit that main has beyond this one: an older run must not undo a
   * newer release, nor a rollback of one. Throws if main does not have the commit.
   */
  async function isNewest(repository: string, before: Release | undefined, history: ForgeCommit[]): Promise<boolean> {
    const { service, commit } = change.release;
    const beyond = await forge.beyond(repository, commit);
    if (!beyond)
      throw new ForgeFault(
        'refused',
        `commit: given ${commit} of ${service}, allowed one that the branch ${mainBranch} of ${repository} has now; a forced push took it away, or it never was there`,
      );
    const newer = new Set(beyond);
    if (before && newer.has(before.commit)) return false;
    /** Commits that main lost by forced pushes. */
    const lost = new Set<string>();
    let questions = mostQuestions;
    for await (const entry of historyOf(forge, change.platform, path, history)) {
      const released = releasedBy(entry);
      if (released === undefined) continue;
      // Another build of what is there. Or a person has put an older one in its place; but what main lost by a forced push protects nothing.
      if (released === commit)
        return !!before && (before.commit === commit || !(await forge.beyond(repository, before.commit)));
      if (newer.has(released)) return false;
      // A person's commit, also a repeated one of the robot, says nothing of what the pipeline had released by then.
      if (entry.committer !== robot.name || lost.has(released) || questions === 0) continue;
      questions--;
      const ahead = await forge.ahead(repository, commit, released);
      // All that the pipeline had released by then was older, or lost by main.
      if (ahead?.length === 0) return true;
      // One reply names all that a forced push took away.
      for (const sha of ahead ?? [released]) lost.add(sha);
    }
    return true;
  }

  return retryForge(once, limits, log, async () => {
    const own = written ? await lastLook() : undefined;
    return own ? { outcome: 'released', commit: own, before: undefined } : undefined;
  });

  /** The last try may have written and lost its reply. */
  async function lastLook(): Promise<string | undefined> {
    const history = await forge.commits(change.platform, path).catch(() => []);
    return history.find((commit) => isOwn(commit.message, change))?.sha;
  }
}

/** Retries `once`, a whole read-decide-write, after every transient fault of the forge. `rescue` is asked before it gives up. */
async function retryForge<T>(
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
        : 'run again when the forge replies; a write that arrived is found and not repeated';
    throw new ReleaseNotWritten(
      `${message} (try ${error.tries} of ${limits.tries}, ${limits.totalMs / 1000} s in all${asked}); ${cure}`,
      kind === 'stale',
    );
  }
}

export type Promotion = {
  platform: string;
  service: string;
  environment: string;
  /** Environment → the environment that it takes releases from. The first one is no key: the pipeline releases there. */
  promotesFrom: Readonly<Record<string, string>>;
  /** Identifies this promotion in the commit; every call has its own. */
  run: string;
  by: string;
  /** Whether a registry has the image of a release, `<registry>/<repository>`; it throws if that is not signed. */
  has: (image: string, release: Release) => Promise<boolean>;
};

/** Writes the release of one environment into the next. Throws as writeRelease, and a UserError for what does not exist (yet). */
export async function promote(
  forge: Forge,
  { platform, service, environment, promotesFrom, run, by, has }: Promotion,
  limits: Limits = defaultLimits,
  log: (line: string) => void = () => {},
): Promise<Result & { release: Release }> {
  const targets = Object.keys(promotesFrom);
  const sources = Object.values(promotesFrom);
  const first = sources.find((source) => !targets.includes(source)) ?? '';
  // The platform repository is the list of services.
  const services = await retryForge(() => forge.folders(platform, `releases/${first}`), limits, log);
  const faults: string[] = [];
  const check = (what: string, given: string, allowed: string[]) => {
    if (!allowed.includes(given))
      faults.push(faultText({ what, given, allowed: allowed.join(', ') || `none yet in ${platform}` }));
  };
  check('service', service, services);
  check('environment', environment, targets);
  if (faults.length > 0) throw new UserError(faults.join('; '), exitStatus.input);

  const from = promotesFrom[environment] as string;
  const source = releasePath(from, service);
  const file = await retryForge(() => forge.readFile(platform, source), limits, log);
  const release = file && parseRelease(file.text, service, source);
  if (!release)
    throw new UserError(
      `${source}: ${from} has no release of ${service} yet; ${
        from === first
          ? `push to the main branch of ${service}, then promote`
          : `scripts/promote ${service} ${from} first`
      }`,
      exitStatus.input,
    );
  const image = await imageOf(forge, { platform, environment, service }, limits, log);
  // A replica that is late or missing could not be pulled.
  if (!(await has(image, release)))
    throw new UserError(
      `${image}@${release.digest}: not in the registry of ${environment} (yet); promote again when the replica is there`,
      exitStatus.input,
    );
  return { ...(await writeRelease(forge, { platform, environment, release, run, by }, limits, log)), release };
}

/** The image that an environment pulls for a service, `<registry>/<repository>`, from its rendered kustomization. */
async function imageOf(
  forge: Forge,
  { platform, environment, service }: { platform: string; environment: string; service: string },
  limits: Limits,
  log: (line: string) => void,
): Promise<string> {
  const path = `rendered/${environment}/${service}/kustomization.yaml`;
  const file = await retryForge(() => forge.readFile(platform, path), limits, log);
  const images: { name?: unknown; newName?: unknown }[] | undefined =
    file && parse(file.text, { maxAliasCount: 0 })?.images;
  const image = Array.isArray(images) ? images.find(({ name }) => name === service)?.newName : undefined;
  if (typeof image !== 'string' || !/^[a-z0-9][-.:a-z0-9]*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/.test(image))
    throw new ReleaseFault(`${path}: no registry for the image ${service}; run npm run render and commit its output`);
  return image;
}
