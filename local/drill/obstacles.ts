import { lagNames } from '../stores/replicate/settings.ts';
import type { Region } from '../topology.ts';

/** What a drill looks at before it begins. */
export type Before = {
  isUp: () => boolean;
  hasStores: () => boolean;
  regions: readonly Region[];
  isCut: (region: Region) => Promise<boolean>;
  /** Of a failover, or of a drill or a failback that was killed. */
  stillLeft: () => Promise<string[]>;
  /** What a person does about that. */
  cure: () => Promise<string>;
  /** Whether all services answer in prod. */
  serves: () => Promise<boolean>;
  whyNotReady: () => Promise<string[]>;
  /** How far Tokyo is behind, in seconds, by store. */
  behind: () => Record<string, number | null>;
};

/** Seconds that Tokyo may be behind. */
const closeEnough = 10;

/** Why no drill can begin, all at once, each with its cure. */
export async function obstaclesOf({ isUp, hasStores, regions, isCut, ...before }: Before): Promise<string[]> {
  if (!isUp()) return ['the embedded platform is down: start it with scripts/up'];
  const found: string[] = [];
  if (!hasStores()) found.push('the platform runs without stores: start it with scripts/up --replace');
  for (const region of regions)
    if (await isCut(region)) found.push(`${region.name} is cut off: scripts/region ${region.name} on`);
  if (found.length > 0) return found;
  const left = await before.stillLeft();
  if (left.length > 0) {
    const cure = await before.cure();
    return left.map((what) => `${what}: ${cure} first`);
  }
  if (!(await before.serves())) found.push('not all services answer in prod: scripts/promote SERVICE prod');
  found.push(...(await before.whyNotReady()));
  const behind = before.behind();
  for (const name of [lagNames.dynamodb, lagNames.s3]) {
    const seconds = behind[name] ?? null;
    if (seconds === null || seconds > closeEnough)
      found.push(
        `Tokyo's ${name} is ${seconds === null ? 'not known to be copied' : `${seconds.toFixed(0)} s behind`}: wait, and look at scripts/status`,
      );
  }
  return found;
}
