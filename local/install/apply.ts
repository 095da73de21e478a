import { sleep } from '../machine/process.ts';
import { kubectl } from '../region/region.ts';
import type { Region } from '../topology.ts';

/** Applies again until nothing is refused: CRDs and admission webhooks are not ready in the first seconds. */
export async function apply(region: Region, objects: object[], seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await kubectl(
        region,
        'apply --server-side --force-conflicts --field-manager=platform -f -',
        // JSON, because YAML 1.1 parsers read an unquoted `no` as a boolean.
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      );
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(500);
    }
  }
}
