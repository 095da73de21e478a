/** The firewall as it is built: attacks, what must pass, and the records of what was blocked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refusalBody, refusals } from '../../entrance/refusals.ts';
import { routes } from '../../entrance/routes/index.ts';
import { until } from '../machine/process.ts';
import { attacks } from './attacks.ts';
import { type Call, caller } from './caller.ts';
import { startTestEntrance, type TestEntrance } from './entrance.testing.ts';
import { patternOf } from './gateway.ts';

let entrance: TestEntrance;
beforeAll(async () => {
  entrance = await startTestEntrance({ firewall: true });
}, 60_000);
afterAll(() => entrance.stop());

const blocked = expect.objectContaining({ status: 403, body: refusalBody(refusals.firewall) });
type Written = { terminatingRuleId: string; httpRequest: Record<string, unknown>; [field: string]: unknown };
/** All records that are written by now. */
const records = (): Written[] =>
  readdirSync(join(entrance.folder, 'records'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.log.gz'))
    .flatMap((file) =>
      gunzipSync(readFileSync(join(entrance.folder, 'records', file)))
        .toString()
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line));

describe.each(Object.entries(attacks))('%s', (_, { some }) => {
  test.each(some.map((attack) => [attack.what, attack] as const))('%s is blocked', async (_, attack) => {
    entrance.seen.length = 0;
    const { path, ...asked } = attack;
    expect(await entrance.ask(path, asked)).toEqual(blocked);
    expect(entrance.seen).toEqual([]);
  });

  test('are ten', () => {
    expect(some.length).toBeGreaterThanOrEqual(10);
  });
});

/** As people write them. */
const titles = [
  'Hamlet: “To be, or not to be” (live & uncut)',
  '아리랑 2막: 서울에서 <생중계>',
  "Les Misérables – L'intégrale / 1 or 2?",
  "Who's Afraid of Virginia Woolf?",
  'Rock & Roll; the best of',
  'Select your seat and order by phone',
  "It's 5 o'clock; let's go",
];

test('what customers and staff send passes, and arrives as it was sent', async () => {
  const call = caller(entrance.at);
  const of = (service: string, path: string, body?: object): Call => ({
    ...{ service, path, environment: 'prod' },
    ...(body ? { body } : {}),
  });
  const sent: Call[] = [
    of('booking', '/shows'),
    of('booking', '/shows/nutcracker'),
    of('booking', '/queue', { show: 'romeo-and-juliet' }),
    of('booking', '/queue/bnV0Y3JhY2tlci1wNDU2'),
    of('booking', '/holds', { show: 'arirang', seat: 'A-1', token: 'kq3V-7_hZ0.MTc5NjA0OTczMQ.8_rY2x-dQ' }),
    of('booking', '/bookings', { hold: 'arirang.A-1.f3a9c2' }),
    of('booking', '/bookings/arirang.A-1.f3a9c2'),
    // Ids that begin like names of files.
    of('booking', '/queue/show-1796055057319.cvsf5k2sq23dqqq8j8uq8agt8'),
    of('booking', '/bookings', { hold: 'hamlet.A-1.cvsf5k2sq23dqqq8j8uq8agt8' }),
    of('booking', '/bookings/hamlet.A-1.env2sq23dqqq8j8uq8agt8'),
    of('ticket', '/tickets?booking=hamlet.A-1.cvsf5k2sq23dqqq8j8uq8agt8'),
    of('ticket', '/tickets?booking=arirang.A-1.f3a9c2'),
    of('ticket', '/tickets/mzxw6ytboi3dcmrt'),
    of('live', '/channels?state=open&show=arirang&limit=50&after=MjAyNi0xMS0zMFQxNDowMDowMFo'),
    ...titles.map((title, n) => of('live', '/channels', { key: `k-${n}`, show: 'arirang', title })),
    of('live', '/channels/c-1'),
    of('live', '/channels/c-1/close', {}),
    of('live', '/channels/c-1/recordings', { name: 'first-act.mp4', type: 'video/mp4', size: 5_000_000_000 }),
    of('live', '/channels/c-1/recordings'),
    ...['booking', 'ticket', 'live'].map((service) => of(service, '/version')),
  ];
  for (const one of sent) {
    const { status, body } = await call(one);
    expect({ path: one.path, status, sent: body.body ? JSON.parse(body.body) : undefined }).toEqual({
      ...{ path: one.path, status: 200, sent: one.body },
    });
  }
  // Each route is among them.
  const asked = sent.map(({ service, path, body }) => {
    const own = path === '/version' ? `/probe/${service}` : (path.split('?')[0] ?? '');
    return `${body ? 'POST' : 'GET'} /api${own}`;
  });
  for (const route of routes) {
    const pattern = new RegExp(`^${route.method} ${patternOf(route).slice(1)}`);
    expect(asked).toEqual(expect.arrayContaining([expect.stringMatching(pattern)]));
  }
});

test.each(['Union of selected songs', '1984 and 1=1', 'Time to sleep (10)'])(
  'a title that reads like SQL is refused, as by every firewall that reads it: %s',
  async (title) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ key: 'k-1', show: 'arirang', title });
    expect(await entrance.ask('/api/channels', { headers, body })).toEqual(blocked);
  },
);

test('a browser’s requests for the site pass, and files outside of it are not there', async () => {
  const headers = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8',
  };
  for (const path of [
    '/',
    '/signed-in?code=abc_DEF-123&state=xyz&iss=http%3A%2F%2Fauth.localhost%3A8003',
    '/site.js',
  ]) {
    const { status, headers: output } = await entrance.ask(path, { headers });
    expect([path, status, output['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
  }
  for (const path of ['/firewall/settings.json', '/nothing', '/site'])
    expect((await entrance.ask(path, { headers })).status).toBe(404);
});

test('the firewall’s key replaces whatever a client sent, and no service sees it', async () => {
  entrance.seen.length = 0;
  expect((await entrance.ask('/api/shows', { headers: { 'x-api-key': 'guessed' } })).status).toBe(200);
  expect(entrance.seen[0]?.headers).not.toHaveProperty('x-api-key');
});

test('a body that is no JSON, and one that is too large, reaches no service', async () => {
  entrance.seen.length = 0;
  const headers = { 'content-type': 'application/json' };
  const torn = await entrance.ask('/api/holds', { headers, body: '{"show": "arirang", "seat":' });
  expect([torn.status, torn.body]).toEqual([400, refusalBody(refusals.other)]);
  const large = await entrance.ask('/api/holds', { headers, body: JSON.stringify('x'.repeat(10 * 1024 * 1024)) });
  expect([large.status, large.body]).toEqual([413, refusalBody(refusals.tooLarge)]);
  expect(entrance.seen).toEqual([]);
});

test('a blocked request is written down as AWS WAF does, without a secret', async () => {
  const path = "/api/shows/1?seat=1'%20OR%20'1'='1'%20--%20&mark=record-of-this-test";
  const headers = { authorization: 'Bearer very-secret', cookie: 'session=very-secret', 'user-agent': 'test' };
  expect(await entrance.ask(path, { headers })).toEqual(blocked);
  const record = await until('the record', 20, async () =>
    records().find(({ httpRequest }) => String(httpRequest.args).includes('record-of-this-test')),
  );
  expect(record).toMatchObject({
    formatVersion: 1,
    action: 'BLOCK',
    terminatingRuleId: 'CoreRuleSet',
    terminatingRuleType: 'MANAGED_RULE_GROUP',
    httpSourceName: 'CF',
    ruleGroupList: [{ terminatingRule: { ruleId: expect.stringMatching(/^942\d{3}$/), action: 'BLOCK' } }],
    httpRequest: {
      clientIp: '127.0.0.1',
      country: '-',
      uri: '/api/shows/1',
      httpMethod: 'GET',
      httpVersion: 'HTTP/1.1',
    },
    labels: expect.arrayContaining([{ name: 'owasp:crs:attack-sqli' }]),
  });
  expect(JSON.stringify(record)).not.toContain('very-secret');
  expect(record.httpRequest.headers).toEqual(
    expect.arrayContaining([
      { name: 'authorization', value: 'REDACTED' },
      { name: 'cookie', value: 'REDACTED' },
    ]),
  );
  const [file] = readdirSync(join(entrance.folder, 'records'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.log.gz'),
  );
  expect(file).toMatch(
    /^AWSLogs\/\d{12}\/WAFLogs\/cloudfront\/tickets\/\d{4}\/\d\d\/\d\d\/\d\d\/\d[05]\/\d{12}_waflogs_cloudfront_tickets_\d{8}T\d{4}Z_[0-9a-f]{8}\.log\.gz$/,
  );
});
