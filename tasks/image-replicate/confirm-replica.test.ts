import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { programHere, programOf } from '../../lib/program.testing.ts';
import { digestOf, FakeRegistry, signingKey } from '../../lib/release/registry.fake.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const origin = { service: 'ticket', commit: 'c'.repeat(40) };
const one = '{"layers":[]}';
let registry: FakeRegistry;
const folder = temporaryFolder();
beforeEach(async () => {
  registry = await new FakeRegistry().start();
  writeFileSync(folder('config.json'), '{}');
});
afterEach(() => {
  registry.stop();
});

const entryPoint = 'tasks/image-replicate/confirm-replica.ts';
const asProcess = programOf(entryPoint);
const here = programHere(entryPoint);

async function run(digest: string, WAIT = '0', start: typeof here = here) {
  const { status, out, err } = await start({
    ...{ REPLICA: `${registry.host}/ticket`, DIGEST: digest, SERVICE: origin.service, COMMIT: origin.commit, WAIT },
    ...{ INSECURE: 'true', DOCKER_CONFIG: folder(), SIGNING_PUBLIC_KEY: signingKey.publicKey },
    RESULT_OUTCOME_PATH: folder('outcome'),
  }).ended;
  return { status, output: out + err, outcome: readFileSync(folder('outcome'), 'utf8') };
}

test('a replica with its signed provenance is confirmed', async () => {
  const digest = registry.put(one);
  registry.sign(digest, origin);
  expect(await run(digest, '0', asProcess)).toMatchObject({ status: 0, outcome: 'confirmed' });
});

test('an image of several platforms is confirmed with the last of them', async () => {
  const index = registry.put(JSON.stringify({ manifests: [{ digest: digestOf(one) }] }));
  registry.sign(index, origin);
  expect((await run(index)).outcome).toBe('late');
  registry.put(one);
  expect((await run(index)).outcome).toBe('confirmed');
});

test('an unsigned replica, or one of another commit, is late, and the run goes on', async () => {
  const digest = registry.put(one);
  const { status, output, outcome } = await run(digest);
  expect([status, outcome]).toEqual([0, 'late']);
  expect(output).toMatch(/no signed provenance for commit c{40} of ticket: there is none; dr stays at its last/);
  registry.sign(digest, { ...origin, commit: 'd'.repeat(40) });
  expect((await run(digest)).outcome).toBe('late');
});

test('a silent registry makes the replica late', async () => {
  registry.trouble = Array(9).fill(503);
  expect(await run(digestOf(one))).toMatchObject({
    ...{ status: 0, outcome: 'late' },
    output: expect.stringContaining('it answered 503'),
  });
}, 15_000);

test("waits for the registry's own replication", async () => {
  const digest = digestOf(one);
  setTimeout(() => {
    registry.put(one);
    registry.sign(digest, origin);
  }, 1_000);
  expect((await run(digest, '30')).outcome).toBe('confirmed');
}, 20_000);
