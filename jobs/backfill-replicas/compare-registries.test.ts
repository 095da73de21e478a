import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { programOf, runHere } from '../../lib/program.testing.ts';
import { bomType, provenanceType, typeAnnotation } from '../../lib/release/provenance.ts';
import { digestOf, FakeRegistry, signingKey } from '../../lib/release/registry.fake.ts';
import { referrers } from '../../lib/release/registry.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { shown } from '../../lib/text.ts';
import { compare } from './compare-registries.ts';

const commit = (digit: string) => digit.repeat(40);
const image = (of: string) => JSON.stringify({ layers: [], of });
const digest = (of: string) => digestOf(image(of));
const tag = (of: string) => digest(of).replace(':', '-');

let seoul: FakeRegistry;
let tokyo: FakeRegistry;
const folder = temporaryFolder();
beforeEach(async () => {
  [seoul, tokyo] = await Promise.all([new FakeRegistry().start(), new FakeRegistry().start()]);
});
afterEach(() => {
  for (const registry of [seoul, tokyo]) registry.stop();
});

/** Seoul has this image, and what is signed about it. */
function signed(service: string, of: string): void {
  seoul.putTag(service, of, image(of));
  seoul.sign(digest(of), { service, commit: of });
}
/** Tokyo has what Seoul has. */
function replicate(): void {
  for (const [name, text] of seoul.content) tokyo.content.set(name, text);
  for (const [repository, tags] of seoul.tags) tokyo.tags.set(repository, [...tags]);
}
const named = (text: string) => text.replaceAll(seoul.host, 'seoul').replaceAll(tokyo.host, 'tokyo');

const given = () => ({
  ...{ SERVICES: 'booking ticket', SOURCE: seoul.host, REPLICA: tokyo.host },
  ...{ INSECURE: 'true', DOCKER_CONFIG: folder(), PLAN: folder(), SIGNING_PUBLIC_KEY: signingKey.publicKey },
});

async function compared(run = () => runHere(compare, given())) {
  const { status, out, err } = await run();
  expect(status).toBe(0);
  const copies = named(readFileSync(folder('copies'), 'utf8'));
  return {
    status: readFileSync(folder('status'), 'utf8'),
    output: named(out + err),
    /** What belongs together. */
    copies: copies
      .split('\n\n')
      .slice(0, -1)
      .map((group) => group.split('\n')),
  };
}
const nothing = { status: '0\n', output: '', copies: [] };

test('copies only what the replica registry lacks, by digest', async () => {
  signed('booking', commit('a'));
  signed('ticket', commit('b'));
  replicate();
  tokyo.tags.delete('booking');
  for (const name of [commit('a'), tag(commit('a'))]) tokyo.content.delete(name);
  signed('ticket', commit('c'));
  seoul.putTag('ticket', 'latest', image('latest'));
  expect(await compared()).toEqual({
    ...nothing,
    copies: [
      ['booking', commit('a')],
      ['ticket', commit('c')],
    ].map(([service, of = '']) => [
      `seoul/${service}:${tag(of)} tokyo/${service}:${tag(of)}`,
      `seoul/${service}@${digest(of)} tokyo/${service}:${of}`,
    ]),
  });
});

test('referrers go before their image, unless they are there', async () => {
  seoul.listsReferrers = true;
  tokyo.listsReferrers = true;
  seoul.sign(digest(commit('b')), { service: 'ticket', commit: commit('b') }, { predicateType: bomType });
  replicate();
  signed('ticket', commit('b'));
  const [, ...later] = await referrers(`${seoul.host}/ticket`, digest(commit('b')), {
    urls: { [seoul.host]: seoul.url },
  });
  expect(later).toHaveLength(2);
  expect(await compared()).toEqual({
    ...nothing,
    copies: [
      [
        ...later.map((one) => `seoul/ticket@${one.digest} tokyo/ticket@${one.digest}`),
        `seoul/ticket@${digest(commit('b'))} tokyo/ticket:${commit('b')}`,
      ],
    ],
  });
});

test.each([true, false])(
  'brings back signatures that the replica registry lost, though it has the image (referrers listed: %s)',
  async (lists) => {
    seoul.listsReferrers = lists;
    tokyo.listsReferrers = lists;
    signed('ticket', commit('b'));
    replicate();
    tokyo.content.delete(tag(commit('b')));
    const { status, output, copies } = await compared();
    expect([status, output, copies.length]).toEqual(['0\n', '', lists ? 2 : 1]);
    const name = lists ? `@sha256:\\w{64}` : `:${tag(commit('b'))}`;
    // Each by itself: one that is refused hinders no other.
    for (const group of copies)
      expect(group).toEqual([expect.stringMatching(new RegExp(`^seoul/ticket(${name}) tokyo/ticket\\1$`))]);
  },
);

test.each([
  [bomType, /no signed provenance for commit b{40} of ticket: there is none/],
  [provenanceType, /no signed bill of materials: there is none/],
])('an image of which only this is signed yet waits, which is logged and no fault: %s', async (predicateType, why) => {
  seoul.putTag('ticket', commit('b'), image(commit('b')));
  seoul.sign(digest(commit('b')), { service: 'ticket', commit: commit('b') }, { predicateType });
  expect(await compared()).toEqual({
    ...nothing,
    output: expect.stringMatching(new RegExp(`^backfill-replicas: ticket:b{40} waits: .*${why.source}\n$`)),
  });
});

test.each<[string, () => void]>([
  ['somebody else', () => stateOf('c', { privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })],
  [
    'nobody, with the types of statements alone',
    () => {
      for (const type of [bomType, provenanceType]) seoul.keep(digest(commit('c')), '{}', { [typeAnnotation]: type });
    },
  ],
  ['us for another commit', () => seoul.sign(digest(commit('c')), { service: 'ticket', commit: commit('d') })],
  ['us for another service', () => seoul.sign(digest(commit('c')), { service: 'booking', commit: commit('c') })],
  ['us for another image', () => stateOf('c', { about: digest('another') })],
])('G13: an image that was signed by %s is not copied', async (_, sign) => {
  seoul.putTag('ticket', commit('c'), image(commit('c')));
  sign();
  const { status, output, copies } = await compared();
  expect([status, copies]).toEqual(['0\n', []]);
  expect(output).toMatch(
    /^backfill-replicas: ticket:c{40} waits: .* no signed provenance for commit c{40} of ticket: /,
  );
});
const stateOf = (digit: string, more: Parameters<FakeRegistry['sign']>[2]) =>
  seoul.sign(digest(commit(digit)), { service: 'ticket', commit: commit(digit) }, more);

test('signatures that the replica registry lost come back for an image that is signed by the key, and for no other', async () => {
  signed('ticket', commit('b'));
  replicate();
  stateOf('c', {});
  seoul.putTag('ticket', commit('c'), image(commit('c')));
  tokyo.putTag('ticket', commit('c'), image(commit('c')));
  seoul.content.delete(tag(commit('c')));
  stateOf('c', { about: digest('another') });
  expect(await compared()).toEqual(nothing);
});

test('G13: an image of which the replica registry lacks a blob is reported, because no copy would bring it', async () => {
  const layer = { digest: seoul.put('layer'), size: 5 };
  const whole = JSON.stringify({ layers: [layer] });
  seoul.putTag('ticket', commit('b'), whole);
  seoul.sign(digestOf(whole), { service: 'ticket', commit: commit('b') });
  replicate();
  expect(await compared()).toEqual(nothing);
  tokyo.content.delete(layer.digest);
  expect(await compared()).toEqual({
    status: '1\n',
    output: `backfill-replicas: ticket:${commit('b')}: tokyo has its manifest and lacks a part of it; delete tokyo/ticket@${digestOf(whole)}, and the next run copies it\n`,
    copies: [],
  });
});

const program = programOf('jobs/backfill-replicas/compare-registries.ts');

test('does nothing with nothing missing, also as its image holds it', async () => {
  expect(await compared(() => program(given()).ended)).toEqual(nothing);
  expect(await compared()).toEqual(nothing);
  signed('ticket', commit('b'));
  replicate();
  expect(await compared()).toEqual(nothing);
});

test('a registry out of reach fails the job, and the other services are backfilled', async () => {
  signed('booking', commit('a'));
  signed('ticket', commit('b'));
  tokyo.broken = /^\/v2\/booking\//;
  const { status, output, copies } = await compared();
  expect([status, copies.length]).toEqual(['1\n', 1]);
  expect(output).toMatch(/^backfill-replicas: booking: tokyo\/booking: it answered 500 \(try 3\); run again .*\n$/);
});

test('a tag with another digest fails the job and is never moved, and the others are copied', async () => {
  signed('ticket', commit('b'));
  signed('ticket', commit('c'));
  tokyo.putTag('ticket', commit('b'), image('another'));
  const { status, output, copies } = await compared();
  expect([status, copies.map((group) => group.at(-1))]).toEqual([
    '1\n',
    [`seoul/ticket@${digest(commit('c'))} tokyo/ticket:${commit('c')}`],
  ]);
  expect(output).toContain(
    `ticket:${commit('b')}: it is ${digest(commit('b'))} in seoul and ${digest('another')} in tokyo; tags of commits do not`,
  );
});

test('text of a registry never becomes part of a copy', async () => {
  const odd = [`${commit('b')} tokyo/ticket:x`, `--${commit('b')}`, `${commit('b')}\n`];
  seoul.tags.set('booking', odd);
  for (const of of odd) seoul.content.set(of, image(of));
  signed('ticket', commit('b'));
  for (const wrong of ['sha256:$(id) tokyo/ticket:x', `${digest('x')} tokyo/ticket:x`, `seoul/x@${digest('x')}`]) {
    seoul.content.set(tag(commit('b')), JSON.stringify({ manifests: [{ digest: wrong }] }));
    const { status, output, copies } = await compared();
    expect([status, copies]).toEqual(['1\n', []]);
    expect(output).toBe(
      `backfill-replicas: ticket:${commit('b')}: ${shown(wrong)} refers to it, allowed is "sha256:" and 64 hex digits\n`,
    );
  }
});

test('a registry that does not give what is signed fails the job: the image does not only wait', async () => {
  signed('ticket', commit('b'));
  seoul.broken = /\/blobs\//;
  const { status, output, copies } = await compared();
  expect([status, copies]).toEqual(['1\n', []]);
  expect(output).toMatch(/^backfill-replicas: ticket:b{40}: .* it answered 500 \(try 3\)/);
});

test('looks at a part of very many images each time', async () => {
  const many = Array.from({ length: 300 }, (_, index) => `${index}`.padStart(40, '0'));
  for (const of of many) seoul.putTag('ticket', of, image(of));
  replicate();
  const turns: (string | undefined)[][] = [];
  for (const start of [0.5, 0.9]) {
    seoul.asked = [];
    const random = jest.spyOn(Math, 'random').mockReturnValue(start);
    expect(await compared()).toEqual(nothing);
    const looked = seoul.asked.map(({ path }) => /manifests\/(\w{40})$/.exec(path)?.[1]).filter(Boolean);
    turns.push([...new Set(looked)]);
    random.mockRestore();
  }
  // From any image on, and past the last one from the first.
  expect(turns).toEqual([many.slice(150, 200), [...many.slice(270), ...many.slice(0, 20)]]);
});
