import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { programHere, programOf } from './program.testing.ts';
import { conditions } from './quality-gate.ts';

/** A stand-in of the parts of SonarQube's Web API that make quality gates, with the default gate that it comes with. */
type Condition = { id: string; metric: string; op: string; error: string };
let gates: Record<string, Condition[]>;
let standard: string;
let asked: string[];
let dies: string | undefined;
let server: Server;
let url: string;
const builtIn = 'Sonar way';

const answers: Record<string, (params: URLSearchParams) => unknown> = {
  'qualitygates/list': () => ({
    qualitygates: Object.keys(gates).map((name) => ({ name, isDefault: name === standard })),
  }),
  'qualitygates/show': (params) => ({ conditions: gates[params.get('name') as string] }),
  'qualitygates/create': (params) => {
    gates[params.get('name') as string] = [{ id: 'own', metric: 'new_coverage', op: 'LT', error: '80' }];
  },
  'qualitygates/delete_condition': (params) => {
    for (const [name, all] of Object.entries(gates)) gates[name] = all.filter(({ id }) => id !== params.get('id'));
  },
  'qualitygates/create_condition': (params) => {
    const [name, metric, op, error] = ['gateName', 'metric', 'op', 'error'].map((key) => params.get(key) as string);
    gates[name as string]?.push({ id: `${asked.length}`, metric, op, error } as Condition);
  },
  'qualitygates/set_as_default': (params) => {
    standard = params.get('name') as string;
  },
};

beforeEach(async () => {
  gates = { [builtIn]: [] };
  standard = builtIn;
  asked = [];
  dies = undefined;
  server = createServer(async (request, answer) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    let body = '';
    for await (const part of request) body += part;
    const path = pathname.replace('/api/', '');
    if (request.headers.authorization !== 'Bearer a-token') return void answer.writeHead(401).end();
    if (request.method === 'POST') asked.push(path);
    if (path === dies) return void answer.writeHead(503).end('down');
    const output = answers[path]?.(request.method === 'POST' ? new URLSearchParams(body) : searchParams);
    answer.end(output === undefined ? '' : JSON.stringify(output));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const entryPoint = 'scripts/quality-gate.ts';
const asProcess = programOf(entryPoint);
const here = programHere(entryPoint);
async function run(args = [url], token = 'a-token', start: typeof here = here) {
  const { status, out, err } = await start({ SONARQUBE_TOKEN: token }, ...args).ended;
  return { status, output: out + err };
}
const judgedBy = () => (gates[standard] ?? []).map(({ metric, op, error }) => ({ metric, op, error }));

test('a server judges by what is promised, and by nothing else', async () => {
  expect((await run([url], 'a-token', asProcess)).status).toBe(0);
  expect(judgedBy()).toEqual(conditions);
  expect(gates[builtIn]).toEqual([]);
});

test('run again, it changes nothing', async () => {
  await run();
  asked = [];
  expect(await run()).toEqual({ status: 0, output: `unchanged: the default of ${url} is the gate platform\n` });
  expect(asked).toEqual([]);
});

test('what somebody changed on the server is set back', async () => {
  await run();
  const [first] = gates.platform as [Condition];
  first.error = '4';
  standard = builtIn;
  expect((await run()).output).toContain(`removed ${first.metric} GT 4`);
  expect(judgedBy()).toEqual(expect.arrayContaining([...conditions]));
  expect(judgedBy()).toHaveLength(conditions.length);
});

test('a server that fails in the middle judges by no new gate that is half made, and the next run completes it', async () => {
  dies = 'qualitygates/create_condition';
  expect(await run()).toEqual({
    status: 1,
    output: `quality-gate: ${url}: qualitygates/create_condition: 503 down; correct that, then run again\n`,
  });
  expect(standard).toBe(builtIn);
  dies = undefined;
  expect((await run()).status).toBe(0);
  expect(judgedBy()).toEqual(conditions);
});

test.each([
  [['sonarqube.example'], 'a-token', 2, 'SERVER: given "sonarqube.example", allowed one address, https://<host>'],
  [['http://127.0.0.1:1'], '', 2, 'SONARQUBE_TOKEN: given nothing'],
  [['http://127.0.0.1:9/'], 'a-token', 2, 'SERVER: given'],
  [['http://sonarqube.invalid/sonar'], 'a-token', 1, 'sonarqube.invalid'],
])('%j with the token %j ends with %d and says what helps', async (args, token, status, cure) => {
  const found = await run(args, token);
  expect(found.status).toBe(status);
  expect(found.output).toContain(cure);
  expect(found.output).not.toContain('    at ');
});

test('a token that the server does not know is reported', async () => {
  expect(await run([url], 'another')).toMatchObject({ status: 1, output: expect.stringContaining('401') });
});
