import type { Recorded } from './guarantees.ts';

/** One story of e2e/stories.ts, as far as a plan needs it. `sources`: files, and folders with a slash at the end. */
export type Planned = { name: string; sources: readonly string[] };

/** Seconds that a story is reckoned with until it was recorded: the most that one may take. */
const unknown = 480;

/**
 * In which order CI runs the stories: the core story, then those whose sources changed since their recorded run or that failed in it, then the others; in
 * each group the one that ran longest ago first. `changedSince` gives the files that differ from a commit, or undefined where the commit is not known.
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
    const changed = changedSince(last.commit);
    if (!changed) return { group: 1, why: `recorded at ${last.commit}, which is not in the history` };
    const file = [`e2e/${story.name}.e2e.test.ts`, ...story.sources]
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

/** Seconds that a story will take on this machine: `speed` is how much longer those before it took than recorded. */
export const estimate = (name: string, record: Recorded, speed: number): number =>
  (record.stories[name]?.seconds ?? unknown) * speed;

/** How much longer than recorded the stories took that have run; 1 where that cannot be told. */
export function speedOf(ran: readonly { name: string; seconds: number }[], record: Recorded): number {
  const known = ran.filter(({ name }) => record.stories[name]);
  const sum = (of: (one: (typeof ran)[number]) => number) => known.reduce((all, one) => all + of(one), 0);
  const before = sum(({ name }) => record.stories[name]?.seconds ?? 0);
  return before > 0 ? sum(({ seconds }) => seconds) / before : 1;
}
