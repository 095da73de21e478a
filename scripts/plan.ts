import type { Recorded } from './guarantees.ts';

/** The fields of a story that a plan needs. `sources`: files, and folders with a trailing slash. */
export type Planned = { name: string; sources: readonly string[] };

/** Estimate for a story that was never recorded, in seconds: the limit of one story. */
const unknown = 480;

/**
 * The order of stories in CI: the core story, then stories that failed when recorded or whose sources changed since, then the others; in each group the
 * longest-unrun story first. `changedSince` returns the files that differ from a commit, or undefined for an unknown commit; unit tests and documents
 * among the sources do not count.
 */
export function order<S extends Planned>(
  stories: readonly S[],
  core: string,
  record: Recorded,
  changedSince: (commit: string) => readonly string[] | undefined,
): { story: S; why: string }[] {
  const rank = (story: S): { group: number; why: string } => {
    const last = record.stories[story.name];
    if (story.name === core) return { group: 0, why: 'the core story' };
    if (!last) return { group: 1, why: 'never recorded' };
    if (last.status === 'failed') return { group: 1, why: 'failed when it was recorded' };
    const own = `e2e/${story.name}.e2e.test.ts`;
    const changed = changedSince(last.commit)?.filter(
      (path) => path === own || !/\.md$|(?<!\.engine)\.test\.ts$/.test(path),
    );
    if (!changed) return { group: 1, why: `recorded at ${last.commit}, which is not in the history` };
    const file = [own, ...story.sources]
      .map((source) => changed.find((path) => (source.endsWith('/') ? path.startsWith(source) : path === source)))
      .find((path) => path !== undefined);
    return file
      ? { group: 1, why: `${file} changed since ${last.commit}` }
      : { group: 2, why: `last run on ${last.date}` };
  };
  const date = (story: S) => record.stories[story.name]?.date ?? '';
  return stories
    .map((story) => ({ story, ...rank(story) }))
    .sort((a, b) => a.group - b.group || date(a.story).localeCompare(date(b.story)))
    .map(({ story, why }) => ({ story, why }));
}

/** Estimated seconds of a story on this machine. `speed` is the ratio of measured to recorded seconds of the stories so far. */
export const estimate = (name: string, record: Recorded, speed: number): number =>
  (record.stories[name]?.seconds ?? unknown) * speed;

/** Ratio of measured to recorded seconds of the stories that ran; 1 if unknown. */
export function speedOf(ran: readonly { name: string; seconds: number }[], record: Recorded): number {
  const known = ran.filter(({ name }) => record.stories[name]);
  const sum = (of: (one: (typeof ran)[number]) => number) => known.reduce((all, one) => all + of(one), 0);
  const before = sum(({ name }) => record.stories[name]?.seconds ?? 0);
  return before > 0 ? sum(({ seconds }) => seconds) / before : 1;
}
