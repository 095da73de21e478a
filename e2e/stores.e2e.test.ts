/** What the services promise on their real stores: under load, with replicas and engines killed, nothing acknowledged is lost or doubled. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, holderNamed } from '../local/entrance/caller.ts';
import { until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { pidOf } from '../local/sandbox/sandbox.ts';
import { listensOf } from '../local/stores/listens.ts';
import { insideOf, signalOf } from '../local/stores/make.ts';
import { storesName } from '../local/stores/stores.ts';
import { seoul } from '../local/topology.ts';
import { type Answered, ask, callers, when } from './callers.ts';
import { allPromoted, bringUp, script, upMs } from './platform.ts';
import { type Booked, buy, newShow, removeShows } from './shows.ts';

beforeAll(async () => {
  await bringUp();
  await allPromoted('dr');
}, upMs + 900_000);
afterAll(removeShows);

const outer = () => pidOf(storesName(seoul));
/** kill -9 of an engine of Seoul's stores. */
const kill = (engine: string) => signalOf(outer)(engine, 'KILL');
/** The same for one replica of a service in prod: its containers get no time to end. */
async function killReplica(service: string): Promise<void> {
  const names = await kubectl(seoul, [
    'get',
    'pods',
    '-n',
    'prod',
    '-l',
    `app.kubernetes.io/name=${service}`,
    '-o',
    'name',
  ]);
  const [first = 'none', ...others] = names.trim().split('\n');
  expect(others.length).toBeGreaterThan(0);
  await kubectl(seoul, ['delete', '-n', 'prod', first, '--grace-period=0', '--force']);
}

const logDuration = (what: string, began: number) =>
  console.log(`${what} in ${((Date.now() - began) / 1000).toFixed(1)} s`);

describe('a rush', () => {
  const people = 10_000;
  type Person = { id: string; holder: string };
  let show: string;
  let byPlace: Person[];
  test('10,000 joins of 500 callers have the places 1 to 10,000, with a replica killed in the middle', async () => {
    show = await newShow('prod', { admitPerSecond: { N: '1' }, admitWindow: { N: '2' } });
    // Their sign-in would be half of what this process does while they join.
    for (let n = 0; n < people; n++) await call.signIn('booking', '/queue', `person-${n}`);
    const struck = when({ [people / 2]: () => killReplica('booking') });
    const began = Date.now();
    const joined = await callers(
      500,
      people,
      (n) => ask('booking', 'prod', '/queue', { body: { show }, as: `person-${n}` }),
      struck.onDone,
    );
    logDuration(`${people} joins`, began);
    await struck.all();
    expect(joined.map(({ status }) => status).filter((status) => status !== 202)).toEqual([]);
    const placed = await callers(100, people, async (n) => {
      const id: string = joined[n]?.answer.id;
      const as = `person-${n}`;
      const isEarly = ({ status }: Answered) => status === 404;
      const { answer } = await ask('booking', 'prod', `/queue/${id}`, { as, isEarly });
      return { place: answer.place as number, id, holder: as };
    });
    logDuration(`${people} places`, began);
    byPlace = placed.sort((a, b) => a.place - b.place);
    expect(placed.map(({ place }) => place)).toEqual(Array.from({ length: people }, (_, n) => n + 1));
  }, 600_000);

  test('whoever joins again has the same place, whichever replica is asked', async () => {
    const again = await callers(20, 50, (n) =>
      ask('booking', 'prod', '/queue', { body: { show }, as: (byPlace[n * 199] as Person).holder }),
    );
    expect(again.map(({ answer }) => answer.id)).toEqual(again.map((_, n) => byPlace[n * 199]?.id));
  });

  test('only who is admitted holds a seat, with the own token alone', async () => {
    // One a second, two at a time: few of the first, and none of the last.
    const first = await callers(50, 100, async (n) => {
      const person = byPlace[n] as Person;
      return { ...(await ask('booking', 'prod', `/queue/${person.id}`, { as: person.holder })).answer, ...person };
    });
    const admitted = first.filter(({ status }) => status === 'admitted');
    expect(admitted.length).toBeGreaterThan(0);
    const waiting = byPlace.at(-1) as Person;
    const { answer } = await ask('booking', 'prod', `/queue/${waiting.id}`, { as: waiting.holder });
    expect(answer.status).toBe('waiting');
    const hold = (holder: string, token?: string) =>
      ask('booking', 'prod', '/holds', { body: { show, seat: 'A-1', ...(token ? { token } : {}) }, as: holder });
    const [{ holder, token }] = admitted.slice(-1);
    const refused = [await hold(waiting.holder), await hold(waiting.holder, token), await hold(holder, `${token}x`)];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 400]);
    expect((await hold(holder, token)).status).toBe(201);
  }, 120_000);
});

describe('1,000 callers on 100 seats', () => {
  let show: string;
  let booked: Booked[];

  test('make 100 bookings, with Kafka, DynamoDB, PostgreSQL and a replica of booking and ticket killed meanwhile', async () => {
    show = await newShow('prod');
    let sold = 0;
    const struck = when({
      10: () => kill('kafka'),
      30: () => kill('postgres-prod'),
      50: () => kill('dynamodb-prod-booking'),
      70: () => Promise.all([killReplica('booking'), killReplica('ticket')]),
    });
    const began = Date.now();
    const all = await callers(200, 1_000, async (n) => {
      const one = await buy('prod', show, `caller-${n}`);
      if (one) struck.onDone(++sold);
      return one;
    });
    logDuration('100 bookings', began);
    await struck.all();
    booked = all.flatMap((one) => one ?? []);
    expect(booked).toHaveLength(100);
    expect(new Set(booked.map(({ seat }) => seat)).size).toBe(100);
    const { answer } = await ask('booking', 'prod', `/shows/${show}`);
    expect(answer.seats.every(({ state }: { state: string }) => state === 'booked')).toBe(true);
    const found = await callers(20, 100, (n) =>
      ask('booking', 'prod', `/bookings/${booked[n]?.id}`, { as: booked[n]?.holder as string }),
    );
    expect(found.map(({ answer }) => answer)).toEqual(
      booked.map(({ id, seat, holder }) => expect.objectContaining({ id, seat, show, holder: holderNamed(holder) })),
    );
  }, 600_000);

  test('and 100 tickets, one for each', async () => {
    const began = Date.now();
    const tickets = await callers(20, 100, (n) =>
      ask('ticket', 'prod', `/tickets?booking=${booked[n]?.id}`, {
        as: booked[n]?.holder as string,
        isEarly: ({ status }) => status === 404,
      }),
    );
    logDuration('100 tickets', began);
    expect(tickets.map(({ answer }) => answer)).toEqual(
      booked.map(({ id, seat, holder }) =>
        expect.objectContaining({ booking: id, show, seat, holder: holderNamed(holder) }),
      ),
    );
    const port = listensOf(seoul).postgres.prod;
    const psql = ['/usr/lib/postgresql/15/bin/psql', '-qAtX', '-h', '/run/postgres', '-p', `${port}`, '-U', 'postgres'];
    const counted = await insideOf(outer)(
      'postgres',
      [...psql, 'prod_ticket'],
      `select count(*), count(distinct id), count(distinct seat) from tickets where show = '${show}'`,
    );
    expect(counted.trim()).toBe('100|100|100');
  }, 300_000);

  test('Tokyo has all of it, as dr answers', async () => {
    const there = (service: string, path: string, n: number) =>
      ask(service, 'dr', path, { as: booked[n]?.holder as string, isEarly: ({ status }) => status === 404 });
    const bookings = await callers(10, 100, (n) => there('booking', `/bookings/${booked[n]?.id}`, n));
    expect(bookings.map(({ answer }) => answer.seat)).toEqual(booked.map(({ seat }) => seat));
    const tickets = await callers(10, 100, (n) => there('ticket', `/tickets?booking=${booked[n]?.id}`, n));
    expect(tickets.map(({ answer }) => answer.holder)).toEqual(booked.map(({ holder }) => holderNamed(holder)));
    await until('a lag of seconds', 60, async () => {
      const lags = [...(await script('status')).output.matchAll(/^tokyo .*: at most ([\d.]+) s behind seoul$/gm)];
      return lags.length === 3 && lags.every(([, seconds]) => Number(seconds) < 10);
    });
  }, 300_000);
});

describe('live', () => {
  test('keeps channels and recordings, with DynamoDB, S3 and a replica killed meanwhile', async () => {
    const [stamp, total] = [Date.now(), 300];
    const opening = (n: number) => ({ key: `${stamp}-${n % (total / 2)}`, show: 'arirang', title: 'Backstage' });
    const struck = when({
      50: () => kill('dynamodb-prod-live'),
      100: () => killReplica('live'),
      150: () => kill('s3'),
    });
    // Each key comes twice.
    const opened = await callers(
      50,
      total,
      (n) => ask('live', 'prod', '/channels', { body: opening(n) }),
      struck.onDone,
    );
    await struck.all();
    expect(opened.filter(({ status }) => status !== 201 && status !== 200)).toEqual([]);
    const idOf = new Map(opened.map(({ answer }) => [answer.key, answer.id]));
    expect(opened.map(({ answer }) => answer.id)).toEqual(opened.map(({ answer }) => idOf.get(answer.key)));
    expect(new Set(idOf.values()).size).toBe(total / 2);
    for (const id of idOf.values()) expect((await ask('live', 'prod', `/channels/${id}`)).status).toBe(200);

    const [channel] = idOf.values();
    const bytes = Buffer.alloc(100_000, 'abc');
    const announced = { name: 'first.mp4', type: 'video/mp4', size: bytes.length };
    const { upload } = (await ask('live', 'prod', `/channels/${channel}/recordings`, { body: announced })).answer;
    const put = () => fetch(upload.url, { method: upload.method, headers: upload.headers, body: bytes });
    await until('the upload', 60, async () => (await put()).ok);
    await kill('s3');
    const stored = async (environment: string) => {
      const { answer } = await ask('live', environment, `/channels/${channel}/recordings`, {
        isEarly: ({ status, answer }) => status !== 200 || answer.recordings[0]?.state !== 'stored',
      });
      const { url, method } = answer.recordings[0].download;
      return Buffer.from(await (await fetch(url, { method })).arrayBuffer());
    };
    expect((await stored('prod')).equals(bytes)).toBe(true);
    // And its copy in Tokyo.
    expect((await stored('dr')).equals(bytes)).toBe(true);
    // What is there is not replaced.
    expect((await put()).status).toBe(412);
  }, 300_000);
});
