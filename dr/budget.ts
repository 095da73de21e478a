import { waitSeconds } from './machine-act.ts';
import type { Branch } from './types.ts';

/** Recovery time objective in seconds, from the first failed probe until Tokyo serves. */
export const objective = { database: 300, services: 120 };

export type Share = {
  step: string;
  seconds: number;
  /** Whether the branch svc-failure has it, too. */
  services: boolean;
  /** Where the figure comes from. None was measured on AWS. */
  source: string;
};

/** What the time goes to. A rehearsal compares its own figures with these. */
export const budget: Share[] = [
  {
    step: 'detect',
    seconds: 45,
    services: true,
    source: 'design: three probes of 10 s, and one evaluation of the alarm',
  },
  { step: 'event, start, lock', seconds: 5, services: true, source: 'estimate: cold starts of two functions' },
  { step: 'probe and classify', seconds: 8, services: true, source: 'bounds: two attempts of 2 s, and a cold start' },
  {
    step: 'until both observers agree',
    seconds: 20,
    services: false,
    source: 'design: two more looks, where not all fails in the same ten seconds',
  },
  { step: 'preflight, decide, fence', seconds: 7, services: false, source: 'estimate: four calls, and cold starts' },
  { step: 'promotion is asked for', seconds: 5, services: false, source: 'estimate: two calls, and a cold start' },
  { step: 'stabilise', seconds: waitSeconds, services: false, source: 'order of the failover: 90 to 120 s' },
  {
    step: 'until the writer is there',
    seconds: 30,
    services: false,
    source: 'AWS: typically a few minutes in all; looked for every 10 s',
  },
  { step: 'traffic', seconds: 40, services: true, source: 'AWS: edges reroute in about 30 s; two calls before' },
  {
    step: 'nodes are asked for',
    seconds: 5,
    services: false,
    source: 'estimate; nodes come later, the standby serves meanwhile',
  },
  { step: 'verify', seconds: 10, services: true, source: 'design: two looks 5 s apart' },
];

export function budgetOf(branch: Branch): { seconds: number; objective: number } {
  const services = branch === 'svc-failure';
  const shares = budget.filter((share) => !services || share.services);
  return {
    seconds: shares.reduce((sum, { seconds }) => sum + seconds, 0),
    objective: services ? objective.services : objective.database,
  };
}
