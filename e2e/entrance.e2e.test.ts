/** What the public meets before a service: the entrance lets in who signed in, a browser books through it, and nobody comes another way. */
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { refusalBody, refusals } from '../entrance/refusals.ts';
import { bookInBrowser } from '../local/entrance/browser.testing.ts';
import { call, send, signInByCode } from '../local/entrance/caller.ts';
import { entranceSecrets, recordsFolder, siteHost } from '../local/entrance/settings.ts';
import { until } from '../local/machine/process.ts';
import { services } from '../local/seed/git.ts';
import { entrance, host, hostOf, ports, regions, servicesPort } from '../local/topology.ts';
import { environments } from '../overlays/environments/index.ts';
import { ask } from './callers.ts';
import { allPromoted, bringUp, upMs } from './platform.ts';
import { newShow, removeShows } from './shows.ts';

beforeAll(async () => {
  await bringUp();
  await allPromoted('dr');
}, upMs + 900_000);

const site = ports.site.port;
const environmentNames = environments.map(({ name }) => name);

describe.each(environmentNames)('%s', (environment) => {
  test('answers to who signed in, at every service', async () => {
    for (const service of services) {
      const { status, answer } = await ask(service, environment, '/version');
      expect([status, answer.service]).toEqual([200, service]);
    }
    expect((await ask('booking', environment, '/shows')).status).toBe(200);
    expect((await ask('live', environment, '/channels')).status).toBe(200);
  });

  test('refuses who did not, and has neither metrics nor health for the public', async () => {
    const to = (path: string) => send(siteHost(environment), site, path);
    for (const path of ['/api/bookings/b-1', '/api/tickets?booking=b-1', '/api/channels', '/api/probe/ticket'])
      expect(await to(path)).toMatchObject({ status: 401, body: refusalBody(refusals.unauthorized) });
    for (const path of ['/api/metrics', '/api/healthz', '/api/readyz', '/api/version'])
      expect(await to(path)).toMatchObject({ status: 404, body: refusalBody(refusals.unknown) });
  });

  test('is at no other port of this machine', async () => {
    for (const port of [ports.seoul.port, ports.tokyo.port, site])
      for (const path of ['/version', '/metrics', '/shows']) {
        const { status } = await send(hostOf('booking', environment), port, path);
        expect([port, path, status]).toEqual([port, path, 404]);
      }
  });
});

/** Whether a connection comes about within two seconds. */
const opens = (address: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: address, port, timeout: 2000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false)).on('error', () => end(false));
  });

test('people on this machine reach neither the services’ port of an ingress nor the gateway behind the firewall', async () => {
  for (const { address } of regions) {
    expect(await opens(address, 80)).toBe(true);
    expect(await opens(address, servicesPort)).toBe(false);
  }
  expect(await opens(entrance.address, site)).toBe(true);
  for (const port of [8081, 8082]) expect(await opens(entrance.address, port)).toBe(false);
  expect(await opens(host.bridgeAddress, site)).toBe(false);
});

test('a customer sees the own booking, and nobody else’s', async () => {
  const show = await newShow('prod');
  const [mine, other] = [`mine-${Date.now()}`, `other-${Date.now()}`];
  const { answer: hold } = await ask('booking', 'prod', '/holds', { body: { show, seat: 'A-1' }, as: mine });
  const stolen = await ask('booking', 'prod', '/bookings', { body: { hold: hold.id }, as: other });
  expect(stolen.status).toBe(404);
  const { answer: booking } = await ask('booking', 'prod', '/bookings', { body: { hold: hold.id }, as: mine });
  const paths = { booking: `/bookings/${booking.id}`, ticket: `/tickets?booking=${booking.id}` };
  for (const [service, path] of Object.entries(paths)) {
    const isEarly = ({ status }: { status: number }) => status === 404;
    expect((await ask(service, 'prod', path, { as: mine, isEarly })).status).toBe(200);
    expect((await ask(service, 'prod', path, { as: other })).status).toBe(404);
  }
  await removeShows();
}, 120_000);

test('a customer is none of the staff, and the other way round', async () => {
  const { access_token: customer } = await signInByCode('web', 'curious@tickets.example', 'a long password');
  const { staff } = entranceSecrets();
  const { access_token: producer } = await signInByCode('studio', staff.name, staff.password);
  const as = (token: string, path: string, body: object) =>
    send(siteHost('prod'), site, path, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const refused = { status: 403, body: refusalBody(refusals.scope) };
  expect(await as(customer, '/api/channels', { key: 'k', show: 'arirang', title: 'Mine' })).toMatchObject(refused);
  expect(await as(producer, '/api/holds', { show: 'arirang', seat: 'A-1' })).toMatchObject(refused);
});

test('an attack is blocked, and written down within seconds for whoever reports it', async () => {
  const files = () => readdirSync(recordsFolder(), { recursive: true }).filter((name) => `${name}`.endsWith('.log.gz'));
  const before = files().length;
  const attack = await send(siteHost('prod'), site, `/api/shows/1?x=${encodeURIComponent("1' OR '1'='1' -- ")}`);
  expect(attack).toMatchObject({ status: 403, body: refusalBody(refusals.firewall) });
  await until('its record', 30, async () => files().length > before);
}, 60_000);

test('a browser signs up, signs in and books a seat, and the services have it', async () => {
  const { body } = await call({ service: 'booking', environment: 'prod', path: '/shows/arirang' });
  const person = `reader-${Date.now()}@tickets.example`;
  // docs/booking-a-seat.png is one of these.
  const picture = join(tmpdir(), 'booking-a-seat.png');
  const booked = await bookInBrowser(`http://${siteHost('prod')}:${site}/`, body.title, person, picture);
  expect(booked.ticket).toMatch(/^[a-z2-7]{26}$/);
  const { answer } = await ask('ticket', 'prod', `/tickets/${booked.ticket}`, { as: person });
  expect(answer).toMatchObject({ show: 'arirang', seat: booked.seat });
}, 180_000);
