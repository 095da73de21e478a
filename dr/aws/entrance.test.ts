import { createServer, request as plain } from 'node:http';
import type { request as overTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { awsEntrance, statusOf } from './entrance.ts';

/** A gateway and a sign-in in one: it answers what `answers` says, and remembers what it was asked. */
const asked: string[] = [];
let answers: Record<string, number> = {};
const server = createServer((request, answer) => {
  const { host, authorization, 'x-api-key': key } = request.headers;
  asked.push([request.method, host, request.url, authorization, key].join(' '));
  let body = '';
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    answer.statusCode = answers[request.url ?? ''] ?? 200;
    answer.end(request.method === 'POST' ? JSON.stringify({ access_token: 'a-token', body }) : '{}');
    if (request.method === 'POST') asked.push(body);
  });
});
let host = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

/** Without TLS: what is under test is who is asked for what. */
const look = (config: Record<string, string> = {}) => {
  asked.length = 0;
  const values: Record<string, string> = {
    DR_CANARY_SECRET: 'entrance/canary',
    DR_CANARY_TOKEN: `http://${host}/oauth2/token`,
    DR_ENTRANCE_TOKYO: host,
    DR_ENTRANCE_NAME: 'api-origin.tickets.example',
    ...config,
  };
  const SecretString = JSON.stringify({ client: 'c', secret: 's', key: 'k' });
  return awsEntrance((name) => values[name] ?? '', {
    secrets: () => ({ send: async () => ({ SecretString }) }),
    statusOf: (one) => statusOf(one, plain as unknown as typeof overTls),
  })();
};

test('the canary gets a token for its scope alone, and asks each service under the name of the origin', async () => {
  answers = {};
  expect(await look()).toEqual([]);
  const [token, form, ...probes] = asked;
  expect([token, form]).toEqual([
    `POST ${host} /oauth2/token Basic ${Buffer.from('c:s').toString('base64')} `,
    'grant_type=client_credentials&scope=tickets%2Fprobe',
  ]);
  // All at once, so they come in any order.
  expect(probes.sort()).toEqual(
    ['booking', 'live', 'ticket'].map(
      (service) => `GET api-origin.tickets.example /api/probe/${service} Bearer a-token k`,
    ),
  );
});

test('whatever does not answer is named', async () => {
  answers = { '/api/probe/ticket': 504 };
  expect(await look()).toEqual(['/probe/ticket: given 504, allowed 200']);
  answers = { '/oauth2/token': 400 };
  expect(await look()).toEqual(['sign-in: given 400, allowed 200']);
  answers = {};
  // Nobody listens at port 1.
  const silent = await look({ DR_ENTRANCE_TOKYO: '127.0.0.1:1' });
  expect(silent).toHaveLength(3);
  for (const fault of silent) expect(fault).toMatch(/^\/probe\/\w+: given .*ECONNREFUSED/);
});
