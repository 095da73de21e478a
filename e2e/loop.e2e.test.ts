/** The core story: a push of each service is tested, built, signed, released, served and notified, once, and the services work together. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resultOf } from '../lib/kube/objects.ts';
import { checkProvenance } from '../lib/release/provenance.ts';
import { hasImage } from '../lib/release/registry.ts';
import { binary } from '../local/engines/engines.ts';
import { holderNamed } from '../local/entrance/caller.ts';
import { servedCommit } from '../local/loop.ts';
import { run, sleep, until } from '../local/machine/process.ts';
import { services } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { headOf } from '../local/seed/services.ts';
import { regions, registry, registryFromHost, state } from '../local/topology.ts';
import { ask } from './callers.ts';
import { ended, noVolumes, podsOf, runsOf } from './cluster.ts';
import { deliver, event } from './deliveries.ts';
import { restoreMain } from './forge.ts';
import { bringUp, registryUrls, script, upMs } from './platform.ts';
import { messagesOf } from './slack.ts';

/** What each service's main is at after scripts/loop. */
const pushed: Record<string, string> = {};
const commitOf = (service: string) => pushed[service] ?? `${service} was not pushed`;

beforeAll(async () => {
  await bringUp();
  // What is in this checkout is tested, and not what an earlier story left on main.
  for (const service of services) await restoreMain(service);
}, upMs);

describe('the loop', () => {
  test('scripts/loop takes each service from a git push to dev, with the image in both registries, and Slack is notified once a stage', async () => {
    const ends = await Promise.all(services.map((service) => script('loop', service)));
    for (const service of services) pushed[service] = (await headOf(service)) ?? 'nothing';
    for (const { status, output } of ends)
      expect(`${status} ${output}`).toMatch(/^0 [\s\S]*Seoul and Tokyo have the image under the same digest\./);
    // Long enough for a message too many.
    await sleep(2000);
    for (const service of services) {
      expect(await servedCommit(service, 'dev')).toBe(commitOf(service));
      expect(await messagesOf(commitOf(service))).toHaveLength(2);
      expect(await runsOf(commitOf(service))).toHaveLength(1);
    }
  }, 900_000);

  test.each(services)('the pods of a run of %s ask Karpenter not to disrupt them', async (service) => {
    const pods = await podsOf(commitOf(service));
    // The cluster deletes the oldest of many that have ended, so some may be gone by now.
    expect(pods.length).toBeGreaterThan(2);
    for (const { metadata } of pods) expect(metadata.annotations['karpenter.sh/do-not-disrupt']).toBe('true');
  });

  test.each(services)(
    'an image of %s that passes every gate is in both registries under one digest, signed and attested in both',
    async (service) => {
      const commit = commitOf(service);
      const end = await ended(commit);
      expect([resultOf(end, 'outcome'), resultOf(end, 'replica')]).toEqual(['released', 'confirmed']);
      expect(resultOf(end, 'quality')).toMatch(/^quality gate passed, coverage \d/);
      const digest = resultOf(end, 'image')?.split('@')[1] ?? 'none';
      const publicKey = secrets().signingKey?.publicKey ?? '';
      for (const region of regions) {
        const image = `${registry(region)}/${service}`;
        expect(await hasImage(image, digest, { urls: registryUrls })).toBe(true);
        await checkProvenance(image, digest, { service, commit }, publicKey, { urls: registryUrls });
        const asked = ['--key', join(state, 'signing.pub'), '--insecure-ignore-tlog', '--allow-http-registry'];
        const there = `${registryFromHost(region)}/${service}@${digest}`;
        const cosign = (...args: string[]) => run(binary('cosign', 'cosign'), [...args, ...asked, there]);
        await cosign('verify');
        expect(await cosign('verify-attestation', '--type=cyclonedx')).toContain('payload');
        const [statement = ''] = (await cosign('verify-attestation', '--type=slsaprovenance1')).split('\n');
        const { predicate } = JSON.parse(Buffer.from(JSON.parse(statement).payload, 'base64').toString());
        const from: { uri: string }[] = predicate.buildDefinition.resolvedDependencies;
        // The images that its Dockerfile names, and no others.
        expect(from.filter(({ uri }) => uri.startsWith('oci://'))).toHaveLength(service === 'live' ? 1 : 2);
      }
    },
    120_000,
  );

  test('G1: the same delivery again, five times at once, starts no second run and sends no second message', async () => {
    const body = JSON.stringify(event('ticket', commitOf('ticket')));
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver({ body })));
    expect(answers).toEqual([202, 202, 202, 202, 202]);
    await sleep(3000);
    expect(await runsOf(commitOf('ticket'))).toHaveLength(1);
    expect(await messagesOf(commitOf('ticket'))).toHaveLength(2);
  });

  test('no run leaves a volume behind', noVolumes, 150_000);
});

describe('the services together', () => {
  test('a ticket is issued on the event of a booking, and on nothing else', async () => {
    const [show, as] = ['arirang', `kim-${Date.now()}`];
    // Whatever was booked in this dev before.
    const { answer: shown } = await ask('booking', 'dev', `/shows/${show}`);
    const { seat } = shown.seats.find(({ state }: { state: string }) => state === 'free');
    const { answer: hold } = await ask('booking', 'dev', '/holds', { body: { show, seat }, as });
    const booked = await ask('booking', 'dev', '/bookings', { body: { hold: hold.id }, as });
    expect(booked.status).toBe(201);
    const booking = booked.answer.id as string;
    const ticket = await until('the ticket', 60, async () => {
      const { status, answer } = await ask('ticket', 'dev', `/tickets?booking=${booking}`, { as });
      return status === 200 ? answer : undefined;
    });
    expect(ticket).toEqual(expect.objectContaining({ booking, show, seat, holder: holderNamed(as) }));
    // Tickets are ordered by nobody: the entrance does not know the request.
    expect((await ask('ticket', 'dev', '/tickets', { body: { booking, show, seat }, as })).status).toBe(404);
  }, 90_000);
});

describe('each service as its callers know it', () => {
  test('booking lists its shows, and admits people from a queue, whose token a hold needs', async () => {
    const [show, as] = ['nutcracker', `kim-${Date.now()}`];
    const { answer } = await ask('booking', 'dev', '/shows');
    expect(answer.shows.map(({ id }: { id: string }) => id)).toContain(show);
    const first = await ask('booking', 'dev', '/queue', { body: { show }, as });
    const again = await ask('booking', 'dev', '/queue', { body: { show }, as });
    expect([first.status, again.status, again.answer]).toEqual([202, 202, first.answer]);
    let place: Record<string, string> = {};
    await until('the admission', 60, async () => {
      ({ answer: place } = await ask('booking', 'dev', `/queue/${first.answer.id}`, { as }));
      return place.status === 'admitted';
    });
    const { answer: shown } = await ask('booking', 'dev', `/shows/${show}`);
    const { seat } = shown.seats.find(({ state }: { state: string }) => state === 'free');
    const hold = (body: object) => ask('booking', 'dev', '/holds', { body: { show, seat, ...body }, as });
    expect((await hold({})).status).toBe(403);
    const held = await hold({ token: place.token });
    expect([held.status, held.answer]).toEqual([201, expect.objectContaining({ show, seat, holder: holderNamed(as) })]);
  }, 90_000);

  test('live opens, lists and closes a channel, once each', async () => {
    const given = { key: `key-${Date.now()}`, show: 'arirang', title: 'Backstage' };
    const opened = await ask('live', 'dev', '/channels', { body: given });
    expect([opened.status, (await ask('live', 'dev', '/channels', { body: given })).status]).toEqual([201, 200]);
    const { id } = opened.answer;
    const listed = async () =>
      (await ask('live', 'dev', '/channels?state=open&show=arirang')).answer.channels.map(
        (one: { id: string }) => one.id,
      );
    expect(await listed()).toContain(id);
    const close = () => ask('live', 'dev', `/channels/${id}/close`, { body: {} });
    const closed = await close();
    expect([closed.status, (await close()).answer]).toEqual([200, closed.answer]);
    expect(await listed()).not.toContain(id);
  });
});
