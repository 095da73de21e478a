import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { digestOf, FakeRegistry } from './registry.fake.ts';
import {
  deleteTag,
  firstBlob,
  hasImage,
  listOfReferrers,
  putTag,
  RegistryFault,
  referrers,
  stepAccess,
  tagAge,
  taggedDigest,
  tags,
} from './registry.ts';

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

test('follows the registry elsewhere for blobs alone, as ECR wants it, and without the login', async () => {
  const other = await new FakeRegistry().start();
  registry.elsewhere = other.url.replace('127.0.0.1', 'localhost');
  try {
    const digest = put(one);
    other.put(one);
    other.tags.set('ticket', ['latest']);
    registry.moved = /./;
    await expect(ask(digest, { login: 'AWS:secret' })).rejects.toThrow(RegistryFault);
    await expect(tags(image, access())).rejects.toThrow(RegistryFault);
    expect(other.asked).toEqual([]);
    registry.moved = /\/blobs\//;
    const blob = { digest: other.put('layer'), size: 5 };
    expect(await ask(put(JSON.stringify({ layers: [blob] })), { login: 'AWS:secret' })).toBe(true);
    expect(other.asked).toEqual([{ path: `/v2/ticket/blobs/${blob.digest}`, authorization: undefined }]);
  } finally {
    other.stop();
  }
});

test('a digest that only looks like one is none', async () => {
  const good = put(one);
  for (const digest of [[good], `x${good}`, `${good}/../x`, undefined])
    expect(await ask(put(JSON.stringify({ layers: [{ digest, size: one.length }] })))).toBe(false);
  expect(registry.asked.filter(({ path }) => !path.includes('/manifests/'))).toEqual([]);
});

test('asks for manifests of every type that there is, and for lists as JSON', async () => {
  await ask(put(one));
  await tags(image, access());
  expect(registry.accepted).toEqual([
    'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json',
    'application/json',
  ]);
});

test('a tag has the age that the registry says, and one without an age is a fault', async () => {
  registry.putTag('ticket', 'old', one);
  await expect(tagAge(image, 'old', access())).rejects.toThrow(/ticket:old: the registry does not say how old it is/);
  registry.modified.set('old', new Date('nonsense'));
  await expect(tagAge(image, 'old', access())).rejects.toThrow(RegistryFault);
  registry.modified.set('old', new Date(Date.now() - 3_600_000));
  const age = (await tagAge(image, 'old', access())) as number;
  expect(age).toBeGreaterThanOrEqual(3_600_000);
  expect(age).toBeLessThan(7_200_000);
  expect(await tagAge(image, 'other', access())).toBeUndefined();
});

test('deletes a tag, and says whether there was one', async () => {
  registry.putTag('ticket', 'old', one);
  registry.putTag('ticket', 'new', one);
  expect(await deleteTag(image, 'old', access())).toBe(true);
  expect(registry.tags.get('ticket')).toEqual(['new']);
  expect(await deleteTag(image, 'other', access())).toBe(false);
});

test('gives a tag to what is there, under the type that it has', async () => {
  expect(await putTag(image, 'a', put(one), access())).toBe(true);
  const docker = JSON.stringify({ mediaType: 'application/vnd.docker.distribution.manifest.v2+json' });
  expect(await putTag(image, 'b', put(docker), access())).toBe(true);
  expect([...registry.types]).toEqual([
    ['a', 'application/vnd.oci.image.manifest.v1+json'],
    ['b', 'application/vnd.docker.distribution.manifest.v2+json'],
  ]);
  expect([registry.content.get('a'), registry.content.get('b')]).toEqual([one, docker]);
  expect(await putTag(image, 'c', digestOf('other'), access())).toBe(false);
  expect(registry.tags.get('ticket')).toEqual(['a', 'b']);
});

test('what refers to an image, by the list of the registry or by the tag of clients', async () => {
  const digest = put(one);
  expect(await listOfReferrers(image, digest, access())).toEqual({ manifests: [], tag: digest.replace(':', '-') });
  registry.keep(digest, 'statement');
  const [referrer] = await referrers(image, digest, access());
  expect(await firstBlob(image, referrer?.digest as string, access())).toBe('statement');
  registry.listsReferrers = true;
  expect(await listOfReferrers(image, digest, access())).toEqual({ manifests: [referrer] });
  expect(await listOfReferrers(image, digestOf('other'), access())).toEqual({ manifests: [] });
  expect(await firstBlob(image, digest, access())).toBeUndefined();
  expect(await firstBlob(image, digestOf('other'), access())).toBeUndefined();
});

test('a step speaks http to the registry of its image alone, and only where it is configured', () => {
  const image = 'registry.local:5000/ticket';
  expect(stepAccess(image, { INSECURE: 'true', DOCKER_CONFIG: '/docker' })).toEqual({
    urls: { 'registry.local:5000': 'http://registry.local:5000' },
    dockerConfig: '/docker',
  });
  for (const INSECURE of ['false', '', undefined])
    expect(stepAccess(image, { INSECURE })).toEqual({ urls: {}, dockerConfig: '' });
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
