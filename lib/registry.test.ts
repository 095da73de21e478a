import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { hasImage, RegistryFault } from './registry.ts';

const image = 'registry.tokyo.internal:5000/ticket';
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const one = JSON.stringify({ schemaVersion: 2, layers: [] });

let server: Server;
let url: string;
let manifests: Map<string, string>;
/** Status of the next answers, before the registry is itself again. */
let trouble: (number | 'hang')[];
let asked: { path: string; authorization: string | undefined }[];

beforeEach(async () => {
  manifests = new Map();
  trouble = [];
  asked = [];
  server = createServer(({ url = '', headers }, answer) => {
    asked.push({ path: url, authorization: headers.authorization });
    const next = trouble.shift();
    if (next === 'hang') return;
    if (next !== undefined) return void answer.writeHead(next, { location: 'http://127.0.0.1:9/' }).end('{}');
    const text = manifests.get(url.slice(url.lastIndexOf('/') + 1));
    answer.writeHead(text === undefined ? 404 : 200).end(text ?? '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const put = (text: string): string => {
  manifests.set(digestOf(text), text);
  return digestOf(text);
};
const ask = (digest: string, more = {}) =>
  hasImage(image, digest, { urls: { 'registry.tokyo.internal:5000': url }, pausesMs: [1, 1], ...more });

test('has what it sends under its own digest, and not what it does not know', async () => {
  expect(await ask(put(one))).toBe(true);
  expect(asked[0]?.path).toBe(`/v2/ticket/manifests/${digestOf(one)}`);
  expect(await ask(digestOf('other'))).toBe(false);
});

test('has an image of several platforms only with each of them', async () => {
  const [amd, arm] = [digestOf('{"a":1}'), digestOf('{"b":2}')];
  const index = put(JSON.stringify({ manifests: [{ digest: amd }, { digest: arm }] }));
  put('{"a":1}');
  expect(await ask(index)).toBe(false);
  put('{"b":2}');
  expect(await ask(index)).toBe(true);
});

test('a registry that sends something else under the digest does not count', async () => {
  manifests.set(digestOf('wanted'), 'another');
  await expect(ask(digestOf('wanted'))).rejects.toThrow(/it sent sha256:\w+ for sha256:/);
});

test('asks again after 500 and after silence, and then says what it heard', async () => {
  const digest = put(one);
  trouble = [500, 'hang'];
  expect(await ask(digest, { requestMs: 200 })).toBe(true);
  trouble = [503, 503, 503];
  await expect(ask(digest)).rejects.toThrow(/ticket: it answered 503 \(try 3\); run again/);
  trouble = ['hang', 'hang', 'hang'];
  await expect(ask(digest, { requestMs: 50 })).rejects.toThrow(RegistryFault);
});

test('does not follow the registry elsewhere, where the login would go along', async () => {
  trouble = [307, 307, 307];
  await expect(ask(put(one), { login: 'AWS:secret' })).rejects.toThrow(RegistryFault);
});

test('logs in, and tells how when it may not', async () => {
  await ask(put(one), { login: 'AWS:secret' });
  expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('AWS:secret').toString('base64')}`);
  trouble = [401];
  await expect(ask(digestOf(one))).rejects.toThrow(/it answered 401: set REGISTRY_LOGIN/);
  expect(asked).toHaveLength(2);
});

test('a manifest without end is cut off', async () => {
  const digest = put('x'.repeat(5 * 2 ** 20));
  await expect(ask(digest)).rejects.toThrow(/more than 4194304 bytes/);
});
