import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { digestOf, FakeRegistry } from './registry.fake.ts';
import { hasImage, RegistryFault, taggedDigest, tags } from './registry.ts';

const image = 'registry.tokyo.internal:5000/ticket';
const one = JSON.stringify({ schemaVersion: 2, layers: [] });

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await new FakeRegistry().start();
});
afterEach(() => registry.stop());

const put = (text: string) => registry.put(text);
const backoff = { tries: 3, totalMs: 5_000, pauseMs: 1 };
const access = () => ({ urls: { 'registry.tokyo.internal:5000': registry.url }, backoff });
const ask = (digest: string, more = {}) => hasImage(image, digest, { ...access(), ...more });

test('has what it sends under its own digest, and not what it does not know', async () => {
  expect(await ask(put(one))).toBe(true);
  expect(registry.asked[0]?.path).toBe(`/v2/ticket/manifests/${digestOf(one)}`);
  expect(await ask(digestOf('other'))).toBe(false);
});

test('G13: has an image of several platforms only with each of them', async () => {
  const [amd, arm] = [digestOf('{"a":1}'), digestOf('{"b":2}')];
  const index = put(JSON.stringify({ manifests: [{ digest: amd }, { digest: arm }] }));
  put('{"a":1}');
  expect(await ask(index)).toBe(false);
  put('{"b":2}');
  expect(await ask(index)).toBe(true);
});

test('G13: has an image only with each of its blobs, in their sizes', async () => {
  const blob = (text: string) => ({ digest: digestOf(text), size: Buffer.byteLength(text) });
  const layers = Array.from({ length: 20 }, (_, at) => `layer ${at}`);
  const digest = put(JSON.stringify({ config: blob('config'), layers: layers.map(blob) }));
  for (const text of [...layers, 'config']) put(text);
  expect(await ask(digest)).toBe(true);
  for (const text of ['config', 'layer 0', 'layer 19']) {
    registry.content.delete(digestOf(text));
    expect(await ask(digest)).toBe(false);
    // Half of it.
    registry.content.set(digestOf(text), text.slice(1));
    expect(await ask(digest)).toBe(false);
    put(text);
  }
  const index = put(JSON.stringify({ manifests: [{ digest }] }));
  expect(await ask(index)).toBe(true);
  registry.content.delete(digestOf('layer 7'));
  expect(await ask(index)).toBe(false);
});

test('asks for no blob whose digest is none', async () => {
  registry.content.set('x', 'x');
  expect(await ask(put(JSON.stringify({ layers: [{ digest: '../manifests/x', size: 1 }] })))).toBe(false);
  expect(await ask(put(JSON.stringify({ manifests: [{ digest: 'x' }] })))).toBe(false);
  expect(registry.asked).toHaveLength(2);
});

test('a registry that sends something else under the digest does not count', async () => {
  registry.content.set(digestOf('wanted'), 'another');
  await expect(ask(digestOf('wanted'))).rejects.toThrow(/it sent sha256:\w+ for sha256:/);
});

test('asks again after 500 and after silence, and then says what it heard', async () => {
  const digest = put(one);
  registry.trouble = [500, 'hang'];
  expect(await ask(digest, { requestMs: 200 })).toBe(true);
  registry.trouble = [503, 503, 503];
  await expect(ask(digest)).rejects.toThrow(/ticket: it answered 503 \(try 3\); run again/);
  registry.trouble = ['hang', 'hang', 'hang'];
  await expect(ask(digest, { requestMs: 50 })).rejects.toThrow(RegistryFault);
});

test('does not follow the registry elsewhere, where the login would go along', async () => {
  registry.trouble = [307, 307, 307];
  await expect(ask(put(one), { login: 'AWS:secret' })).rejects.toThrow(RegistryFault);
});

test('logs in, and says how when it may not', async () => {
  await ask(put(one), { login: 'AWS:secret' });
  expect(registry.asked[0]?.authorization).toBe(`Basic ${Buffer.from('AWS:secret').toString('base64')}`);
  registry.trouble = [401];
  await expect(ask(digestOf(one))).rejects.toThrow(
    /it answered 401 to nobody: set REGISTRY_LOGIN to user:password of one who may pull/,
  );
  expect(registry.asked).toHaveLength(2);
});

test('a manifest without end is cut off', async () => {
  const digest = put('x'.repeat(5 * 2 ** 20));
  await expect(ask(digest)).rejects.toThrow(/more than 4194304 bytes/);
});

test('logs in as the Docker configuration says, to the host that it says it for', async () => {
  const dockerConfig = mkdtempSync(join(tmpdir(), 'docker-'));
  try {
    const auth = Buffer.from('AWS:secret').toString('base64');
    writeFileSync(join(dockerConfig, 'config.json'), JSON.stringify({ auths: { 'other.example': { auth } } }));
    await ask(put(one), { dockerConfig });
    writeFileSync(
      join(dockerConfig, 'config.json'),
      JSON.stringify({ auths: { 'registry.tokyo.internal:5000': { auth } } }),
    );
    await ask(put(one), { dockerConfig });
    expect(registry.asked.map(({ authorization }) => authorization)).toEqual([undefined, `Basic ${auth}`]);
  } finally {
    rmSync(dockerConfig, { recursive: true });
  }
});

test('reads every page of tags, and goes nowhere else for them', async () => {
  const all = ['a', 'b', 'c', 'd', 'e'];
  registry.tags.set('ticket', all);
  registry.pageSize = 2;
  expect(await tags(image, access())).toEqual(all);
  expect(registry.asked.map(({ path }) => path)).toEqual(
    ['n=1000', 'n=2&last=b', 'n=2&last=d'].map((query) => `/v2/ticket/tags/list?${query}`),
  );
});

test('a repository that does not exist yet has no tags; what is no registry does not say that', async () => {
  expect(await tags(image, access())).toEqual([]);
  registry.trouble = [404, 404, 404];
  await expect(tags(image, access())).rejects.toThrow(/ticket: it answered 404 \(try 3\)/);
});

test('a list of tags without end is not read on', async () => {
  registry.tags.set('ticket', Array(200).fill('same'));
  registry.pageSize = 1;
  await expect(tags(image, access())).rejects.toThrow(/ticket: more than 100 pages of tags; delete/);
  expect(registry.asked).toHaveLength(100);
});

test('says what a tag leads to by what it leads to, and nothing of a tag that is not there', async () => {
  registry.putTag('ticket', 'latest', one);
  expect(await taggedDigest(image, 'latest', access())).toBe(digestOf(one));
  expect(await taggedDigest(image, 'other', access())).toBeUndefined();
});
