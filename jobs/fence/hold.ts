import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { anyText, jobOf, list, text, wholeNumber } from '../../lib/step.ts';
import { openCluster } from './cluster.ts';
import { decide, writerOf } from './decide.ts';
import type { FenceVariables } from './fence.ts';

const label = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Ends the pods of environments in a region that no longer writes, and lets none start until it writes again. It looks every SECONDS, and
 * each look does what is left, so it can be killed anywhere. What it cannot read or do changes nothing and is logged once.
 */
export const hold = (signal: AbortSignal) =>
  jobOf<FenceVariables>()({
    name: 'fence',
    env: {
      REGION: text('the name of a region', label),
      REGIONS: list('a list of regions with a blank between them', label),
      ENVIRONMENTS: list('a list of namespaces with a blank between them', label),
      NAMESPACE: text('a namespace', label),
      WRITER: text('the name of a Secret', label),
      SECONDS: wholeNumber(1, 60),
      KUBERNETES_API: anyText,
      SERVICE_ACCOUNT: text('a folder'),
    },
    run: async (env, complain) => {
      const { REGION, REGIONS, ENVIRONMENTS, NAMESPACE, WRITER, SECONDS, KUBERNETES_API, SERVICE_ACCOUNT } = env;
      const cluster = openCluster({ api: KUBERNETES_API, account: SERVICE_ACCOUNT });
      let last = '';
      let latest = 0;
      let isFirst = true;
      const logOnce = (line: string, print: (line: string) => void = console.log) => {
        if (line !== last) print(line);
        last = line;
      };

      async function look(): Promise<void> {
        const writer = writerOf(await cluster.secret(NAMESPACE, WRITER), REGIONS);
        if (writer.epoch < latest) throw new Error(`epoch: given ${writer.epoch}, after ${latest}`);
        latest = writer.epoch;
        const lines: string[] = [];
        for (const environment of ENVIRONMENTS) {
          const heldSince = await cluster.heldSince(environment);
          const decision = decide(REGION, writer, heldSince);
          if (decision === 'hold') {
            // First the quota: their controllers start new pods at once.
            if (heldSince === undefined) await cluster.hold(environment, writer.epoch);
            else if (writer.epoch > heldSince) await cluster.holdLonger(environment, writer.epoch);
            const ended = await cluster.endPods(environment);
            if (ended > 0) console.log(`${environment}: ${ended} pods ended`);
          }
          if (decision === 'release') await cluster.release(environment);
          // Also once after a start: the one before may have ended in between.
          if (decision === 'release' || (isFirst && heldSince === undefined && decision === 'leave'))
            await cluster.wake(environment);
          const isHeld = decision === 'hold' || (decision === 'leave' && heldSince !== undefined);
          lines.push(
            `${environment} ${isHeld ? `is held${heldSince === undefined ? '' : ` since epoch ${heldSince}`}` : 'runs'}`,
          );
        }
        isFirst = false;
        logOnce(`${writer.region} writes since epoch ${writer.epoch}: ${lines.join(', ')}`);
      }

      while (!signal.aborted) {
        await look().catch((error: Error) => logOnce(`nothing changes: ${error.message}`, complain));
        await sleep(SECONDS * 1000, undefined, { signal }).catch(() => undefined);
      }
    },
  });

if (import.meta.main) {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) void once(process, signal).then(() => ending.abort());
  await hold(ending.signal);
}
