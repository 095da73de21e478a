import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { annotation } from '../../lib/kube/labels.ts';
import { runHere } from '../../lib/program.testing.ts';
import { decide, writerOf } from './decide.ts';
import { hold } from './hold.ts';

describe('the decision', () => {
  test.each([
    ['seoul writes, nothing is held', 'seoul', 1, undefined, 'leave'],
    ['tokyo writes', 'tokyo', 2, undefined, 'hold'],
    ['tokyo writes, and pods are held already', 'tokyo', 2, 2, 'hold'],
    ['seoul writes again', 'seoul', 3, 2, 'release'],
    ['an old copy of the Secret comes late', 'seoul', 1, 2, 'leave'],
    ['the same number with another region', 'seoul', 2, 2, 'leave'],
    ['a later failover by an earlier number', 'tokyo', 1, 2, 'hold'],
  ] as const)('%s', (_, region, epoch, heldSince, decision) => {
    expect(decide('seoul', { region, epoch }, heldSince)).toBe(decision);
  });

  test.each([
    [{}, 'epoch: given nothing, allowed a whole number; writer: given nothing, allowed seoul, tokyo'],
    [{ epoch: '-1', writer: 'seoul' }, 'epoch: given "-1", allowed a whole number'],
    [{ epoch: '1x', writer: 'seoul' }, 'epoch: given "1x", allowed a whole number'],
    [{ epoch: '1234567890', writer: 'seoul' }, 'epoch: given "1234567890", allowed a whole number'],
    // What a person may type in a hurry.
    [{ epoch: '1', writer: 'seol' }, 'writer: given "seol", allowed seoul, tokyo'],
  ])('a Secret that says something else is refused: %j', (data, words) => {
    expect(() => writerOf(data as Record<string, string>, ['seoul', 'tokyo'])).toThrow(words);
  });

  test('what a Secret says, as numbers that can be compared', () => {
    expect(writerOf({ epoch: '123456789', writer: 'tokyo', more: 'x' }, ['seoul', 'tokyo'])).toEqual({
      epoch: 123_456_789,
      region: 'tokyo',
    });
  });
});

describe('the program', () => {
  let account: string;
  beforeAll(async () => {
    account = mkdtempSync(join(tmpdir(), 'fence-'));
    writeFileSync(join(account, 'token'), 'token');
    writeFileSync(join(account, 'ca.crt'), '');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(account, { recursive: true });
  });

  /** What the API server has. */
  let model: {
    secret?: Record<string, string>;
    quota: string | undefined;
    pods: string[];
    touched: string[];
    looks: number;
    refuse?: RegExp;
    /** Statuses of some requests. */
    answers: Record<string, number>;
    did: string[];
  };
  const at = '/api/v1/namespaces/prod';
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { method = '', url = '' } = request;
    const [path = ''] = url.split('?');
    const reply = (status: number, body: object = {}) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (method !== 'GET') model.did.push(`${method} ${path.split('/').slice(-2).join('/')}`);
    if (method === 'PATCH') expect(request.headers['content-type']).toBe('application/merge-patch+json');
    const answer = Object.entries(model.answers).find(([of]) => `${method} ${path}`.endsWith(of))?.[1];
    if (answer) return reply(answer, { message: 'as the test wants it' });
    if (model.refuse?.test(`${method} ${path}`)) return reply(403, { message: 'forbidden: not allowed' });
    if (path === '/api/v1/namespaces/fence/secrets/writer-epoch') {
      model.looks++;
      const encoded = Object.entries(model.secret ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ]);
      return model.secret ? reply(200, { data: Object.fromEntries(encoded) }) : reply(404, { message: 'not found' });
    }
    if (path === `${at}/resourcequotas/no-pods`) {
      if (method === 'GET')
        return model.quota === undefined
          ? reply(404)
          : reply(200, { metadata: { annotations: { [annotation.epoch]: model.quota } } });
      model.quota = method === 'PATCH' ? JSON.parse(text).metadata.annotations[annotation.epoch] : undefined;
      return reply(200);
    }
    if (path === `${at}/resourcequotas` && method === 'POST') {
      const { metadata, spec } = JSON.parse(text);
      expect([metadata.name, spec]).toEqual(['no-pods', { hard: { pods: '0' } }]);
      model.quota = metadata.annotations[annotation.epoch];
      return reply(201);
    }
    if (path === `${at}/pods`) return reply(200, { items: model.pods.map((name) => ({ metadata: { name } })) });
    if (path.startsWith(`${at}/pods/`) && method === 'DELETE') {
      expect(url).toContain('gracePeriodSeconds=1');
      model.pods = model.pods.filter((name) => !path.endsWith(`/${name}`));
      return reply(200);
    }
    if (path === '/apis/apps/v1/namespaces/prod/replicasets')
      return reply(200, { items: [{ metadata: { name: 'booking-1' } }] });
    if (path === '/apis/apps/v1/namespaces/prod/replicasets/booking-1/status' && method === 'PATCH') {
      model.touched.push(text);
      return reply(200);
    }
    return reply(404, { message: `nothing at ${method} ${path}` });
  });
  beforeEach(() => {
    model = { quota: undefined, pods: ['booking-1-x', 'ticket-1-x'], touched: [], looks: 0, answers: {}, did: [] };
  });
  let ending: AbortController;
  afterEach(() => ending.abort());

  /** So many looks, and what was said. */
  async function looks(count: number, change: (look: number) => void = () => undefined, afterFirst = () => undefined) {
    ending = new AbortController();
    const end = model.looks + count;
    const watch = setInterval(() => {
      if (model.looks === end - count + 1) afterFirst();
      if (model.looks < end) return;
      change(model.looks);
      ending.abort();
    }, 20);
    const env = {
      ...{
        REGION: 'seoul',
        REGIONS: 'seoul tokyo',
        ENVIRONMENTS: 'prod',
        NAMESPACE: 'fence',
        WRITER: 'writer-epoch',
        SECONDS: '1',
      },
      KUBERNETES_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      SERVICE_ACCOUNT: account,
    };
    const { status, out, err } = await runHere(() => hold(ending.signal), env);
    clearInterval(watch);
    expect(status).toBe(0);
    return { out, err };
  }

  test('pods end when another region writes, and the quota comes before', async () => {
    model.secret = { epoch: '2', writer: 'tokyo' };
    const { out } = await looks(1);
    expect(model.did).toEqual(['POST prod/resourcequotas', 'DELETE pods/booking-1-x', 'DELETE pods/ticket-1-x']);
    expect([model.quota, model.pods]).toEqual(['2', []]);
    expect(out).toBe('prod: 2 pods ended\ntokyo writes since epoch 2: prod is held\n');
  });

  test('a pod that came in between ends at the next look', async () => {
    model.secret = { epoch: '2', writer: 'tokyo' };
    const { out, err } = await looks(
      2,
      () => undefined,
      () => {
        if (model.pods.length === 0) model.pods = ['late'];
      },
    );
    expect(model.pods).toEqual([]);
    expect(model.did.filter((one) => !one.startsWith('DELETE'))).toEqual(['POST prod/resourcequotas']);
    expect([out, err]).toEqual([
      'prod: 2 pods ended\ntokyo writes since epoch 2: prod is held\nprod: 1 pods ended\ntokyo writes since epoch 2: prod is held since epoch 2\n',
      '',
    ]);
  });

  test('what is there or gone already hinders nothing', async () => {
    model.secret = { epoch: '3', writer: 'tokyo' };
    // Another fence made the quota, and the pod ended by itself.
    model.answers = { '/resourcequotas': 409, '/pods/booking-1-x': 404 };
    expect((await looks(1)).err).toBe('');
    expect(model.pods).toEqual(['booking-1-x']);
    Object.assign(model, { quota: '2', answers: { 'PATCH /api/v1/namespaces/prod/resourcequotas/no-pods': 404 } });
    expect((await looks(1)).err).toBe('');
    Object.assign(model, { quota: '2', secret: { epoch: '3', writer: 'seoul' } });
    model.answers = { 'DELETE /api/v1/namespaces/prod/resourcequotas/no-pods': 404, '/booking-1/status': 404 };
    expect((await looks(1)).err).toBe('');
  });

  test('news by an earlier number holds, and what is held stays held by the later one', async () => {
    Object.assign(model, { quota: '3', secret: { epoch: '2', writer: 'tokyo' }, pods: [] });
    await looks(1);
    model.secret = { epoch: '3', writer: 'tokyo' };
    await looks(1);
    expect([model.quota, model.did]).toEqual(['3', []]);
  });

  test('faulty variables are named all at once, and nothing is asked', async () => {
    const { status, err } = await runHere(() => hold(AbortSignal.abort()), {
      ...{ REGION: 'Seoul', REGIONS: 'seoul 1tokyo', ENVIRONMENTS: 'prod ../dev', NAMESPACE: 'fence-', WRITER: 'a b' },
      ...{ SECONDS: '0', KUBERNETES_API: '', SERVICE_ACCOUNT: '' },
    });
    expect(status).toBe(2);
    expect(err).toMatch(
      /^fence: environment variables: REGION: .*REGIONS: .*ENVIRONMENTS: .*NAMESPACE: .*WRITER: .*SECONDS: .*SERVICE_ACCOUNT: /,
    );
    expect(model.looks).toBe(0);
  });

  test('they start again by later news only, and their controllers hear of it', async () => {
    Object.assign(model, { quota: '2', secret: { epoch: '2', writer: 'seoul' } });
    expect((await looks(1)).out).toBe('seoul writes since epoch 2: prod is held since epoch 2\n');
    expect(model.did).toEqual([]);
    model.secret = { epoch: '3', writer: 'seoul' };
    expect((await looks(1)).out).toBe('seoul writes since epoch 3: prod runs\n');
    expect(model.quota).toBeUndefined();
    expect(model.touched).toHaveLength(1);
    expect(JSON.parse(model.touched[0] as string)).toEqual({
      metadata: { annotations: { [annotation.released]: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) } },
    });
  });

  test('a later failover is noted, so that news between the two releases nothing', async () => {
    Object.assign(model, { quota: '1', secret: { epoch: '3', writer: 'tokyo' }, pods: [] });
    await looks(1);
    expect(model.quota).toBe('3');
    model.secret = { epoch: '2', writer: 'seoul' };
    await looks(1);
    expect(model.quota).toBe('3');
  });

  test('a copy of the Secret that is older than what was read changes nothing', async () => {
    model.secret = { epoch: '2', writer: 'seoul' };
    const { err } = await looks(
      2,
      () => undefined,
      () => {
        model.secret = { epoch: '1', writer: 'tokyo' };
      },
    );
    expect(err).toContain('nothing changes: epoch: given 1, after 2');
    expect([model.quota, model.pods.length]).toEqual([undefined, 2]);
  });

  test('controllers are woken once after a start: the one before may have ended between the quota and that', async () => {
    model.secret = { epoch: '2', writer: 'seoul' };
    await looks(3);
    expect(model.touched).toHaveLength(1);
  });

  test.each([
    ['no Secret', () => undefined, 'not found'],
    ['a Secret without sense', () => Object.assign(model, { secret: { epoch: 'x', writer: 'tokyo' } }), 'given "x"'],
  ])('%s changes nothing, and is said once', async (_, make, words) => {
    for (const quota of [undefined, '2']) {
      model.quota = quota;
      make();
      const { err } = await looks(2);
      expect(err.split(words)).toHaveLength(2);
      expect([model.did, model.quota, model.pods.length]).toEqual([[], quota, 2]);
    }
  });

  test('what the API server refuses is said, and done at a later look', async () => {
    Object.assign(model, { secret: { epoch: '2', writer: 'tokyo' }, refuse: /DELETE/ });
    expect((await looks(1)).err).toContain('delete pods booking-1-x: 403 forbidden');
    expect(model.quota).toBe('2');
    model.refuse = /nothing/;
    await looks(1);
    expect(model.pods).toEqual([]);
  });
});
