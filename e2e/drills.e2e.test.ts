/** Seoul fails, Tokyo takes over by the state machine of the failover, and a person brings Seoul back; customers book all the time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Branch, branches } from '../dr/types.ts';
import { atOnce } from '../lib/at-once.ts';
import { acceleratorGroups, acceleratorShares } from '../local/accelerator/accelerator.ts';
import { ask, type Bought } from '../local/drill/customers.ts';
import { drill } from '../local/drill/drill.ts';
import type { Evidence } from '../local/drill/evidence.ts';
import { isFinished, isHome, stillLeft } from '../local/drill/failback.ts';
import { seesServices } from '../local/drill/probes.ts';
import { alone } from '../local/machine/lock.ts';
import { until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { dataFolder } from '../local/stores/stores.ts';
import { databaseOf, lastWriter, postgresOf } from '../local/stores/take-over.ts';
import { writerIn } from '../local/stores/writer.ts';
import { repository, seoul, tokyo } from '../local/topology.ts';
import { allPromoted, bringUp, script, upMs } from './platform.ts';

/** The reports of a story are nobody's evidence. */
const folder = mkdtempSync(join(tmpdir(), 'drills-'));

async function home(): Promise<void> {
  if (await isFinished()) return;
  await script('region', 'seoul', 'on');
  await until(
    'Seoul at home',
    240,
    async () => {
      const { status, output } = await script('failback', 'execute', '--confirm');
      if (status !== 0) throw new Error(output);
      return true;
    },
    2000,
  );
}
/** Begins a script, and kills it when something is so, for which it looks every so many milliseconds. */
async function killedWhen(isSo: () => Promise<boolean>, pause: number, name: string, ...args: string[]): Promise<void> {
  const begun = spawn(join(repository, 'scripts', name), args, { detached: true, stdio: 'ignore' });
  const ended = once(begun, 'close');
  await until(`the moment to kill scripts/${name}`, 120, isSo, pause);
  process.kill(-(begun.pid as number), 'SIGKILL');
  await ended;
}
/** When Tokyo has heard that Seoul writes, while Tokyo's stores still run as the writer's. */
const killedFailback = () =>
  killedWhen(async () => writerIn(dataFolder(tokyo)).region === 'seoul', 2, 'failback', 'execute', '--confirm');
beforeAll(async () => {
  await bringUp();
  await home();
  await allPromoted('dr');
}, upMs + 900_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await bringUp();
  await home();
}, upMs);

type Quotas = { items: { metadata: { name: string; annotations?: Record<string, string> } }[] };
const writes: Record<Branch, string> = {
  'svc-failure': 'seoul',
  'db-failure': 'tokyo',
  'region-failure': 'tokyo',
  'db+app-failure': 'tokyo',
};

test('a drill that is killed before Tokyo takes over is mended by a failback', async () => {
  const { hangs } = databaseOf(seoul);
  await killedWhen(hangs, 100, 'drill', 'db-failure');
  const { status, output } = await script('failback', 'check');
  expect(`${status} ${output}`).toMatch(
    /^0 [\s\S]*PostgreSQL of prod stands still[\s\S]*on sale[\s\S]*execute --confirm/,
  );
  expect((await script('drill', 'db-failure')).output).toContain('scripts/failback');
  const mended = await script('failback', 'execute', '--confirm');
  expect(`${mended.status} ${mended.output}`).toMatch(/^0 [\s\S]*let 100 %/);
  expect(await stillLeft()).toEqual([]);
  expect(lastWriter().region).toBe('seoul');
}, 180_000);

describe.each([...branches])('%s', (trigger) => {
  let evidence: Evidence;
  let bought: Bought[];
  /** Bookings that the report calls lost, or their tickets. */
  let missing: Set<string>;
  let file: string;

  test('the machine takes its branch, and customers of the same names are served by Tokyo', async () => {
    const print = () => undefined;
    // The machine waits 90 s on purpose; a story has no time for that.
    ({ evidence, bought, missing, file } = await alone(() =>
      drill({ trigger, mode: 'rehearsal', wait: 5, print, folder }),
    ));
    expect([evidence.ended, evidence.branch]).toEqual(['failed-over', trigger]);
    expect(evidence.rto).not.toBeNull();
    expect(await acceleratorShares()).toEqual({ seoul: 0, tokyo: 100 });
    expect(acceleratorGroups().seoul).toEqual({ dial: 0, weight: 0 });
    expect(writerIn(dataFolder(tokyo)).region).toBe(writes[trigger]);
    expect((await postgresOf(tokyo)).isStandby).toBe(writes[trigger] === 'seoul');
    expect(evidence.requests.at(-2)?.failed).toBe(0);
  }, 300_000);

  test('what was lost is what had not been copied for seconds, and the report says so', () => {
    for (const { acknowledged, seconds } of evidence.lost) {
      expect(acknowledged).toBeGreaterThan(20);
      expect(seconds).toBeLessThan(10);
    }
    expect(evidence.messages.join('\n')).toMatch(/begun[\s\S]*traffic moved[\s\S]*failed over/);
    const report = readFileSync(file, 'utf8');
    expect(report).toContain('No figure here is one of AWS.');
    if (trigger === 'db-failure') expect(evidence.lostLater[0]?.acknowledged).toBeGreaterThan(0);
    for (const { lost, store } of evidence.lost)
      expect(report).toMatch(new RegExp(`\\| ${store.replace(/[()]/g, '.')} \\| \\d+ \\| ${lost} \\|`));
  });

  test('a second drill is refused, with what to do first', async () => {
    const { status, output } = await script('drill', trigger);
    const first =
      trigger === 'region-failure'
        ? 'seoul is cut off: scripts/region seoul on'
        : 'scripts/failback brings Seoul back first';
    expect([status, output]).toEqual([1, expect.stringContaining(first)]);
    expect(output).not.toContain('    at ');
  });

  test('when Seoul comes back by itself, it takes no traffic and accepts no write', async () => {
    const { status, output } = await script('region', 'seoul', 'on');
    expect(`${status} ${output}`).toMatch(/^0 /);
    // Nobody is behind its ingress.
    expect(await seesServices('witness', seoul, 'prod')).toBe('fail');
    expect(await acceleratorShares()).toEqual({ seoul: 0, tokyo: 100 });
    expect((await postgresOf(seoul)).isStandby).toBe(writes[trigger] === 'tokyo');
    // By the fence, which has heard who writes; without a new writer it is the drill itself that lets no pod start.
    const quotas = await kubectl(seoul, 'get quota -n prod -o json');
    const held = (JSON.parse(quotas) as Quotas).items.find(({ metadata: { name } }) => name === 'no-pods');
    expect(held?.metadata.annotations?.['tickets.example/writer-epoch']).toBe(
      writes[trigger] === 'tokyo' ? `${writerIn(dataFolder(tokyo)).epoch}` : undefined,
    );
    expect(await kubectl(seoul, 'get pods -n prod -o name')).toBe('');
  }, 120_000);

  test('failback brings Seoul back, with every booking that was acknowledged and is not reported lost', async () => {
    expect((await script('failback', 'execute')).status).toBe(2);
    await until('copies in Seoul', 120, async () => (await script('failback', 'check')).status === 0, 2000);
    if (trigger === 'db-failure') {
      await killedFailback();
      expect((await script('drill', trigger)).output).toContain('scripts/failback');
    }
    const { status, output } = await script('failback', 'execute', '--confirm');
    expect(`${status} ${output}`).toMatch(/^0 [\s\S]*let 10 %[\s\S]*let 50 %[\s\S]*let 100 %/);
    expect(await isHome()).toBe(true);
    expect((await postgresOf(seoul)).isStandby).toBe(false);
    expect(await postgresOf(tokyo)).toMatchObject({ isStandby: true, streams: true });
    const failedAt = Date.parse(evidence.failedAt);
    const kept = bought.filter(({ id }) => !missing.has(id));
    for (const part of [kept.filter(({ at }) => at <= failedAt), kept.filter(({ at }) => at > failedAt)])
      expect(part.length).toBeGreaterThan(10);
    await atOnce(8, kept, async ({ id, seat, holder, ticketAt }) => {
      expect((await ask('booking', `/bookings/${id}`, undefined, holder)).body.seat).toBe(seat);
      // Without republish nobody promises those that had not come.
      if (ticketAt !== undefined)
        expect((await ask('ticket', `/tickets?booking=${id}`, undefined, holder)).status).toBe(200);
    });
    expect((await script('failback', 'check')).output).toContain('Seoul writes and serves');
  }, 300_000);
});
