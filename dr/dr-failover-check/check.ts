import { sizeFor } from '../eks-scale-dr/scale.ts';
import { NotYet, Permanent } from '../errors.ts';
import { planTraffic } from '../ga-switch-endpoint/switch.ts';
import type { Ports } from '../ports.ts';
import type { Branch, Confirmed, Done, Preflight } from '../types.ts';

/** Replication lag in seconds: above the first the objective is missed, which people are notified of; above the second a person decides. */
export const lagSeconds = { objective: 10, stop: 60 };

/** Whether a promotion can work. Throws Permanent with every reason why not. */
export async function preflight({ database }: Pick<Ports, 'database'>): Promise<Preflight> {
  const [status, candidate, lag] = await Promise.all([database.status(), database.candidate(), database.lag()]);
  // An earlier run came further than this.
  if (status.role === 'writer' || status.role === 'promoting') return { lagSeconds: lag ?? null, warnings: [] };
  const reasons: string[] = [];
  if (status.role !== 'reader') reasons.push(`database of Tokyo: given ${status.role}, allowed reader`);
  if (candidate.version !== status.version)
    reasons.push(
      `version of Tokyo's database: given ${candidate.version}, allowed ${status.version}, that of the global database`,
    );
  if (candidate.instances === 0) reasons.push("instances of Tokyo's database: given 0, allowed 1 or more");
  const { objective, stop } = lagSeconds;
  if (lag !== undefined && lag > stop)
    reasons.push(
      `replication lag: given ${lag} s, allowed ${stop} s; replication was broken before, so decide how much may be lost`,
    );
  if (lag === undefined && status.synchronised === false)
    reasons.push('replication: given out of step and unmeasured, allowed a lag that is known');
  if (reasons.length > 0) throw new Permanent(reasons.join('\n'));
  const warnings: string[] = [];
  if (lag === undefined) warnings.push('replication lag: nothing was measured in the last 15 minutes');
  else if (lag > objective) warnings.push(`replication lag: ${lag} s, more than the objective of ${objective} s`);
  return { lagSeconds: lag ?? null, warnings };
}

/** Whether Tokyo writes. Throws NotYet until it does. */
export async function confirm({ database, now }: Pick<Ports, 'database' | 'now'>, since: string): Promise<Confirmed> {
  const [{ role }, { available }] = await Promise.all([database.status(), database.candidate()]);
  if (role === 'detached')
    throw new Permanent('database of Tokyo: given detached, allowed writer of the global database');
  if (role !== 'writer' || !available)
    throw new NotYet(`database of Tokyo: given ${role}${available ? '' : ', not available'}, allowed writer`);
  return { writer: 'tokyo', atSeconds: secondsSince(since, now()) };
}

/** Reads again all that the failover changed. Throws NotYet with everything that is missing. */
export async function verify(
  { database, traffic, capacity, tokyoApp }: Pick<Ports, 'database' | 'traffic' | 'capacity' | 'tokyoApp'>,
  branch: Branch,
): Promise<Done> {
  const promotes = branch !== 'svc-failure';
  const [status, groups, deployed, group, app] = await Promise.all([
    promotes ? database.status() : undefined,
    traffic.groups(),
    traffic.deployed(),
    promotes ? capacity.read() : undefined,
    tokyoApp(),
  ]);
  const missing = planTraffic(groups, traffic.endpoint).map(({ text }) => text);
  if (!deployed) missing.push('accelerator: its edges do not have the change yet');
  if (status && status.role !== 'writer') missing.push(`database of Tokyo: given ${status.role}, allowed writer`);
  if (group && group.desired < sizeFor(group, capacity.wanted))
    missing.push(`node group of Tokyo: given ${group.desired}, allowed ${sizeFor(group, capacity.wanted)} or more`);
  if (app !== 'ok') missing.push(`services of Tokyo: given ${app}, allowed ok at its entrance`);
  if (missing.length > 0) throw new NotYet(missing.join('\n'));
  return { did: [promotes ? 'Tokyo writes and serves' : 'Tokyo serves'], would: [] };
}

export const secondsSince = (since: string, now: Date): number =>
  Math.round((now.getTime() - Date.parse(since)) / 1000);
