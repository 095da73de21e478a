import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { waitSeconds } from '../../dr/machine-act.ts';
import { runLocally } from '../../dr/run.ts';
import type { Branch, Input } from '../../dr/types.ts';
import { atOnce } from '../../lib/at-once.ts';
import { UserError } from '../../lib/errors.ts';
import { slackMessages } from '../loop.ts';
import { isCut } from '../machine/network.ts';
import { sleep, until } from '../machine/process.ts';
import { regionIsUp } from '../region/region.ts';
import { hasStores } from '../status/stamp.ts';
import { lagNames } from '../stores/replicate/settings.ts';
import { closeShow, openShow } from '../stores/shows.ts';
import { lagIn, measuredNow } from '../stores/status.ts';
import { dataFolder } from '../stores/stores.ts';
import { itemsWriter, startStores } from '../stores/take-over.ts';
import { writerIn } from '../stores/writer.ts';
import { regions, repository, seoul, tokyo } from '../topology.ts';
import { alarmAfter } from './alarm.ts';
import { ask, type Bought, customers, drillShows, manySeats } from './customers.ts';
import {
  actsOf,
  type Evidence,
  type LagSample,
  lostOf,
  movedAfter,
  perSecond,
  plot,
  recovery,
  report,
  ticketless,
} from './evidence.ts';
import { executionOf } from './executions.ts';
import { cure, stillLeft } from './failback.ts';
import { faults, imagined } from './faults.ts';
import { obstaclesOf } from './obstacles.ts';
import { account, config, failover, localPorts, readyPods, whyNotReady } from './ports.ts';
import { seesRegion, seesSeoul, seesServices } from './probes.ts';
import { stateText } from './state-texts.ts';

/** Seconds of normal life before the failure and after the recovery; the customers of both are the measure. */
const [before, after] = [12, 15];
/** Every so many seconds both places look; so many looks in a row make the alarm. On AWS it is every 10 s. */
const looks = { seconds: 2, inARow: 3 };

/** A lost Seoul is notified when it joins again, as the replica of AWS's secret arrives then: that is no fault. */
const fence = (): Promise<void> =>
  failover.fence().catch(async (error: Error) => {
    if ((await seesRegion('tokyo', seoul)) === 'ok') throw error;
  });

const obstacles = (): Promise<string[]> =>
  obstaclesOf({
    isUp: () => regions.every(regionIsUp),
    hasStores,
    regions,
    isCut,
    stillLeft,
    cure,
    serves: async () => (await seesServices('witness', seoul, 'prod')) === 'ok',
    whyNotReady,
    behind: () => measuredNow(lagIn(tokyo))?.behind ?? {},
  });

const found = async (service: string, path: string, as?: string) =>
  (await ask(service, path, undefined, as, 'dr')).status === 200;

/** Which of them Tokyo has. */
async function inTokyo(
  bought: readonly Bought[],
  service: string,
  path: (one: Bought) => string,
): Promise<Set<string>> {
  const there = new Set<string>();
  await atOnce(20, bought, async (one) => {
    const is = await until(`${path(one)} in Tokyo`, 30, async () => ({
      yes: await found(service, path(one), one.holder),
    }));
    if (is.yes) there.add(one.id);
  });
  return there;
}

export type Options = {
  trigger: Branch;
  mode: 'rehearsal' | 'dry-run';
  /** Seconds in place of the machine's wait and pauses; only a story gives them. */
  wait?: number;
  print: (line: string) => void;
  folder?: string;
};

/** Breaks Seoul, lets the state machine act, measures what customers noticed, and writes the report. Gives its path. */
export async function drill({
  trigger,
  mode,
  wait,
  print,
  folder = join(repository, 'evidence'),
}: Options): Promise<{ evidence: Evidence; file: string; bought: Bought[]; missing: Set<string> }> {
  const faulty = await obstacles();
  if (faulty.length > 0) throw new UserError(`no drill can begin:\n${faulty.map((line) => `- ${line}`).join('\n')}`);
  // Of this drill alone.
  const show = `${drillShows}${Date.now()}`;
  await openShow(seoul, 'prod', show, 'A drill', manySeats);
  print(`opened the show ${show}; every replica, in both regions, knows it in some seconds`);
  await until('the show in prod', 60, async () => (await ask('booking', `/shows/${show}`)).status === 200);
  await until('the show in dr', 60, () => found('booking', `/shows/${show}`));
  const known = new Set((await slackMessages()).map(({ at, shown }) => `${at} ${shown}`));

  const crowd = customers(show);
  const lags: LagSample[] = [];
  const sampler = setInterval(() => {
    const lag = lagIn(tokyo);
    if (lag) lags.push({ at: Date.now(), behind: lag.behind });
  }, 1000);
  try {
    print(`customers look, buy and fetch tickets for ${before} s`);
    await sleep(before * 1000);
    const pods = await readyPods();
    const failedAt = Date.now();
    const seen = lags.at(-1)?.behind ?? {};
    if (mode === 'dry-run') print(`dry run: nothing is broken; the probes see as if ${faults[trigger].what}`);
    else {
      await faults[trigger].begin();
      print(faults[trigger].what);
    }
    const since = (at: number) => (at - failedAt) / 1000;
    const isAlarmed = alarmAfter(looks.inARow);
    await until(
      'the alarm',
      120,
      async () => {
        const [one, other] = await Promise.all([seesSeoul('tokyo'), seesSeoul('witness')]);
        return isAlarmed(one, other) || mode === 'dry-run';
      },
      looks.seconds * 1000,
    );
    const detected = since(Date.now());
    print(`alarm after ${detected.toFixed(1)} s`);
    const input: Input = {
      mode,
      trigger,
      event: {
        id: randomUUID(),
        time: new Date().toISOString(),
        account,
        source: 'dr.rehearsal',
        'detail-type': 'drill',
        detail: {},
      },
    };
    const ports = localPorts(() => seen[lagNames.postgres] ?? undefined);
    const states: Evidence['states'] = [];
    const state = await runLocally({
      ...{ input, config, fence },
      execution: executionOf(process.pid),
      ports: { ...ports, ...(mode === 'dry-run' ? { seoul: imagined(trigger) } : {}) },
      onState: (name, at) => {
        states.push({ state: name, at: since(at.getTime()) });
        print(stateText(name));
      },
      ...(wait === undefined ? {} : { pauses: wait * 1000 }),
    });
    const ended = state.outcome.result;
    print(`the state machine ended: ${ended}`);
    if (ended === 'failed-over' && writerIn(dataFolder(tokyo)).region === 'tokyo') await startStores(tokyo);
    await sleep(after * 1000);
    const endedAt = Date.now();
    await crowd.leave();
    clearInterval(sampler);
    const acts = actsOf(state, { before: pods, after: await readyPods() });
    for (const act of acts) print(`${act.function}, on ${act.on}: ${act.did.join('; ')}`);

    const moved = ended === 'failed-over';
    const movedAt = moved ? failedAt + movedAfter(states) * 1000 : failedAt;
    const isBefore = (time: number) => time <= movedAt;
    const acknowledged = crowd.bought.filter(({ at }) => isBefore(at));
    const tickets = acknowledged.filter(({ ticketAt }) => ticketAt !== undefined && isBefore(ticketAt));
    const bookingsThere = moved
      ? await inTokyo(acknowledged, 'booking', ({ id }) => `/bookings/${id}`)
      : new Set(acknowledged.map(({ id }) => id));
    const ticketsThere = moved
      ? await inTokyo(tickets, 'ticket', ({ id }) => `/tickets?booking=${id}`)
      : new Set(tickets.map(({ id }) => id));
    const ticketTime = ({ ticketAt = 0 }: Bought) => ticketAt;
    const bookingTime = ({ at }: Bought) => at;
    const lostBy = (isIn: (time: number) => boolean, moment: number) =>
      [
        { name: lagNames.dynamodb, all: acknowledged, there: bookingsThere, when: bookingTime },
        { name: lagNames.postgres, all: tickets, there: ticketsThere, when: ticketTime },
      ].map(({ name, all, there, when }) => {
        const those = all.filter((one) => isIn(when(one)));
        return lostOf(name, those, ({ id }) => there.has(id), when, moment);
      });
    const messages = (await slackMessages())
      .filter(({ at, shown }) => !known.has(`${at} ${shown}`))
      .map(({ shown }) => (shown.split('\n')[0] ?? '').replace(/^# /, ''));
    const evidence: Evidence = {
      measuredOn: `the embedded platform, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, both regions on one machine; the accelerator, the copies of DynamoDB and S3 and the node group, which is a number, are stand-ins`,
      ...{ trigger, mode, ended, detected, messages, acts },
      broke: mode === 'dry-run' ? 'nothing' : faults[trigger].what,
      failedAt: new Date(failedAt).toISOString(),
      branch: state.branch ?? 'none',
      states,
      rto: recovery(crowd.asked, failedAt),
      wait: trigger === 'svc-failure' || mode === 'dry-run' ? 0 : (wait ?? waitSeconds),
      lost: lostBy((time) => time <= failedAt, failedAt),
      lostLater: lostBy((time) => time > failedAt, movedAt),
      ticketless: ticketless(crowd.bought, movedAt, endedAt),
      lag: seen,
      requests: perSecond(crowd.asked, lags, failedAt),
      would: [state.decision, state.promotion, state.traffic, state.capacity].flatMap((done) => done?.would ?? []),
    };
    mkdirSync(folder, { recursive: true });
    const name = `${new Date(failedAt).toISOString().slice(0, 19).replaceAll(':', '')}-${trigger}`;
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(evidence, null, 2)}\n`);
    writeFileSync(join(folder, `${name}.svg`), plot(evidence));
    const file = join(folder, `${name}.md`);
    writeFileSync(file, report(evidence, `${name}.svg`));
    const isLost = ({ id }: Bought) =>
      !bookingsThere.has(id) || (tickets.some((one) => one.id === id) && !ticketsThere.has(id));
    const missing = new Set(acknowledged.filter(isLost).map(({ id }) => id));
    return { evidence, file, bought: crowd.bought, missing };
  } finally {
    clearInterval(sampler);
    await crowd.leave();
    await closeShow(itemsWriter(), 'prod', show).catch(({ message }: Error) =>
      print(`the show ${show} stays on sale: ${message}`),
    );
  }
}
