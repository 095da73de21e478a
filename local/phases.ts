import { progressLine, type Step } from './estimate.ts';
import { clock, type Display, terminal } from './terminal.ts';
import { secondsOf } from './weights.ts';

/** What `up` may leave out: the quality gate, the databases and queues of the services, and what watches all of it. */
export const partNames = ['sonarqube', 'stores', 'monitoring'] as const;
export type Parts = Record<(typeof partNames)[number], boolean>;

/** What `up` was asked for. */
export type Wanted = Parts & {
  /** Webhook of the Slack that is notified: the user's, or the stand-in's. */
  slackUrl: string;
};

/** Builds use every core, so two at once only take more memory; one download at a time fills the line. */
export type Lane = 'compile' | 'link' | 'modules';

/** A step of `up`: it starts as soon as what it needs has ended. Each finds out by itself what is already there. */
export type Phase<Result = unknown> = {
  name: string;
  needs: Readonly<Record<string, Phase>>;
  /** Phases of one lane run one at a time, in the order in which they become ready. */
  lane?: Lane;
  /** Without this part it does not run, and nobody waits for it. */
  part?: keyof Parts | undefined;
  /** Whether it would find its work done already; for the estimate only. */
  isDone?: () => boolean;
  run: (results: never, wanted: Wanted) => Promise<Result>;
};

type ResultsOf<Needs> = { [Name in keyof Needs]: Needs[Name] extends Phase<infer Result> ? Result : never };

/** A phase whose `run` gets the results of what it needs, under the names that `needs` gives them. */
export const phase = <Needs extends Record<string, Phase> = Record<never, Phase>, Result = unknown>(given: {
  name: string;
  needs?: Needs;
  lane?: Lane;
  part?: keyof Parts | undefined;
  isDone?: () => boolean;
  run: (results: ResultsOf<Needs>, wanted: Wanted) => Promise<Result>;
}): Phase<Result> => ({ needs: {}, ...given });

/**
 * Runs all phases, each as early as its needs allow. A failed phase stops what needs it and nothing else, so that a second
 * `up` has less to do; the first failure is thrown at the end, with the phase's name.
 */
export async function runPhases(
  all: readonly Phase[],
  wanted: Wanted,
  display: Display = terminal,
  expected = secondsOf,
): Promise<void> {
  all.forEach(({ name, needs }, index) => {
    const late = Object.values(needs).find((need) => !all.slice(0, index).includes(need));
    if (late) throw new Error(`phase ${name}: needs ${late.name}, which does not stand before it in the list`);
  });
  const isOut = ({ part }: Phase) => part !== undefined && !wanted[part];
  const phases = all.filter((phase) => !isOut(phase));
  const steps = phases.map(
    ({ name, needs, lane, isDone }): Step => ({
      name,
      needs: Object.values(needs).flatMap((need) => (isOut(need) ? [] : [phases.indexOf(need)])),
      ...(lane ? { lane } : {}),
      seconds: isDone?.() ? 0 : expected(name),
    }),
  );
  const done = new Map<Phase, Promise<unknown>>(all.filter(isOut).map((phase) => [phase, Promise.resolve()]));
  const lanes = new Map<Lane, Promise<unknown>>();
  let failure: Error | undefined;

  const timed = async ({ name, run }: Phase, step: Step, results: object) => {
    step.began = Date.now();
    try {
      const result = await run(results as never, wanted);
      step.ended = Date.now();
      display.print(`${name}: ${((step.ended - step.began) / 1000).toFixed(1)} s`);
      return result;
    } catch (error) {
      step.failed = true;
      display.print(`${name}: failed after ${clock(Date.now() - step.began).trim()}: ${(error as Error).message}`);
      failure ??= new Error(name, { cause: error });
      throw error;
    }
  };
  const inLane = (lane: Lane, work: () => Promise<unknown>) => {
    const mine = (lanes.get(lane) ?? Promise.resolve()).then(work);
    lanes.set(
      lane,
      mine.catch(() => undefined),
    );
    return mine;
  };

  phases.forEach((phase, index) => {
    const ready = async () => {
      const needs = Object.entries(phase.needs).map(async ([name, need]) => [name, await done.get(need)] as const);
      const results = Object.fromEntries(await Promise.all(needs));
      const work = () => timed(phase, steps[index] as Step, results);
      return phase.lane ? inLane(phase.lane, work) : work();
    };
    done.set(phase, ready());
  });
  const redraw = setInterval(() => display.draw(progressLine(steps, Date.now())), 1000);
  await Promise.allSettled(done.values());
  clearInterval(redraw);
  display.draw('');
  if (failure) throw failure;
}
