import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newMetrics } from './metrics.ts';
import { bucket, proxy, type Route } from './proxy.ts';

/** A service that answers with these bytes, and what it was sent. */
let answer: string;
let asked: string;
let service: TcpServer;
let ingress: Server;
let port: number;
let route: (host: string, path: string) => Route;

const portOf = (server: Server | TcpServer) => (server.address() as AddressInfo).port;

beforeEach(async () => {
  asked = '';
  answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere';
  service = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      asked += bytes;
      if (/\r\n\r\n/.test(asked)) socket.end(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  route = () => ({ name: 'ticket', host: '127.0.0.1', port: portOf(service), maxBody: 10 });
  ingress = createServer(proxy((host, path) => route(host, path))).listen(0, '127.0.0.1');
  await once(ingress, 'listening');
  port = portOf(ingress);
});
afterEach(() => {
  ingress.closeAllConnections();
  ingress.close();
  service.close();
});

/** Sends these lines as they are; all that comes back until the connection is closed, or that it is left open. */
async function send(...lines: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write([...lines, '', ''].join('\r\n'));
  let isLeftOpen = false;
  const end = setTimeout(() => {
    isLeftOpen = true;
    socket.destroy();
  }, 2000);
  const output = await text(socket).catch((error: Error) => error.message);
  clearTimeout(end);
  return isLeftOpen ? 'left open' : output;
}
const worksStill = async () => {
  asked = '';
  answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere';
  expect(await send('GET /x HTTP/1.1', 'Host: ticket.localhost', 'Connection: close')).toMatch(
    /^HTTP\/1.1 200 [\s\S]*here$/,
  );
};

test('passes a request on with who asked, and the answer back', async () => {
  expect(await send('GET /x?y=1 HTTP/1.1', 'Host: ticket.localhost:8000', 'Connection: close')).toMatch(
    /^HTTP\/1.1 200 [\s\S]*here$/,
  );
  expect(asked).toMatch(/^GET \/x\?y=1 HTTP\/1.1\r\n/);
  expect(asked.toLowerCase()).toContain('x-forwarded-host: ticket.localhost\r\n');
});

test('each answer is counted by its backend and status, in the buckets of Traefik', async () => {
  const metrics = newMetrics();
  const seen: [string, number][] = [];
  ingress.removeAllListeners('request');
  ingress.on(
    'request',
    proxy(
      () => ({ name: 'ticket', host: '127.0.0.1', port: portOf(service), backend: 'dev-ticket-http@kubernetes' }),
      (backend, status, seconds) => {
        seen.push([backend, status]);
        metrics.observe(backend, status, seconds);
      },
    ),
  );
  await send('GET /x HTTP/1.1', 'Host: ticket.localhost', 'Connection: close');
  answer = 'HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n';
  asked = '';
  await send('GET /x HTTP/1.1', 'Host: ticket.localhost', 'Connection: close');
  expect(seen).toEqual([
    ['dev-ticket-http@kubernetes', 200],
    ['dev-ticket-http@kubernetes', 503],
  ]);
  metrics.observe('dev-ticket-http@kubernetes', 200, 0.2);
  const of = 'code="200",service="dev-ticket-http@kubernetes"';
  expect(metrics.text()).toContain(`traefik_service_requests_total{${of}} 2\n`);
  expect(metrics.text()).toContain(`traefik_service_request_duration_seconds_bucket{${of},le="0.1"} 1\n`);
  expect(metrics.text()).toContain(`traefik_service_request_duration_seconds_bucket{${of},le="0.3"} 2\n`);
  expect(metrics.text()).toContain(`traefik_service_request_duration_seconds_bucket{${of},le="+Inf"} 2\n`);
});

test('what has no rule is refused in words', async () => {
  route = (host, path) => ({ status: 404, words: `no Ingress for ${host}${path}` });
  expect(await send('GET /x HTTP/1.1', 'Host: else')).toMatch(/^HTTP\/1.1 404 [\s\S]*no Ingress for else\/x\n/);
});

test('headers of one connection are not passed on, and end nothing', async () => {
  const given = [
    'Trailer: x',
    'TE: trailers',
    'Upgrade: h2c',
    'Keep-Alive: 5',
    'X-Mine: 1',
    'Connection: close, X-Mine',
  ];
  expect(await send('GET / HTTP/1.1', 'Host: ticket.localhost', ...given)).toMatch(/^HTTP\/1.1 200 /);
  expect(asked).not.toMatch(/trailer|te:|upgrade|keep-alive: 5|x-mine/i);
  await worksStill();
});

test('a body of chunks stays one of chunks, whatever the method', async () => {
  const lines = [
    'GET / HTTP/1.1',
    'Host: ticket.localhost',
    'Transfer-Encoding: chunked',
    'Connection: close, transfer-encoding',
  ];
  await send(...lines, '', '4', 'body', '0');
  expect(asked.toLowerCase()).toContain('transfer-encoding: chunked\r\n');
  await worksStill();
});

test('a body that is longer than allowed is refused, with its length announced or not', async () => {
  const head = ['POST / HTTP/1.1', 'Host: ticket.localhost'];
  expect(await send(...head, 'Content-Length: 11', '', 'eleven byte')).toMatch(/^HTTP\/1.1 413 /);
  expect(await send(...head, 'Transfer-Encoding: chunked', '', 'b', 'eleven byte', '0')).toMatch(/^HTTP\/1.1 413 /);
  const more = Array.from({ length: 50 }, () => ['b', 'eleven byte']).flat();
  expect(await send(...head, 'Transfer-Encoding: chunked', '', ...more, '0')).toMatch(
    /^HTTP\/1.1 413 [\s\S]*exceeds 10 bytes/,
  );
});

test.each([
  ['a status that there is not', 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n'],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ['no HTTP', 'hello\r\n\r\n'],
  ['nothing', ''],
])('a service that answers with %s is reported as 502', async (_, given) => {
  answer = given;
  expect(await send('GET / HTTP/1.1', 'Host: ticket.localhost')).toMatch(/^HTTP\/1.1 502 [\s\S]*ticket: /);
  await worksStill();
});

test('an answer that announces trailers is passed on without them', async () => {
  answer = 'HTTP/1.1 200 OK\r\nTrailer: x\r\nContent-Length: 4\r\n\r\nhere';
  expect(await send('GET / HTTP/1.1', 'Host: ticket.localhost', 'Connection: close')).toMatch(
    /^HTTP\/1.1 200 (?![\s\S]*Trailer)[\s\S]*here$/,
  );
  await worksStill();
});

test('an answer that breaks off is not taken for a whole one', async () => {
  answer = 'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nhalf';
  expect(await send('GET / HTTP/1.1', 'Host: ticket.localhost')).toMatch(/half$|aborted|ECONNRESET/);
  await worksStill();
});

test('a bucket takes a burst, then the average, and saves no more than a burst', () => {
  let time = 100;
  const takes = bucket(5, 3, () => time);
  const taken = (count: number) => Array.from({ length: count }, takes).filter(Boolean).length;
  expect(taken(10)).toBe(3);
  time += 0.125;
  expect(taken(10)).toBe(0);
  time += 0.125;
  expect(taken(10)).toBe(1);
  time += 3600;
  expect(taken(10)).toBe(3);
});
