import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bomType, checkProvenance, mainRef, ProvenanceFault, predicateOf, provenanceType } from './provenance.ts';
import { digestOf, FakeRegistry, signingKey } from './registry.fake.ts';

const origin = { service: 'ticket', commit: 'c'.repeat(40) };
let registry: FakeRegistry;
let digest: string;
beforeEach(async () => {
  registry = await new FakeRegistry().start();
  digest = registry.put('{"layers":[]}');
});
afterEach(() => registry.stop());

const check = (of = origin, key = signingKey.publicKey) =>
  checkProvenance(`${registry.host}/ticket`, digest, of, key, {
    urls: { [registry.host]: registry.url },
    backoff: { tries: 1, totalMs: 1_000, pauseMs: 1 },
  });
const fault = async (...given: Parameters<typeof check>) => {
  const error = await check(...given).catch((error) => error);
  expect(error).toBeInstanceOf(ProvenanceFault);
  return error.message;
};

test.each([true, false])(
  'takes a signed statement about the image, its service and commit (referrers listed: %s)',
  async (lists) => {
    registry.listsReferrers = lists;
    registry.sign(digest, origin);
    await expect(check()).resolves.toBeUndefined();
  },
);

test('an image without a signature is of nobody', async () => {
  expect(await fault()).toMatch(/ticket@sha256:\w+: no signed provenance for commit c{40} of ticket: there is none$/);
});

test('a signature of another key counts for nothing', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  registry.sign(digest, origin, { privateKey });
  expect(await fault()).toMatch(/: signature verification failed$/);
});

test('G15: what is signed for another commit, service or image does not count for this one', async () => {
  registry.sign(digest, { ...origin, commit: 'd'.repeat(40) });
  registry.sign(digest, { ...origin, service: 'live' });
  registry.sign(digest, origin, { about: digestOf('another') });
  expect(await fault()).toMatch(
    /no signed provenance for .*: it is of commit d{40} of ticket; it is of commit c{40} of live; it is about sha256:/,
  );
});

test('G15: what main did not have when it was built does not count', async () => {
  registry.sign(digest, origin, { ref: 'none' });
  expect(await fault()).toMatch(/: the commit was on none when it was built, allowed refs\/heads\/main$/);
  registry.sign(digest, origin);
  await expect(check()).resolves.toBeUndefined();
});

test('one good statement among others is enough', async () => {
  registry.keep(digest, 'not JSON');
  registry.sign(digest, { ...origin, commit: 'd'.repeat(40) });
  registry.sign(digest, origin);
  registry.sign(digest, origin, { predicateType: 'https://example/other' });
  await expect(check()).resolves.toBeUndefined();
});

test('of very many statements the newest count, and no more than 50 are read', async () => {
  registry.sign(digest, origin);
  for (let n = 0; n < 30; n++) registry.sign(digest, { ...origin, commit: n.toString(16).padStart(40, '0') });
  registry.asked = [];
  expect(await fault()).toMatch(/no signed provenance/);
  // Each by its manifest and its blob; the list of them by another two.
  expect(registry.asked.length).toBeLessThanOrEqual(2 * 50 + 2);
});

test('G15: an image whose bill of materials is not signed, or is of another image, does not count either', async () => {
  registry.sign(digest, origin, { predicateType: provenanceType });
  expect(await fault()).toMatch(/ticket@sha256:\w+: no signed bill of materials: there is none$/);
  registry.sign(digest, origin, { predicateType: bomType, about: digestOf('another') });
  expect(await fault()).toMatch(/: no signed bill of materials: it is about sha256:/);
  registry.sign(digest, origin, { predicateType: bomType });
  await expect(check()).resolves.toBeUndefined();
});

test('a statement of another kind says nothing about where an image comes from', async () => {
  registry.sign(digest, origin, { predicateType: 'https://cyclonedx.org/bom' });
  expect(await fault()).toMatch(/: there is none$/);
  registry.sign(digest, origin, { payloadType: 'text/plain' });
  expect(await fault()).toMatch(/: a statement of type text\/plain$/);
});

test('a key that is none is said to be none', async () => {
  const error = await check(origin, 'foo').catch((error) => error);
  expect(error).toBeInstanceOf(ProvenanceFault);
  expect(error.message).toMatch(/cannot be read: allowed a public key as PEM/);
});

test('a bundle that was changed after it was signed does not count', async () => {
  registry.sign(digest, { ...origin, commit: 'd'.repeat(40) });
  const [bundle] = [...registry.content.values()].filter((text) => text.includes('dsseEnvelope')) as [string];
  const changed = JSON.parse(bundle);
  const payload = Buffer.from(changed.dsseEnvelope.payload, 'base64')
    .toString()
    .replaceAll('d'.repeat(40), origin.commit);
  changed.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
  registry.content.delete(digest.replace(':', '-'));
  registry.keep(digest, JSON.stringify(changed));
  expect(await fault()).toMatch(/: signature verification failed$/);
});

test('a registry that is down is asked again later, and not taken for one without signatures', async () => {
  registry.sign(digest, origin);
  registry.trouble = [503];
  await expect(check()).rejects.toThrow(/it answered 503/);
});

test('the predicate names sources and bases by digest', () => {
  const build = {
    ...origin,
    repository: 'https://forge.example/o/ticket.git',
    ref: 'refs/heads/main',
    run: 'ticket-main-1',
    finished: new Date(0),
  };
  const { buildDefinition, runDetails } = predicateOf({
    ...build,
    bases: ['docker.io/library/golang:1.26@sha256:aa', 'none'],
  });
  expect(buildDefinition.resolvedDependencies).toEqual([
    { uri: 'git+https://forge.example/o/ticket.git', digest: { gitCommit: origin.commit } },
    { uri: 'oci://docker.io/library/golang:1.26', digest: { sha256: 'aa' } },
  ]);
  expect(buildDefinition.buildType).toBe('https://tickets.example/pipelines/deliver/v1');
  expect(buildDefinition.externalParameters).toEqual({ ...origin, repository: build.repository, ref: mainRef });
  expect(runDetails.builder).toEqual({ id: 'https://tickets.example/pipelines/deliver' });
  expect(runDetails.metadata).toEqual({ invocationId: 'ticket-main-1', finishedOn: '1970-01-01T00:00:00.000Z' });
});
