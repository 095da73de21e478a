/**
 * A stand-in for Slack's incoming webhooks, for machines without a Slack workspace. It is not Slack: it refuses what Slack
 * refuses, paces as Slack paces, and prints what a channel would show. Facts from docs.slack.dev (incoming webhooks, Block Kit
 * reference, rate limits) and Slack's changelog of 2016-05-17 on webhook errors; `msg_blocks_too_long` and its figure from reports.
 *
 * Run: `node local/outside/slack/server.ts`. Environment: SLACK_STANDIN_PORT (8090), SLACK_STANDIN_HOST (127.0.0.1), SLACK_STANDIN_PATH: the one
 * webhook that there is, /services/T…/B…/…; any, if it is not set.
 * From this machine itself only: `/` for people; for tests POST /control {"mode": "ok"|"down"|"hang"|"429", "times"?: n, "retryAfter"?: seconds},
 * GET and DELETE /messages.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { faultsOf, type Payload, readable } from './rules.ts';

export type StandInMode = 'ok' | 'down' | 'hang' | '429';
export type StandInMessage = { at: string; payload: Payload; shown: string };
export type SlackSettings = {
  port: number;
  host?: string;
  /** Path of the only webhook. */
  path?: string | undefined;
  log?: (line: string) => void;
  ratePerSecond?: number;
};

const NAME = 'slack stand-in';
/** The burst that Slack accepts before it limits to one a second ("short bursts >1 allowed"). */
const BURST = 3;
const BODY_BYTES = 1024 * 1024;
const KEPT = 1000;

export async function startSlack({
  port,
  host = '127.0.0.1',
  path,
  log = console.log,
  ratePerSecond = 1,
}: SlackSettings) {
  const messages: StandInMessage[] = [];
  const buckets = new Map<string, { tokens: number; at: number }>();
  let control: { mode: StandInMode; times: number; retryAfter: number } = {
    mode: 'ok',
    times: Infinity,
    retryAfter: 1,
  };
  const logLine = (text: string) => {
    for (const line of text.split('\n')) log(`[${NAME}] ${line}`);
  };

  /** Takes a token and returns 0, or returns the seconds to wait. */
  function pace(path: string): number {
    const now = Date.now();
    const bucket = buckets.get(path) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1000) * ratePerSecond);
    bucket.at = now;
    buckets.set(path, bucket);
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / ratePerSecond);
    bucket.tokens -= 1;
    return 0;
  }

  async function webhook(request: IncomingMessage, response: ServerResponse, path: string) {
    const refuse = (status: number, word: string, why: string, headers: Record<string, string> = {}) => {
      logLine(`refused with ${status} ${word}: ${why}`);
      response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(word);
    };
    // Every request counts, whatever its mode: a test says "fail twice, then work".
    const { mode, retryAfter } = control;
    if (mode !== 'ok') {
      control.times -= 1;
      if (control.times <= 0) control = { mode: 'ok', times: Infinity, retryAfter: 1 };
    }
    if (mode === 'hang') {
      logLine('leaves a message without answer (mode hang)');
      return;
    }
    const body = await read(request);
    if (mode === 'down') return refuse(503, 'service_unavailable', 'mode down');
    if (mode === '429') return refuse(429, 'rate_limited', 'mode 429', { 'retry-after': String(retryAfter) });
    if (request.method !== 'POST') return refuse(405, 'method_not_allowed', `${request.method} on a webhook`);
    const wait = pace(path);
    if (wait > 0) return refuse(429, 'rate_limited', 'more than one message a second', { 'retry-after': String(wait) });
    if (body === undefined) return refuse(400, 'invalid_payload', `body of more than ${BODY_BYTES} bytes`);
    const payload = parse(request.headers['content-type'] ?? '', body);
    const fault = faultsOf(payload);
    if (fault) return refuse(400, fault.word, fault.why);
    const message = { at: new Date().toISOString(), payload: payload as Payload, shown: readable(payload as Payload) };
    messages.push(message);
    if (messages.length > KEPT) messages.shift();
    logLine(`message in the channel:\n${message.shown}`);
    response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
  }

  async function setControl(request: IncomingMessage, response: ServerResponse) {
    const given = parse('application/json', (await read(request)) ?? '') as Record<string, unknown> | undefined;
    const { mode, times = Infinity, retryAfter = 1 } = given ?? {};
    const known = mode === 'ok' || mode === 'down' || mode === 'hang' || mode === '429';
    if (!known || typeof times !== 'number' || typeof retryAfter !== 'number') {
      response.writeHead(400).end(`${NAME}: mode must be ok, down, hang or 429; times and retryAfter are numbers\n`);
      return;
    }
    control = { mode, times, retryAfter };
    logLine(`mode ${mode}`);
    response.writeHead(200).end(`${NAME}: mode ${mode}\n`);
  }

  const server = createServer((request, response) => {
    // Not by URL, which throws for some request lines, such as `//`.
    const [pathname = '/'] = (request.url ?? '/').split('?');
    const answer = async () => {
      // Only the webhook's path: the code of a push runs in the regions and must not write to the channel that people read.
      if (path !== undefined && pathname !== path && pathname.startsWith('/services/')) {
        logLine('refused with 403 invalid_token: a webhook that is not there');
        response.writeHead(403, { 'content-type': 'text/plain' }).end('invalid_token');
        return;
      }
      if (/^\/services\/[^/]+/.test(pathname)) return webhook(request, response, pathname);
      // The rest is for people and tests of this machine: messages quote logs of every service.
      if (request.socket.remoteAddress !== request.socket.localAddress) {
        response.writeHead(403).end(`${NAME}: only from this machine itself\n`);
        return;
      }
      if (pathname === '/control' && request.method === 'POST') return setControl(request, response);
      if (pathname === '/messages' && request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(messages));
        return;
      }
      if (pathname === '/messages' && request.method === 'DELETE') {
        messages.length = 0;
        response.writeHead(204).end();
        return;
      }
      if (pathname === '/') {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(
          `This is a ${NAME}, not Slack.\n\n${messages.map(({ at, shown }) => `${at}\n${shown}\n`).join('\n')}`,
        );
        return;
      }
      logLine(`refused with 404 no_service: ${request.method} on an address that is no webhook`);
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no_service');
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  logLine(`listens at ${url}; this is not Slack`);

  return {
    url,
    /** A webhook URL of this stand-in. */
    webhookUrl: `${url}${path ?? '/services/T0000STANDIN/B0000STANDIN/stand-in-no-secret'}`,
    messages,
    setMode(mode: StandInMode, { times = Infinity, retryAfter = 1 }: { times?: number; retryAfter?: number } = {}) {
      control = { mode, times, retryAfter };
    },
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** The body as text; undefined if it is too long, after the rest was read and discarded. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= BODY_BYTES) chunks.push(chunk);
  }
  return length <= BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** Parses JSON, or a form with JSON in the field `payload`: Slack accepts both. */
function parse(contentType: string, body: string): unknown {
  const json = contentType.startsWith('application/x-www-form-urlencoded')
    ? (new URLSearchParams(body).get('payload') ?? '')
    : body;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { SLACK_STANDIN_PORT = '8090', SLACK_STANDIN_HOST = '127.0.0.1', SLACK_STANDIN_PATH } = process.env;
  const slack = await startSlack({
    port: Number(SLACK_STANDIN_PORT),
    host: SLACK_STANDIN_HOST,
    path: SLACK_STANDIN_PATH,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void slack.stop().then(() => process.exit(0)));
}
