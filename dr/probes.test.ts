import { createServer as createHttp, type Server } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { healthcheckSeoul } from './aurora-healthcheck-seoul/healthcheck.ts';
import { awsPublish, awsSeoul, sightOf } from './aws/probes.ts';
import { answerHttp, speaksPostgres } from './aws/reach.ts';
import { probe } from './dr-probe-seoul/probe.ts';
import { config } from './execution.testing.ts';
import { healthcheckTokyo } from './rds-healthcheck-tokyo/healthcheck.ts';
import { agreed } from './sight.ts';
import type { Role, Sight } from './types.ts';

const sights: Sight[] = ['ok', 'fail', 'unknown'];
const servers: (Server | NetServer)[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const server of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});
async function listen(server: Server | NetServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const http = async (status: number) => {
  const port = await listen(
    createHttp((_, response) => void response.writeHead(status, { location: '/elsewhere' }).end('body')),
  );
  return `http://127.0.0.1:${port}/health`;
};
const closed = async () => {
  const port = await listen(createServer());
  await new Promise<void>((resolve) => servers.pop()?.close(() => resolve()));
  return port;
};
/** Answers the first bytes of a client with these, and keeps them. */
async function tcp(bytes: string | undefined, seen: Buffer[] = []): Promise<number> {
  return listen(
    createServer((socket) => {
      socket.once('data', (data) => {
        seen.push(Buffer.from(data));
        if (bytes === undefined) socket.destroy();
        else socket.write(bytes);
      });
    }),
  );
}

test.each([
  [200, 'ok'],
  [204, 'ok'],
  [500, 'fail'],
  [503, 'fail'],
  // Whoever answers so is there; the fault is in what was asked.
  [302, 'unknown'],
  [403, 'unknown'],
  [404, 'unknown'],
])('an entrance that answers %d is %s', async (status, sight) => {
  expect(await answerHttp(await http(status))).toBe(sight);
});

test('an entrance where nobody listens is down, and a name that nobody knows says nothing', async () => {
  expect(await answerHttp(`http://127.0.0.1:${await closed()}/`)).toBe('fail');
  expect(await answerHttp('http://no-such-host.invalid/')).toBe('unknown');
  expect(await answerHttp('no address')).toBe('unknown');
});

test.each([
  [[200, 204], 'ok'],
  [[503, 500], 'fail'],
  // Some are gone: no failover by that alone, somebody has to look.
  [[200, 503], 'unknown'],
  [[503, 404], 'unknown'],
])('services that answer %j are %s', async (statuses, sight) => {
  const urls = await Promise.all(statuses.map((status) => http(status)));
  expect(await answerHttp(urls.join(','))).toBe(sight);
});

test('an entrance that answers at the second attempt is up', async () => {
  let asked = 0;
  const port = await listen(createHttp((_, response) => void response.writeHead(asked++ === 0 ? 503 : 200).end()));
  expect(await answerHttp(`http://127.0.0.1:${port}/`)).toBe('ok');
});

test("a database that answers PostgreSQL's SSLRequest is up, with or without TLS", async () => {
  const seen: Buffer[] = [];
  expect(await speaksPostgres('127.0.0.1', await tcp('S', seen))).toBe('ok');
  expect(await speaksPostgres('127.0.0.1', await tcp('N'))).toBe('ok');
  // Length 8, code 80877103.
  expect(seen[0]?.readInt32BE(0)).toBe(8);
  expect(seen[0]?.readInt32BE(4)).toBe(80877103);
});

test('a database that hangs up, or is not there, is down; another server in its place says nothing', async () => {
  expect(await speaksPostgres('127.0.0.1', await tcp(undefined))).toBe('fail');
  expect(await speaksPostgres('127.0.0.1', await closed())).toBe('fail');
  expect(await speaksPostgres('127.0.0.1', await tcp('HTTP/1.1 400'))).toBe('unknown');
  expect(await speaksPostgres('no-such-host.invalid', 5432)).toBe('unknown');
});

test('a database that accepts and never answers is down', async () => {
  expect(await speaksPostgres('127.0.0.1', await listen(createServer()))).toBe('fail');
}, 30_000);

test.each<[number[], Sight]>([
  [[1, 1, 1, 0], 'ok'],
  [[0, 0, 0, 1], 'fail'],
  [[1, 0, 1], 'unknown'],
  [[0, 0], 'unknown'],
  [[], 'unknown'],
  [[0.5, 0.5, 0.5], 'unknown'],
])('a witness whose newest values are %j has seen %s', (values, sight) => {
  expect(sightOf(values)).toBe(sight);
});

test('two observers: only what both see is seen', () => {
  for (const one of sights)
    for (const other of sights) expect(agreed(one, other)).toBe(one === other ? one : 'unknown');
});

/** Tokyo and the witness see these of the database; both see the others well. */
const observed = (mine: Sight, theirs: Sight, region: Sight = 'ok') => {
  const well = async (): Promise<Sight> => 'ok';
  const witness = async () => ({ writer: theirs, app: 'ok' as const, region });
  return healthcheckSeoul({ seoul: { writer: async () => mine, app: well, region: well, witness } });
};

test("Seoul's health is what Tokyo and the witness agree on, and both are reported", async () => {
  for (const mine of sights)
    for (const theirs of sights) {
      const seen = `Tokyo: database ${mine}, services ok, region ok\nwitness: database ${theirs}, services ok, region ok`;
      const sight = agreed(mine, theirs);
      if (sight === 'unknown')
        await expect(observed(mine, theirs)).rejects.toMatchObject({ name: 'NotYet', message: seen });
      else
        expect(await observed(mine, theirs)).toEqual({
          writer: sight,
          app: 'ok',
          region: 'ok',
          seen: seen.split('\n'),
        });
    }
});

test('a region that they do not agree on is unknown, and keeps nobody waiting', async () => {
  expect(await observed('fail', 'fail', 'fail')).toMatchObject({ writer: 'fail', region: 'unknown' });
});

test('a prober looks six times in a minute, publishes what it saw, and a metric that is refused ends nothing', async () => {
  let clock = 0;
  const times: number[] = [];
  await probe({
    now: () => new Date(clock),
    sleep: async (milliseconds) => {
      clock += milliseconds;
    },
    seoul: {
      writer: async () => 'ok',
      app: async () => 'fail',
      region: async () => 'unknown',
      witness: async () => Promise.reject(new Error('not asked')),
    },
    publish: async (seen) => {
      expect(seen).toEqual({ writer: 'ok', app: 'fail', region: 'unknown' });
      times.push(clock);
      clock += 3000;
      throw new Error('CloudWatch is down');
    },
  });
  expect(times).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000]);
});

test('what a prober does not know is no metric; what it knows is one of ten seconds, in Tokyo', async () => {
  const sent: unknown[] = [];
  const client = (region: string) => ({
    send: async (command: object) => void sent.push([region, (command as { input: unknown }).input]),
  });
  const at = new Date(0);
  await awsPublish(config, () => at, client)({ writer: 'fail', app: 'ok', region: 'unknown' });
  const metric = (MetricName: string, Value: number) => ({
    MetricName,
    Value,
    Dimensions: [{ Name: 'Prober', Value: 'witness' }],
    Timestamp: at,
    StorageResolution: 1,
  });
  expect(sent).toEqual([
    [
      'ap-northeast-1',
      { Namespace: 'DR', MetricData: [metric('SeoulWriterHealthy', 0), metric('SeoulIngressHealthy', 1)] },
    ],
  ]);
  await awsPublish(config, () => at, client)({ writer: 'unknown', app: 'unknown', region: 'unknown' });
  expect(sent).toHaveLength(1);
});

const failing = (error: object) => ({
  rds: () => ({ send: () => Promise.reject(Object.assign(new Error('x'), error)) }),
  cloudwatch: () => ({ send: () => Promise.reject(new Error('x')) }),
});
test.each([
  ['no answer', { name: 'TimeoutError' }, 'fail'],
  ['a fault of the server', { name: 'InternalFailure', $metadata: { httpStatusCode: 500 } }, 'fail'],
  ['a refusal', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 'ok'],
  ['too many questions', { name: 'Throttling', $metadata: { httpStatusCode: 400 } }, 'unknown'],
])('the region of Seoul, by %s, is seen', async (_, error, sight) => {
  const probes = awsSeoul(config, () => new Date(), failing(error));
  expect(await probes.region()).toBe(sight);
  // Without CloudWatch nobody knows what the witness saw.
  expect(await probes.witness()).toEqual({ writer: 'unknown', app: 'unknown', region: 'unknown' });
});

const database = (role: Role | undefined, available: boolean | undefined) => ({
  status: async () => {
    if (!role) throw new Error('down');
    return { role, version: '16.8', synchronised: true };
  },
  candidate: async () => {
    if (available === undefined) throw new Error('down');
    return { version: '16.8', instances: 1, available };
  },
  lag: async () => 0,
  promote: async () => {},
});
test.each<[Role | undefined, boolean | undefined, string, Sight]>([
  ['reader', true, 'reader', 'ok'],
  ['reader', false, 'reader', 'fail'],
  ['promoting', false, 'promoting', 'ok'],
  ['writer', true, 'writer', 'ok'],
  [undefined, true, 'unknown', 'ok'],
  ['reader', undefined, 'reader', 'unknown'],
])("Tokyo's database, %s and available %s, is %s and %s", async (role, available, named, sight) => {
  const tokyoApp = async (): Promise<Sight> => 'ok';
  expect(await healthcheckTokyo({ database: database(role, available), tokyoApp })).toEqual({
    role: named,
    database: sight,
    app: 'ok',
  });
});
