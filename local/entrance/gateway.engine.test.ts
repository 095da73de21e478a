/** Who is refused with what, by the gateway as it is built: a token of every wrong kind against every route of the document. */
import { createHmac, createPrivateKey, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { entranceBodyLimit, keys } from '../../entrance/limits.ts';
import { type Refusal, type RefusalName, refusalBody, refusals } from '../../entrance/refusals.ts';
import { routes } from '../../entrance/routes/index.ts';
import { clients, fullScope, type Pool, poolOf, type Scope, scopes } from '../../entrance/tokens.ts';
import type { Route } from '../../entrance/types.ts';
import { caller, signInByCode } from './caller.ts';
import { startTestEntrance, type TestEntrance } from './entrance.testing.ts';
import { issuerOf } from './settings.ts';
import { newKey, type SigningKey } from './sign-in/names.ts';

let entrance: TestEntrance;
beforeAll(async () => {
  entrance = await startTestEntrance({ firewall: false });
}, 60_000);
afterAll(() => entrance.stop());

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
type Token = { pool?: Pool; key?: SigningKey; header?: object; claims?: object; signature?: string };
/** A token that is right, but for what is given. */
function tokenOf(scope: Scope, { pool = poolOf(scope), key, header = {}, claims = {}, signature }: Token = {}): string {
  const own = key ?? (entrance.secrets.keys[pool][0] as SigningKey);
  const now = Math.floor(Date.now() / 1000);
  const all = {
    ...{ iss: issuerOf(pool, entrance.listens), sub: 'c2166a86-5292-8019-a07b-239e6d2e7e60', token_use: 'access' },
    ...{ scope: fullScope(scope), client_id: 'web', iat: now, exp: now + 900 },
    ...claims,
  };
  const signed = `${part({ alg: 'RS256', kid: own.kid, ...header })}.${part(all)}`;
  const made = sign('sha256', Buffer.from(signed), createPrivateKey({ key: own as never, format: 'jwk' }));
  return `${signed}.${signature ?? made.toString('base64url')}`;
}

const apiKey = () => ({ 'x-api-key': entrance.secrets.apiKeys.site });
const pathOf = ({ path, query }: Route) =>
  `/api${path.replace('{id}', 'an-id.1')}${query?.booking ? '?booking=b-1' : ''}`;
const ask = (route: Route, token?: string, headers: Record<string, string> = apiKey()) =>
  entrance.ask(pathOf(route), {
    method: route.method,
    headers: {
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(route.body ? { 'content-type': 'application/json' } : {}),
    },
    ...(route.body ? { body: '{}' } : {}),
  });
const refusedWith = (name: RefusalName) => {
  const refusal: Refusal = refusals[name];
  const headers = Object.fromEntries(
    Object.entries(refusal.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
  );
  return expect.objectContaining({
    status: refusal.status,
    body: refusalBody(refusal),
    headers: expect.objectContaining({ ...headers, 'x-request-id': expect.stringMatching(/^[\w-]{36}$/) }),
  });
};

const closed = routes.filter(({ access }) => access !== 'public');
const open = routes.filter(({ access }) => access === 'public');
const firstScope = ({ access }: Route) => (access as readonly Scope[])[0] as Scope;
const now = () => Math.floor(Date.now() / 1000);

/** Of every wrong kind, one. */
const wrong: Record<string, (scope: Scope) => string | undefined> = {
  'no token': () => undefined,
  'no token at all behind Bearer': () => '',
  'words in place of a token': () => 'let me in',
  'an expired one': (scope) => tokenOf(scope, { claims: { exp: now() - 1 } }),
  'one that never expires': (scope) => tokenOf(scope, { claims: { exp: undefined } }),
  'one of another key with the same id': (scope) =>
    tokenOf(scope, { key: { ...newKey(), kid: entrance.secrets.keys[poolOf(scope)][0]?.kid as string } }),
  'one of a key that nobody published': (scope) => tokenOf(scope, { key: newKey() }),
  'one of another issuer': (scope) => tokenOf(scope, { claims: { iss: 'http://elsewhere.example' } }),
  'one of the other pool’s key': (scope) =>
    tokenOf(scope, { key: entrance.secrets.keys[poolOf(scope) === 'staff' ? 'customers' : 'staff'][0] as SigningKey }),
  'an ID token': (scope) => tokenOf(scope, { claims: { token_use: 'id' } }),
  'alg none': (scope) => tokenOf(scope, { header: { alg: 'none' }, signature: '' }),
  'alg none with the signature of another': (scope) => tokenOf(scope, { header: { alg: 'none' } }),
  'a MAC with the public key as its secret': (scope) => {
    const token = tokenOf(scope, { header: { alg: 'HS256' } })
      .split('.')
      .slice(0, 2)
      .join('.');
    const mac = createHmac('sha256', JSON.stringify(entrance.secrets.keys[poolOf(scope)][0]?.n)).update(token);
    return `${token}.${mac.digest('base64url')}`;
  },
  'claims that were changed': (scope) => {
    const [head, , signature] = tokenOf(scope).split('.');
    return `${head}.${tokenOf(scope, { claims: { sub: 'somebody else' } }).split('.')[1]}.${signature}`;
  },
  'no subject': (scope) => tokenOf(scope, { claims: { sub: undefined } }),
};

describe.each(closed)('$method $path', (route) => {
  const scope = firstScope(route);

  test('passes with a token of its scope, and the service learns who it is', async () => {
    entrance.seen.length = 0;
    const answer = await ask(route, tokenOf(scope), {
      ...apiKey(),
      cookie: 'a=b',
      'x-subject': 'an admin',
      'x-request-id': 'mine',
    });
    expect(answer.status).toBe(200);
    const [seen] = entrance.seen;
    expect(seen?.url).toBe(route.upstream ?? pathOf(route).replace('/api', ''));
    expect(seen?.headers).toMatchObject({
      host: `${route.service}.prod`,
      'x-subject': 'c2166a86-5292-8019-a07b-239e6d2e7e60',
      'x-request-id': answer.headers['x-request-id'],
    });
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(seen?.headers).not.toHaveProperty(name);
  });

  test.each(Object.keys(wrong))('is refused with %s', async (kind) => {
    entrance.seen.length = 0;
    expect(await ask(route, wrong[kind]?.(scope))).toEqual(refusedWith('unauthorized'));
    expect(entrance.seen).toEqual([]);
  });

  test('is refused with any other scope, and with none', async () => {
    const allowed = route.access as readonly Scope[];
    for (const other of (Object.keys(scopes) as Scope[]).filter((one) => !allowed.includes(one)))
      expect(await ask(route, tokenOf(other))).toEqual(refusedWith('scope'));
    for (const text of [undefined, '', 'openid', `${fullScope(scope)}.more`, `x${fullScope(scope)}`])
      expect(await ask(route, tokenOf(scope, { claims: { scope: text } }))).toEqual(refusedWith('scope'));
  });

  test('is refused without an API key, and with a wrong one', async () => {
    for (const headers of [{}, { 'x-api-key': '' }, { 'x-api-key': 'guessed' }])
      expect(await ask(route, tokenOf(scope), headers as Record<string, string>)).toEqual(refusedWith('apiKey'));
  });
});

test.each(open)('$method $path passes without a token, as nobody, whatever a caller says', async (route) => {
  entrance.seen.length = 0;
  expect((await ask(route, 'anything', { ...apiKey(), 'x-subject': 'an admin' })).status).toBe(200);
  expect(entrance.seen[0]?.headers['x-subject']).toBe('nobody');
  expect(await ask(route, undefined, {})).toEqual(refusedWith('apiKey'));
});

test.each([
  '/metrics',
  '/api/metrics',
  '/api/healthz',
  '/api/version',
  '/api/shows/',
  '/api/shows/a/b',
  '/api/shows/..%2Fmetrics',
  '/api//shows',
  '/api/shows/%2e%2e/metrics',
  '/shows',
  '/API/shows',
])('%s is nothing', async (path) => {
  entrance.seen.length = 0;
  const headers = { ...apiKey(), authorization: `Bearer ${tokenOf('booking.write')}` };
  expect(await entrance.ask(path, { headers })).toEqual(refusedWith('unknown'));
  expect(entrance.seen).toEqual([]);
});

test('a method, and a host, that no route has is nothing', async () => {
  const headers = apiKey();
  expect(await entrance.ask('/api/shows', { method: 'DELETE', headers })).toEqual(refusedWith('unknown'));
  expect(await entrance.ask('/api/shows', { headers }, 'booking.localhost')).toEqual(refusedWith('unknown'));
});

test('bodies: too large, of another type, and a query without what it must have', async () => {
  const post = (more: Record<string, string>) =>
    entrance.ask('/api/holds', {
      method: 'POST',
      headers: { ...apiKey(), authorization: `Bearer ${tokenOf('booking.write')}`, ...more },
    });
  expect(await post({ 'content-length': `${entranceBodyLimit + 1}` })).toEqual(refusedWith('tooLarge'));
  expect(await post({ 'content-type': 'text/plain', 'content-length': '0' })).toEqual(refusedWith('mediaType'));
  const headers = { ...apiKey(), authorization: `Bearer ${tokenOf('ticket.read')}` };
  expect(await entrance.ask('/api/tickets', { headers })).toEqual(refusedWith('invalid'));
});

test('a key takes its number of requests a second, and each API counts its own', async () => {
  const { rate, burst } = keys.canary;
  const token = tokenOf('ticket.read');
  const headers = { authorization: `Bearer ${token}`, 'x-api-key': entrance.secrets.apiKeys.canary };
  const all = await Promise.all(
    Array.from({ length: 3 * (rate + burst) }, () => entrance.ask('/api/tickets/t-1', { headers })),
  );
  const taken = all.filter(({ status }) => status === 200).length;
  expect(taken).toBeGreaterThanOrEqual(burst);
  expect(taken).toBeLessThanOrEqual(rate + burst);
  for (const answer of all.filter(({ status }) => status !== 200)) expect(answer).toEqual(refusedWith('throttled'));
  // Nobody else is slowed down.
  expect((await ask(routes.find(({ path }) => path === '/tickets/{id}') as Route, token)).status).toBe(200);
});

test('a service that is away, and one that hangs up, is a 504 that may be repeated', async () => {
  const { service, servicePort } = entrance;
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  expect(await ask(open[0] as Route)).toEqual(refusedWith('away'));
  await new Promise<void>((resolve) => service.listen(servicePort, '127.0.0.1', resolve));
  expect((await ask(open[0] as Route)).status).toBe(200);
});

describe('signing in', () => {
  test('a customer has the scopes of the site by a code with PKCE, whatever was asked for', async () => {
    const tokens = await signInByCode('web', 'Kim@tickets.example', 'a password', entrance.at);
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ token_use: 'access', scope: clients.web.scopes.map(fullScope).join(' ') });
    const show = routes.find(({ path }) => path === '/bookings') as Route;
    expect((await ask(show, tokens.access_token)).status).toBe(200);
    // The other token of the same sign-in is none for the API.
    expect(await ask(show, tokens.id_token)).toEqual(refusedWith('unauthorized'));
    await expect(signInByCode('web', 'kim@tickets.example', 'another one', entrance.at)).rejects.toThrow('401');
    await expect(signInByCode('studio', 'kim@tickets.example', 'a password', entrance.at)).rejects.toThrow('401');
  });

  test('each caller signs in as its route asks for, and a person of a crowd is the one who signs in by the name', async () => {
    const call = caller({ ...entrance.at, apiKey: entrance.secrets.apiKeys.site });
    const as = (path: string, body?: object, person?: string) =>
      call({
        service: 'live',
        environment: 'prod',
        path,
        ...(body ? { body } : {}),
        ...(person ? { as: person } : {}),
      });
    expect((await as('/version')).body.headers['x-subject']).toBe('canary');
    expect((await as('/channels', { key: 'k' })).status).toBe(200);
    const crowd = await as('/bookings/b', undefined, 'kim@tickets.example');
    const { access_token } = await signInByCode('web', 'kim@tickets.example', 'a password', entrance.at);
    const person = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(crowd.body.headers['x-subject']).toBe(person.sub);
  });
});

describe('keys', () => {
  const route = routes.find(({ path }) => path === '/bookings') as Route;

  test('a new key is taken when it is published, and the old one until it is not', async () => {
    const old = tokenOf('booking.write');
    await entrance.rotate(true);
    const fresh = tokenOf('booking.write');
    expect((await ask(route, fresh)).status).toBe(401);
    expect(await entrance.look()).toBe(true);
    expect([(await ask(route, fresh)).status, (await ask(route, old)).status]).toEqual([200, 200]);
    await entrance.rotate(false);
    expect(await entrance.look()).toBe(true);
    expect(await ask(route, old)).toEqual(refusedWith('unauthorized'));
    expect((await ask(route, tokenOf('booking.write'))).status).toBe(200);
  });

  test('while nobody can be asked for keys they are kept for an hour, and then nobody is let in', async () => {
    const token = tokenOf('booking.write');
    await entrance.stopSignIn();
    const minute = 60_000;
    expect(await entrance.look(Date.now() + 59 * minute)).toBe(false);
    expect((await ask(route, token)).status).toBe(200);
    expect(await entrance.look(Date.now() + 61 * minute)).toBe(true);
    expect(await ask(route, token)).toEqual(refusedWith('unauthorized'));
    expect((await ask(open[0] as Route)).status).toBe(200);
    await entrance.startSignIn();
    await entrance.look();
    expect((await ask(route, token)).status).toBe(200);
  });
});
