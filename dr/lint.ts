import type { Machine, StateDefinition, TaskState } from './asl.ts';
import { machineSeconds } from './machine.ts';

/**
 * What validators of the States Language do not mind and a failover cannot bear. Every fault of a machine, each as a line; none of a good
 * one. Tasks in branches of a Parallel are caught by it.
 */
export function lint(machine: Machine, where = 'machine', inParallel = false): string[] {
  const faults: string[] = [];
  const fault = (what: string, text: string) => faults.push(`${where}: ${what}: ${text}`);
  if (!inParallel && machine.TimeoutSeconds !== machineSeconds)
    fault('TimeoutSeconds', `given ${machine.TimeoutSeconds}, allowed ${machineSeconds}`);
  const names = Object.keys(machine.States);
  const reached = new Set([machine.StartAt]);
  for (const [name, state] of Object.entries(machine.States)) {
    for (const next of nextOf(state)) {
      reached.add(next);
      if (!names.includes(next)) fault(name, `goes to ${next}, which is not there`);
    }
    if (state.Type === 'Task') faults.push(...lintTask(name, state, inParallel).map((text) => `${where}: ${text}`));
    if (state.Type === 'Choice' && !state.Default) fault(name, 'given no Default, allowed one');
    if (state.Type === 'Parallel') {
      if (!state.Catch?.length) fault(name, 'given no Catch, allowed one');
      for (const branch of state.Branches) faults.push(...lint(branch, `${where}: ${name}`, true));
    }
    // A Parallel catches what its branches leave.
    if (!inParallel && 'Catch' in state) lastIsAll(state.Catch, (text) => fault(name, `Catch: ${text}`));
  }
  for (const name of names) if (!reached.has(name)) fault(name, 'nothing leads to it');
  if (!names.includes(machine.StartAt)) fault('StartAt', `given ${machine.StartAt}, which is not there`);
  return faults;
}

function lintTask(name: string, { TimeoutSeconds, Retry, Catch }: TaskState, inParallel: boolean): string[] {
  const faults: string[] = [];
  if (!(TimeoutSeconds > 0)) faults.push(`${name}: given no TimeoutSeconds, allowed one`);
  if (!Retry?.length) faults.push(`${name}: given no Retry, allowed one`);
  for (const { MaxAttempts, ErrorEquals, BackoffRate, MaxDelaySeconds } of Retry ?? []) {
    if (MaxAttempts === undefined) faults.push(`${name}: Retry: given no MaxAttempts, allowed one`);
    if (ErrorEquals.includes('States.ALL')) faults.push(`${name}: Retry: given States.ALL, allowed faults that pass`);
    if (BackoffRate > 1 && MaxDelaySeconds === undefined)
      faults.push(`${name}: Retry: given no MaxDelaySeconds, allowed one`);
  }
  if (!inParallel && !Catch?.length) faults.push(`${name}: given no Catch, allowed one`);
  return faults;
}

function lastIsAll(catches: TaskState['Catch'], fault: (text: string) => void): void {
  const alls = (catches ?? []).map(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));
  if (!alls.at(-1)) fault('given no States.ALL at its end, allowed one');
  if (alls.slice(0, -1).includes(true)) fault('given States.ALL before others, allowed last');
  for (const { ErrorEquals } of catches ?? [])
    if (ErrorEquals.includes('States.ALL') && ErrorEquals.length > 1)
      fault('given States.ALL beside others, allowed alone');
}

/** The states that a state leads to. */
export function nextOf(state: StateDefinition): string[] {
  const caught = 'Catch' in state ? (state.Catch ?? []).map(({ Next }) => Next) : [];
  switch (state.Type) {
    case 'Choice':
      return [...state.Choices.map(({ Next }) => Next), state.Default];
    case 'Succeed':
    case 'Fail':
      return [];
    default:
      return [...('Next' in state ? [state.Next] : []), ...caught];
  }
}

/** The longest that a state can take: every try to its limit, with the longest pause before each. */
export function longestSeconds(state: StateDefinition): number {
  switch (state.Type) {
    case 'Wait':
      return state.Seconds;
    case 'Parallel':
      return Math.max(...state.Branches.map(longestPath));
    case 'Task': {
      let seconds = state.TimeoutSeconds;
      for (const {
        MaxAttempts,
        IntervalSeconds,
        BackoffRate,
        MaxDelaySeconds = Number.POSITIVE_INFINITY,
      } of state.Retry)
        for (let count = 0; count < MaxAttempts; count++)
          seconds += state.TimeoutSeconds + Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** count);
      return seconds;
    }
    default:
      return 0;
  }
}

/** The longest way through a machine, in seconds. Throws where it has a loop. */
export function longestPath({ StartAt, States }: Machine): number {
  const known = new Map<string, number>();
  const open = new Set<string>();
  const from = (name: string): number => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (open.has(name)) throw new Error(`${name}: given a loop, allowed none: its end is not bounded`);
    open.add(name);
    const state = States[name] as StateDefinition;
    const seconds = longestSeconds(state) + Math.max(0, ...nextOf(state).map(from));
    open.delete(name);
    known.set(name, seconds);
    return seconds;
  };
  return from(StartAt);
}
