import type { Ports } from '../ports.ts';

const looks = 6;
const everyMs = 10_000;

/** Looks at Seoul every ten seconds for a minute, until the next minute's function does. What cannot be published is missing, which alarms. */
export async function probe({
  seoul,
  publish,
  sleep,
  now,
}: Pick<Ports, 'seoul' | 'publish' | 'sleep' | 'now'>): Promise<void> {
  const start = now().getTime();
  for (let look = 0; look < looks; look++) {
    const wait = start + look * everyMs - now().getTime();
    if (wait > 0) await sleep(wait);
    const [writer, app, region] = await Promise.all([seoul.writer(), seoul.app(), seoul.region()]);
    await publish({ writer, app, region }).catch(() => {});
  }
}
