import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { notifiedAnnotation } from '../../lib/kube/notified.ts';
import { programOf, runHere } from '../../lib/program.testing.ts';
import { FakeForge } from '../../lib/release/forge.fake.ts';
import { commitMessage } from '../../lib/release/release-writer.ts';
import { formatRelease, releasePath, robot, waitingRelease } from '../../lib/release/releases.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { redeliverLost } from './redeliver.ts';

const webhook = { booking: 'booking-secret-0123456789', ticket: 'ticket-secret-0123456789\n' };
const accountToken = 'account-token-0123456789';
const collection = '/apis/tekton.dev/v1/namespaces/ci/pipelineruns';
type Run = {
  metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  status: { conditions: { type: string; status: string }[] };
};

const folder = temporaryFolder();
let forge: FakeForge;
let runs: Map<string, Run>;
let asked: string[];
/** Bodies that the listener took; it makes runs of them as the real one does, unless `makesRuns` is off. */
let delivered: { body: string; headers: IncomingMessage['headers'] }[];
let answer: number;
let makesRuns: boolean;
let servers: Server[] = [];

async function listen(server: Server, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bodyOf = async (request: IncomingMessage) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

/** As much of the API server as the program uses, two runs a page. */
const apiServer: RequestListener = async (request, response) => {
  const url = new URL(request.url ?? '', 'http://api');
  asked.push(`${request.method} ${url.pathname.replace(collection, '')}`);
  const reply = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.headers.authorization !== `Bearer ${accountToken}`) return reply(401, { message: 'Unauthorized' });
  const body = await bodyOf(request);
  if (url.pathname === collection) {
    const from = Number(url.searchParams.get('continue') ?? 0);
    const all = [...runs.values()];
    const next = from + 2 < all.length ? { continue: String(from + 2) } : {};
    return reply(200, { metadata: next, items: all.slice(from, from + 2) });
  }
  const run = runs.get(url.pathname.slice(collection.length + 1));
  if (!run) return reply(404, { message: 'not found' });
  if (request.method === 'GET') return reply(200, run);
  const { preconditions, propagationPolicy } = JSON.parse(body);
  const { uid, resourceVersion } = preconditions;
  if (uid !== run.metadata.uid || resourceVersion !== run.metadata.resourceVersion)
    return reply(409, { message: 'the object has been modified' });
  // In the foreground it stays until what it owns is gone.
  if (propagationPolicy === 'Foreground') setTimeout(() => runs.delete(run.metadata.name), 400);
  else runs.delete(run.metadata.name);
  return reply(200, {});
};

const listener: RequestListener = async (request, response) => {
  const body = await bodyOf(request);
  delivered.push({ body, headers: request.headers });
  const { repository, after } = JSON.parse(body);
  if (makesRuns && answer === 202)
    addRun(repository.full_name.split('/')[1], after, { createdAt: '2026-11-23T12:00:00Z' });
  response.writeHead(answer).end('{}');
};

function addRun(
  service: string,
  commit: string,
  { createdAt = '2026-11-23T10:00:00Z', status = 'Unknown', memory = undefined as object | undefined } = {},
): string {
  const name = `${service}-main-${commit.slice(0, 12)}`;
  if (!runs.has(name))
    runs.set(name, {
      metadata: {
        ...{ name, uid: `uid-${name}`, resourceVersion: '7', creationTimestamp: createdAt },
        labels: { 'tickets.example/service': service },
        annotations: memory ? { [notifiedAnnotation]: JSON.stringify({ slack: memory }) } : {},
      },
      status: { conditions: [{ type: 'Succeeded', status }] },
    });
  return name;
}

let addresses: { api: string; listener: string };
beforeEach(async () => {
  forge = await new FakeForge('gitea').start();
  [runs, asked, delivered, answer, makesRuns] = [new Map(), [], [], 202, true];
  forge.commit('platform', {
    [releasePath('dev', 'booking')]: waitingRelease('booking'),
    [releasePath('dev', 'ticket')]: waitingRelease('ticket'),
  });
  addresses = { api: await listen(createServer(apiServer)), listener: await listen(createServer(listener)) };
  for (const [name, text] of Object.entries({ token: `${accountToken}\n`, namespace: 'ci', 'ca.crt': '' }))
    writeFileSync(folder(name), text);
  mkdirSync(folder('webhooks'));
  for (const [service, secret] of Object.entries(webhook)) writeFileSync(folder('webhooks', service), secret);
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
  await forge.stop();
});

/** Waits for a request of the program, and not for ever: a program that has ended asks no more. */
async function until(asked: () => boolean, program: Promise<unknown>): Promise<void> {
  let ended = false;
  void program.then(() => {
    ended = true;
  });
  while (!asked()) {
    if (ended) throw new Error('the program ended without the request');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const given = (more: Record<string, string | undefined> = {}) => ({
  FORGE_KIND: forge.address.kind,
  FORGE_API: forge.address.api,
  FORGE_OWNER: forge.address.owner,
  FORGE_TOKEN: `${forge.address.token}\n`,
  PLATFORM_REPOSITORY: 'platform',
  ENVIRONMENT: 'dev',
  SERVICES: 'booking ticket',
  LISTENER: addresses.listener,
  KUBERNETES_API: addresses.api,
  SERVICE_ACCOUNT: folder(),
  PATIENCE_SECONDS: '0',
  RUN_WITHIN_SECONDS: '1',
  WEBHOOK_SECRETS: folder('webhooks'),
  ...more,
});
const run = (more?: Record<string, string | undefined>) => runHere(redeliverLost, given(more));
const well = { status: 0, out: '', err: '' };
/** A repository whose head has its run. */
const settle = (service: string) => addRun(service, forge.commit(service, { a: '1' }));

/** Releases a commit of ticket to dev, as its run does. */
function release(commit: string, committer = robot.name): void {
  const run = `ticket-main-${commit.slice(0, 12)}`;
  const of = { service: 'ticket', digest: `sha256:${'a'.repeat(64)}`, commit, subject: 's', author: 'a', run };
  const message = commitMessage({ platform: 'platform', environment: 'dev', run, release: of });
  forge.commit('platform', { [releasePath('dev', 'ticket')]: formatRelease(of) }, { message, committer });
}

describe('a head without a run', () => {
  test('is redelivered once, as the forge delivers it', async () => {
    settle('booking');
    const commit = forge.commit('ticket', { a: '1' }, { message: 'Sell more\n\n예매', author: '홍길동 <h@x.example>' });
    const { status, out, err } = await run();
    expect([status, err]).toEqual([0, '']);
    expect(out).toBe(`redelivered the push of ticket ${commit.slice(0, 12)}: it had no run\n`);
    const [{ body, headers }] = delivered as [(typeof delivered)[number]];
    expect(JSON.parse(body)).toEqual({
      ref: 'refs/heads/main',
      after: commit,
      repository: { full_name: 'tickets/ticket' },
      sender: { login: 'redeliver-pushes' },
      head_commit: { message: 'Sell more\n\n예매', author: { name: '홍길동' } },
      redelivered: true,
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-github-event': 'push',
      // With every byte of the secret, as the listener checks it.
      'x-hub-signature-256': `sha256=${createHmac('sha256', webhook.ticket).update(body).digest('hex')}`,
    });
    expect(await run()).toEqual(well);
    expect(delivered).toHaveLength(1);
  });

  test('is redelivered in a few bytes, whatever its message is, and none that no reply has room for stops another', async () => {
    const long = { message: `Sell more\n${'x'.repeat(2 ** 20)}`, author: 'n'.repeat(2 ** 20) };
    const ticket = forge.commit('ticket', { a: '1' }, long);
    forge.commit('booking', { a: '1' }, { message: 'x'.repeat(2 ** 25) });
    const { status, err } = await run();
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(/^redeliver-pushes: booking: .*more than 16777216 bytes\n$/),
    ]);
    const [{ body }] = delivered as [(typeof delivered)[number]];
    expect(delivered).toHaveLength(1);
    expect(JSON.parse(body)).toMatchObject({
      after: ticket,
      head_commit: { message: expect.stringMatching(/^Sell more\nx+$/) },
    });
    expect(body.length).toBeLessThan(8192);
  });

  test('is signed with the secret of its own service, and one that has none stops no other', async () => {
    forge.commit('booking', { a: '1' });
    forge.commit('ticket', { a: '1' });
    rmSync(folder('webhooks/ticket'));
    const { status, err } = await run();
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(
        /^redeliver-pushes: ticket: no secret of its webhooks in \S+: make it, and give it to the forge\n$/,
      ),
    ]);
    const [{ body, headers }] = delivered as [(typeof delivered)[number]];
    expect(delivered).toHaveLength(1);
    expect(headers['x-hub-signature-256']).toBe(
      `sha256=${createHmac('sha256', webhook.booking).update(body).digest('hex')}`,
    );
  });

  test('is left alone if its run appears during the wait', async () => {
    settle('booking');
    const commit = forge.commit('ticket', { a: '1' });
    const waiting = run({ PATIENCE_SECONDS: '1' });
    await until(() => asked.includes('GET '), waiting);
    setTimeout(() => addRun('ticket', commit), 500);
    expect(await waiting).toEqual(well);
    expect(delivered).toEqual([]);
  });

  test('is left alone if a newer push comes during the wait', async () => {
    settle('booking');
    forge.commit('ticket', { a: '1' });
    const waiting = run({ PATIENCE_SECONDS: '1' });
    await until(
      () => forge.requests.some(({ path }) => path.endsWith('kustomization.yaml') || path.endsWith('/commits')),
      waiting,
    );
    forge.commit('ticket', { a: '2' });
    expect(await waiting).toEqual(well);
    expect(delivered).toEqual([]);
  });

  test('is left alone if it was released: in a new cluster, and after a rollback', async () => {
    settle('booking');
    const commit = forge.commit('ticket', { a: '1' });
    const waiting = forge.file('platform', releasePath('dev', 'ticket')) as string;
    release(commit);
    forge.commit('platform', { [releasePath('dev', 'ticket')]: waiting }, { message: 'Roll back' });
    expect(await run()).toEqual(well);
    expect(delivered).toEqual([]);
  });
});

describe('when main is forced back to an older commit', () => {
  const ended = { status: 'True', memory: { ended: 'released' } };
  const [earlier, later] = [{ createdAt: '2026-11-23T10:00:00Z' }, { createdAt: '2026-11-23T11:00:00Z' }];
  let older: string;
  let newer: string;
  /** Two commits, both released; main then goes back to the first one. */
  beforeEach(() => {
    settle('booking');
    older = forge.commit('ticket', { a: '1' });
    newer = forge.commit('ticket', { a: '2' });
    addRun('ticket', newer, { ...ended, ...later });
    release(older);
    release(newer);
    forge.forcePush('ticket', older);
  });

  test('dev follows main: the run of the head is started again, once', async () => {
    const name = addRun('ticket', older, { ...ended, ...earlier });
    const { status, out, err } = await run({ RUN_WITHIN_SECONDS: '5' });
    expect([status, err]).toEqual([0, '']);
    expect(out).toBe(
      `redelivered the push of ticket ${older.slice(0, 12)}: main is at it again, and dev has another release\n`,
    );
    // Its webhook came: nobody has to look after it.
    expect(delivered.map(({ body }) => JSON.parse(body))).toMatchObject([{ after: older, redelivered: false }]);
    expect(runs.get(name)?.metadata.creationTimestamp).toBe('2026-11-23T12:00:00Z');
    // While it runs, and if a gate then stops it, which is notified.
    expect(await run()).toEqual(well);
    runs.delete(name);
    addRun('ticket', older, { ...ended, status: 'False', createdAt: '2026-11-23T12:00:00Z' });
    expect(await run()).toEqual(well);
    expect(delivered).toHaveLength(1);
  });

  test('a head without a run is redelivered, although it was released before', async () => {
    expect((await run()).out).toBe(`redelivered the push of ticket ${older.slice(0, 12)}: it had no run\n`);
  });

  test.each([
    ['runs', { ...earlier, status: 'Unknown' }],
    ['ended, and that is not notified yet', { ...earlier, status: 'True' }],
    ['is the newer one', { ...ended, createdAt: '2026-11-23T11:30:00Z' }],
  ])('a run of the head that %s is left alone', async (_, given) => {
    addRun('ticket', older, given);
    expect(await run()).toEqual(well);
    expect(delivered).toEqual([]);
  });

  test('a run that changes meanwhile is left alone', async () => {
    const name = addRun('ticket', older, { ...ended, ...earlier });
    forge.trouble = () => {
      (runs.get(name) as Run).metadata.resourceVersion = '8';
      return undefined;
    };
    expect(await run()).toEqual(well);
    expect(delivered).toEqual([]);
  });

  test('a run whose deletion takes long is started by the next job', async () => {
    addRun('ticket', older, { ...ended, ...earlier });
    const { status, err } = await run({ RUN_WITHIN_SECONDS: '0' });
    expect([status, err]).toEqual([1, expect.stringMatching(/ticket: run \S+ is still being deleted; the next job/)]);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await run()).status).toBe(0);
    expect(delivered).toHaveLength(1);
  });

  test('and forward again, the run of that is started again', async () => {
    addRun('ticket', older, { ...ended, createdAt: '2026-11-23T11:30:00Z' });
    release(older);
    forge.forcePush('ticket', newer);
    expect((await run({ RUN_WITHIN_SECONDS: '5' })).out).toMatch(/^redelivered .*: main is at it again/);
    expect(delivered.map(({ body }) => JSON.parse(body).after)).toEqual([newer]);
  });

  test('a rollback that a person made before is replaced only if main lost that too', async () => {
    addRun('ticket', older, { ...ended, ...earlier });
    forge.forcePush('ticket', newer);
    release(older, 'Kim');
    expect(await run()).toEqual(well);
    expect(delivered).toEqual([]);
    addRun('ticket', forge.commit('ticket', { a: 'another root' }, { parent: '' }), {
      ...ended,
      createdAt: '2026-11-23T09:00:00Z',
    });
    expect((await run({ RUN_WITHIN_SECONDS: '5' })).out).toMatch(/^redelivered .*: main is at it again/);
  });
});

test('ignores the head of the robot, and a repository without a main branch', async () => {
  forge.create('booking');
  forge.commit('ticket', { a: '1' }, { author: `${robot.name} <${robot.email}>` });
  expect(await run()).toEqual(well);
  expect(delivered).toEqual([]);
});

describe('a fault is one line without a stack or a secret, and status 1:', () => {
  const oneLine = ({ status, err }: { status: number | null; err: string }) => {
    expect(status).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).not.toMatch(/\n {4}at /);
    for (const secret of [webhook.ticket.trim(), accountToken, forge.address.token]) expect(err).not.toContain(secret);
    return err;
  };

  test('one unreadable service does not stop the others', async () => {
    forge.commit('booking', { a: '1' });
    const commit = forge.commit('ticket', { a: '1' });
    const body = { message: `${forge.address.token} ${webhook.ticket.trim()}` };
    forge.trouble = ({ path }) => (path.startsWith('/repos/tickets/booking') ? { status: 500, body } : undefined);
    const ended = await run();
    expect(oneLine(ended)).toMatch(/^redeliver-pushes: booking: http\S+ read branch main of tickets\/booking: 500 /);
    expect(delivered.map(({ body }) => JSON.parse(body).after)).toEqual([commit]);
  });

  test('a repository that is not there', async () => {
    settle('ticket');
    expect(oneLine(await run())).toMatch(/booking: .* 404 .*check FORGE_OWNER/);
  });

  test('a listener that refuses', async () => {
    settle('booking');
    forge.commit('ticket', { a: '1' });
    answer = 503;
    expect(oneLine(await run())).toMatch(/^redeliver-pushes: ticket: http:\S+: 503; 202 is what it says/);
  });

  test('a listener that takes the push and makes no run, as it does with another secret', async () => {
    settle('booking');
    const commit = forge.commit('ticket', { a: '1' });
    makesRuns = false;
    const ended = await run({ RUN_WITHIN_SECONDS: '0' });
    expect(oneLine(ended)).toContain(`the listener took the push of ${commit} and made no run ticket-main-`);
  });

  test('no listener', async () => {
    settle('booking');
    forge.commit('ticket', { a: '1' });
    expect(oneLine(await run({ LISTENER: 'http://127.0.0.1:9' }))).toMatch(/^redeliver-pushes: ticket: http:\S+: \S/);
  });

  test('an API server that does not know the account', async () => {
    writeFileSync(folder('token'), 'another');
    expect(oneLine(await run())).toMatch(/^redeliver-pushes: http:\S+: list pipelineruns: 401 Unauthorized\n$/);
  });
});

test('faulty variables are named all at once, and nothing is asked', async () => {
  const { status, out, err } = await run({
    FORGE_KIND: 'gitlab',
    WEBHOOK_SECRETS: undefined,
    SERVICES: 'ticket $(id)',
    ENVIRONMENT: '..',
    PLATFORM_REPOSITORY: '',
    LISTENER: 'el-git:8080',
    KUBERNETES_API: undefined,
    PATIENCE_SECONDS: '2m',
    SERVICE_ACCOUNT: undefined,
  });
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(
    /^redeliver-pushes: environment variables: FORGE_KIND: .*WEBHOOK_SECRETS: .*SERVICES: .*ENVIRONMENT: .*PLATFORM_REPOSITORY: .*LISTENER: .*KUBERNETES_API: .*PATIENCE_SECONDS: .*SERVICE_ACCOUNT: .*\n$/,
  );
  expect([asked, forge.requests]).toEqual([[], []]);
});

describe('of the runs of a service', () => {
  const ended = { status: 'True', memory: { ended: 'released' } };
  const at = (minute: number) => ({ createdAt: `2026-11-23T10:${String(minute).padStart(2, '0')}:00Z` });
  const commit = (number: number) => number.toString(16).padStart(40, '0').split('').reverse().join('');
  /** 25 of ticket that are done and notified, the oldest first. */
  const many = () => Array.from({ length: 25 }, (_, n) => addRun('ticket', commit(n + 1), { ...ended, ...at(n) }));

  beforeEach(() => {
    settle('booking');
    settle('ticket');
  });

  test('the newest twenty finished ones stay, and foreign ones are left alone', async () => {
    const names = many();
    for (let n = 0; n < 3; n++) addRun('stranger', commit(90 + n), { ...ended, ...at(0) });
    expect(await run()).toEqual({ ...well, out: 'deleted 5 old runs of ticket\n' });
    expect([...runs.keys()].filter((name) => names.includes(name))).toEqual(names.slice(5));
    expect([...runs.keys()].filter((name) => name.startsWith('stranger'))).toHaveLength(3);
    expect(await run()).toEqual(well);
  });

  test('one that runs or is not notified stays, however old', async () => {
    const old = [
      addRun('ticket', 'a'.repeat(40), { ...at(0), status: 'Unknown', memory: { ended: 'released' } }),
      addRun('ticket', 'b'.repeat(40), { ...at(0), status: 'False' }),
      addRun('ticket', 'c'.repeat(40), { ...at(0), status: 'True', memory: { claim: { by: 'x', until: 'y' } } }),
    ];
    many();
    await run();
    expect([...runs.keys()]).toEqual(expect.arrayContaining(old));
  });

  test("the head's stays, as the oldest of all too", async () => {
    const names = many();
    forge.forcePush('ticket', forge.commit('ticket', { a: 'old' }));
    const head = addRun('ticket', forge.log('ticket')[0]?.sha as string, {
      ...ended,
      createdAt: '2026-11-01T00:00:00Z',
    });
    expect((await run()).out).toBe('deleted 5 old runs of ticket\n');
    expect(runs.has(head)).toBe(true);
    expect(names.filter((name) => runs.has(name))).toHaveLength(20);
    expect(delivered).toEqual([]);
  });

  test('one that changes meanwhile stays', async () => {
    const [first] = many() as [string];
    // After the list is read, and before it is deleted.
    forge.trouble = () => {
      (runs.get(first) as Run).metadata.resourceVersion = '8';
      return undefined;
    };
    expect(await run()).toEqual({ ...well, out: 'deleted 4 old runs of ticket\n' });
    expect(runs.has(first)).toBe(true);
  });

  test('none is deleted while the head is unknown', async () => {
    many();
    forge.trouble = () => ({ status: 500 });
    expect((await run()).status).toBe(1);
    expect(asked.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });
});

describe('the program as its image holds it', () => {
  const program = programOf('jobs/redeliver-pushes/redeliver.ts');
  let keys: string;
  beforeAll(() => {
    keys = mkdtempSync(join(tmpdir(), 'keys-'));
    for (const name of ['own', 'other'])
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
          ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
          ...['-keyout', join(keys, `${name}.key`), '-out', join(keys, `${name}.crt`)],
        ],
        { stdio: 'ignore' },
      );
  });
  afterAll(() => rmSync(keys, { recursive: true }));

  test('trusts the authority of the account and no other', async () => {
    settle('booking');
    settle('ticket');
    const key = { key: readFileSync(join(keys, 'own.key')), cert: readFileSync(join(keys, 'own.crt')) };
    const KUBERNETES_API = await listen(createSecureServer(key, apiServer), 'https');
    const ca = (name: string) => cpSync(join(keys, `${name}.crt`), folder('ca.crt'));
    ca('own');
    expect(await program(given({ KUBERNETES_API })).ended).toEqual(well);
    ca('other');
    const { status, err } = await program(given({ KUBERNETES_API })).ended;
    expect([status, asked.length]).toEqual([1, 1]);
    expect(err).toMatch(/^redeliver-pushes: https:\S+: list pipelineruns: .*self-signed certificate.*\n$/);
  });
});
