/** A phase as the estimate sees it. Times are milliseconds as of `Date.now()`. */
export type Step = {
  name: string;
  /** Indices of the steps before it. */
  needs: number[];
  lane?: string;
  /** What it takes on the machine that the weights were measured on; 0 if its work is done already. */
  seconds: number;
  began?: number;
  ended?: number;
  failed?: boolean;
};

/** Seconds of work that are taken to have run at exactly the expected speed, so that one short phase cannot swing the estimate. */
const prior = 60;
/** A phase that ends this much sooner than expected found its work done; it says nothing about the machine. */
const foundDone = 0.1;

/**
 * How fast this machine works, compared with the one that the weights were measured on. Downloads and work are asked for
 * separately: a fast processor does not make a slow line faster.
 */
export function speedOf(steps: readonly Step[], now: number): number {
  let expected = prior;
  let actual = prior;
  for (const { seconds, began, ended, failed } of steps) {
    if (began === undefined || failed) continue;
    const took = ((ended ?? now) - began) / 1000;
    // What still runs counts as soon as it takes longer than expected.
    if (ended === undefined ? took <= seconds : took < seconds * foundDone) continue;
    expected += seconds;
    actual += took;
  }
  return expected / actual;
}

/** Seconds until all is done, if each step takes what it took where it was measured, by the speed of this machine so far. */
export function secondsLeft(steps: readonly Step[], now: number): number {
  const isDownload = ({ lane }: Step) => lane === 'modules';
  const speeds = {
    download: speedOf(steps.filter(isDownload), now),
    work: speedOf(
      steps.filter((step) => !isDownload(step)),
      now,
    ),
  };
  const ends = steps.map(({ ended }): number | undefined => (ended === undefined ? undefined : 0));
  const laneFree = new Map<string, number>();
  const left = (step: Step) => {
    const all = step.seconds / speeds[isDownload(step) ? 'download' : 'work'];
    if (step.began === undefined) return all;
    const took = (now - step.began) / 1000;
    // What takes longer than expected is not about to end because of that.
    return Math.max(all - took, took / 10);
  };
  const put = (index: number, start: number) => {
    const step = steps[index] as Step;
    const end = start + left(step);
    ends[index] = end;
    if (step.lane) laneFree.set(step.lane, end);
  };
  steps.forEach(({ began, ended, failed }, index) => {
    if (began !== undefined && ended === undefined && !failed) put(index, 0);
  });
  // As the phases themselves do: of those that could start, the one that can first.
  for (;;) {
    let next: { index: number; start: number } | undefined;
    steps.forEach(({ needs, lane, failed }, index) => {
      // What needs a failed one never starts.
      if (failed || ends[index] !== undefined || needs.some((need) => ends[need] === undefined)) return;
      const start = Math.max(0, (lane && laneFree.get(lane)) || 0, ...needs.map((need) => ends[need] as number));
      if (!next || start < next.start) next = { index, start };
    });
    if (!next) return Math.max(0, ...ends.map((end) => end ?? 0));
    put(next.index, next.start);
  }
}

const minutes = (ms: number) => {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** No more exact than it is. */
export const about = (seconds: number) =>
  seconds < 5
    ? 'nearly done'
    : seconds <= 90
      ? `about ${Math.ceil(seconds / 10) * 10} s left`
      : `about ${Math.round(seconds / 60)} min left`;

const width = 20;
/** `[########------------]  41 %, about 14 min left: engine trivy 3:08`; plain text, so that it can be read in a file. */
export function progressLine(steps: readonly Step[], now: number): string {
  const since = Math.min(...steps.map(({ began }) => began ?? now));
  const left = secondsLeft(steps, now);
  const passed = (now - since) / 1000;
  const share = passed + left > 0 ? passed / (passed + left) : 1;
  const full = Math.floor(share * width);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
  const running = steps
    .filter(({ began, ended, failed }) => began !== undefined && ended === undefined && !failed)
    // The longest first: that is what one waits for.
    .sort((a, b) => (a.began as number) - (b.began as number))
    .map(({ name, began }) => `${name} ${minutes(now - (began as number))}`);
  return `${bar}, ${about(left)}: ${running.join(', ')}`;
}
