import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { accountConfig, kubeClient, pathOf } from './client.ts';
import { type PipelineRun, pipelineRuns } from './objects.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Request = { method: string; path: string; query: Record<string, string>; type: string | undefined; body: unknown };

/** A client of a server that answers with `answer`, and the requests that it got. */
async function clientOf(answer: RequestListener, options: Parameters<typeof kubeClient>[1] = {}) {
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
    requests.push({
      method: request.method ?? '',
      path: pathname,
      query: Object.fromEntries(searchParams),
      type: request.headers['content-type'],
      body: text === '' ? undefined : JSON.parse(text),
    });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server: address, skipTLSVerify: true }, { name: 'u', token: 'secret' });
  return { client: kubeClient(config, options), requests, address };
}

const reply =
  (status: number, body: unknown, type = 'application/json'): RequestListener =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': type })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
const path = '/apis/tekton.dev/v1/namespaces/ci/pipelineruns';
const run = { metadata: { name: 'r', namespace: 'ci', uid: 'u', resourceVersion: '7' } } as PipelineRun;

test('a list is read page by page', async () => {
  const { client, requests } = await clientOf((request, response) => {
    const next = request.url?.includes('continue=two') ? {} : { continue: 'two' };
    reply(200, { metadata: next, items: [run] })(request, response);
  });
  expect(await client.list(pipelineRuns, 'ci', { pageSize: 1, labelSelector: 'a=b' })).toEqual([run, run]);
  expect(requests.map(({ query }) => query)).toEqual([
    { labelSelector: 'a=b', limit: '1' },
    { labelSelector: 'a=b', limit: '1', continue: 'two' },
  ]);
});

test('a list from the cache asks for resourceVersion 0', async () => {
  const { client, requests } = await clientOf(reply(200, { metadata: {}, items: [] }));
  expect(await client.list(pipelineRuns, 'ci', { fromCache: true })).toEqual([]);
  expect(requests.map(({ path, query }) => ({ path, query }))).toEqual([{ path, query: { resourceVersion: '0' } }]);
});

test('an object that is not there is undefined', async () => {
  const { client } = await clientOf(reply(404, { message: 'not found' }));
  expect(await client.get(pipelineRuns, 'ci', 'r')).toBeUndefined();
});

test('an annotation is merged into the version that was read', async () => {
  const { client, requests } = await clientOf(reply(200, run));
  expect(await client.annotate(pipelineRuns, run, { a: 'b' }, 'me')).toEqual(run);
  expect(requests).toEqual([
    {
      method: 'PATCH',
      path: `${path}/r`,
      query: { fieldManager: 'me' },
      type: 'application/merge-patch+json',
      body: { metadata: { resourceVersion: '7', annotations: { a: 'b' } } },
    },
  ]);
});

test.each([
  [404, 'gone', false],
  [409, 'conflict', false],
])('%s on a write is an answer', async (status, annotated, deleted) => {
  const { client } = await clientOf(reply(status, { message: 'no' }));
  expect(await client.annotate(pipelineRuns, run, {}, 'me')).toBe(annotated);
  expect(await client.delete(pipelineRuns, 'ci', run.metadata)).toBe(deleted);
});

test('only the version that was read is deleted', async () => {
  const { client, requests } = await clientOf(reply(200, {}));
  expect(await client.delete(pipelineRuns, 'ci', run.metadata)).toBe(true);
  expect(requests[0]?.body).toEqual({
    propagationPolicy: 'Background',
    preconditions: { uid: 'u', resourceVersion: '7' },
  });
});

test.each<[string, RequestListener, string]>([
  ['no message', reply(401, { message: 'x' }), '401 Unauthorized'],
  ['a Status', reply(403, { kind: 'Status', message: 'pipelineruns is forbidden' }), '403 pipelineruns is forbidden'],
  ['a message that is none', reply(403, { message: { text: 'x' } }), '403 Forbidden'],
  ['null', reply(500, 'null', 'text/plain'), '500 Internal Server Error'],
  ['a status without a name', reply(599, {}), '599 '],
  ['text', reply(502, '<html>', 'text/html'), '502 Bad Gateway'],
  ['no JSON', reply(200, '<html>'), 'the reply is not JSON'],
  [
    'a reply that breaks off',
    (_, response) => void response.writeHead(200).write('{', () => response.destroy()),
    'UND_ERR_SOCKET other side closed',
  ],
])('an error of a call, %s, names server, call and cause', async (_, answer, reason) => {
  const { client, address } = await clientOf(answer);
  await expect(client.list(pipelineRuns, 'ci')).rejects.toThrow(`${address}: list pipelineruns: ${reason}`);
});

test.each<[string, RequestListener]>([
  ['no answer', () => {}],
  ['half an answer', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{')],
])('%s ends a call after its limit', async (_, answer) => {
  const { client } = await clientOf(answer, { callMs: 50 });
  await expect(client.get(pipelineRuns, 'ci', 'r')).rejects.toThrow('get pipelineruns r: no answer within 50 ms');
});

test('the objects of a kind have a path', () => {
  expect(pathOf(pipelineRuns, 'ci')).toBe(path);
});

test.each([
  ['https://10.0.0.1:443', false],
  ['https://http:', false],
  // Of a test, where there is nothing to verify.
  ['http://127.0.0.1:8001', true],
])('an account verifies the API server at %s by its authority, and reads the token that is renewed', (server, skip) => {
  const config = accountConfig(server, '/account');
  expect(config.getCurrentCluster()).toMatchObject({ server, caFile: '/account/ca.crt', skipTLSVerify: skip });
  expect(config.getCurrentUser()?.authProvider).toEqual({ name: 'tokenFile', config: { tokenFile: '/account/token' } });
});

test('the signal of the program ends its calls', async () => {
  const { client } = await clientOf(() => {}, { callMs: 3_600_000, signal: AbortSignal.timeout(50) });
  await expect(client.get(pipelineRuns, 'ci', 'r')).rejects.toThrow('get pipelineruns r: no time left');
});
