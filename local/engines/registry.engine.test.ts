import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { deleteTag, hasImage, tagAge, tags } from '../../lib/release/registry.ts';
import { sleep, until } from '../machine/process.ts';
import { binary } from './engines.ts';

/** The registry of a region, which collects its garbage while it serves. */
const login = 'writer:0123456789abcdef';
const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

let folder: string;
let registry: ChildProcess;
let url: string;
afterEach(async () => {
  registry.kill();
  await new Promise((resolve) => registry.once('close', resolve));
  rmSync(folder, { recursive: true });
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Starts one that collects all the time what was not asked for within `grace`. */
async function start(grace: string): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  writeFileSync(join(folder, 'login'), login);
  const address = `127.0.0.1:${await freePort()}`;
  const settings = ['-address', address, '-storage', join(folder, 'images'), '-login', join(folder, 'login')];
  registry = spawn(binary('registry', 'registry'), [...settings, '-collect', '200ms', '-grace', grace], {
    stdio: 'ignore',
  });
  url = `http://${address}`;
  await until('registry', 20, async () => (await fetch(`${url}/v2/`)).status === 401, 100);
}

async function upload(repository: string, text: string): Promise<string> {
  const digest = digestOf(text);
  const begun = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
  const place = new URL(begun.headers.get('location') as string, url);
  place.searchParams.set('digest', digest);
  const { status } = await fetch(place, { method: 'PUT', headers: { authorization }, body: text });
  expect(status).toBe(201);
  return digest;
}
const index = 'application/vnd.oci.image.index.v1+json';
const single = 'application/vnd.oci.image.manifest.v1+json';
async function put(repository: string, body: object, mediaType = single, tag?: string): Promise<string> {
  const text = JSON.stringify({ schemaVersion: 2, mediaType, ...body });
  const { status } = await fetch(`${url}/v2/${repository}/manifests/${tag ?? digestOf(text)}`, {
    method: 'PUT',
    headers: { authorization, 'content-type': mediaType },
    body: text,
  });
  expect(status).toBe(201);
  return digestOf(text);
}
/** An image of these layers, by its tag or without one. */
async function push(repository: string, layers: string[], tag?: string, more: object = {}): Promise<string> {
  const of = async (text: string) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    size: text.length,
    digest: await upload(repository, text),
  });
  const config = await of(`{"of":${JSON.stringify(layers)}}`);
  const uploaded = [];
  for (const layer of layers) uploaded.push(await of(layer));
  return put(
    repository,
    { config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' }, layers: uploaded, ...more },
    single,
    tag,
  );
}
const child = (digest: string) => ({ mediaType: single, digest, size: 1 });
const host = () => url.slice('http://'.length);
const access = () => ({ urls: { [host()]: url }, login });
const has = (repository: string, digest: string) => hasImage(`${host()}/${repository}`, digest, access());
const asks = async (repository: string, text: string) =>
  (await fetch(`${url}/v2/${repository}/blobs/${digestOf(text)}`, { method: 'HEAD' })).status;
const onDisk = (...names: string[]) => Object.fromEntries(names.map((text) => [text, stored(text)]));
/** Not by the registry, which would note that somebody asked. */
const stored = (text: string): boolean => {
  const hex = digestOf(text).slice(7);
  return existsSync(join(folder, 'images/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data'));
};

test('what no tag leads to goes, and what one leads to stays: layers that others share, children, and what is said about an image', async () => {
  await start('5s');
  const kept = await push('ticket', ['shared', 'kept'], 'kept');
  const gone = await push('ticket', ['shared', 'gone'], 'gone');
  const ofIndex = await push('ticket', ['of an index']);
  const all = await put('ticket', { manifests: [child(ofIndex)] }, index, 'index');
  const signature = await push('ticket', ['a signature'], undefined, { subject: child(kept) });
  const orphan = await push('ticket', ['about what goes'], undefined, { subject: child(gone) });
  expect(await deleteTag(`${host()}/ticket`, 'gone', access())).toBe(true);
  await until('the collection', 40, async () => !stored('gone') && !stored('about what goes'), 200);
  expect(onDisk('shared', 'kept', 'of an index', 'a signature')).toEqual({
    shared: true,
    kept: true,
    'of an index': true,
    'a signature': true,
  });
  for (const digest of [kept, all, ofIndex, signature]) expect(await has('ticket', digest)).toBe(true);
  for (const digest of [gone, orphan]) expect(await has('ticket', digest)).toBe(false);
  expect(await tags(`${host()}/ticket`, access())).toEqual(['index', 'kept']);
  // What went can come again.
  expect(await has('ticket', await push('ticket', ['shared', 'gone'], 'gone'))).toBe(true);
}, 60_000);

test('what was uploaded or asked for within the grace stays, so a push of any length finds its layers', async () => {
  await start('3s');
  await upload('ticket', 'layer of a slow push');
  await upload('ticket', 'left behind');
  for (let second = 0; second < 6; second++) {
    await sleep(1000);
    expect(await asks('ticket', 'layer of a slow push')).toBe(200);
  }
  expect(onDisk('layer of a slow push', 'left behind')).toEqual({
    'layer of a slow push': true,
    'left behind': false,
  });
}, 60_000);

test('pushes that go on while it collects are whole', async () => {
  await start('3s');
  const pushed: string[] = [];
  for (let n = 0; n < 40; n++) pushed.push(await push('ticket', ['base', `layer ${n}`], `tag-${n}`));
  await sleep(3500);
  for (const digest of pushed) expect(await has('ticket', digest)).toBe(true);
}, 60_000);

test('a tag shows its age, and what it leads to stays for the others when it is deleted', async () => {
  await start('1h');
  const digest = await push('ticket', ['x'], 'one');
  await push('ticket', ['x'], 'two');
  expect(await tagAge(`${host()}/ticket`, 'one', access())).toBeLessThan(20_000);
  expect(await tagAge(`${host()}/ticket`, 'none', access())).toBe(undefined);
  expect(await deleteTag(`${host()}/ticket`, 'one', access())).toBe(true);
  expect(await deleteTag(`${host()}/ticket`, 'one', access())).toBe(false);
  expect(await tags(`${host()}/ticket`, access())).toEqual(['two']);
  expect(await has('ticket', digest)).toBe(true);
}, 60_000);
