import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** The target of a request, or why it has none. */
export type Route =
  | {
      name: string;
      host: string;
      port: number;
      /** Limit of the body, in bytes. */
      maxBody?: number | undefined;
      /** The name of the backend, for who counts requests. */
      backend?: string;
    }
  | { status: number; words: string };

/** A token bucket, as of Traefik's rateLimit: whether the next request is taken, of `average` a second and `burst` at once. */
export function bucket(average: number, burst: number, now = () => Date.now() / 1000): () => boolean {
  let [tokens, at] = [burst, now()];
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + (time - at) * average);
    at = time;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

/** Hop-by-hop headers, which are not forwarded (RFC 9110, 7.6.1), besides those that `connection` names. */
const ofConnection = ['connection', 'proxy-connection', 'keep-alive', 'te', 'trailer', 'upgrade'];

function passedOn(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const own = [...ofConnection, ...(headers.connection ?? '').toLowerCase().split(/[\s,]+/)];
  // The framing of the body is kept: without these headers a body would be read as the next request.
  const kept = ['content-length', 'transfer-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name) || !own.includes(name)));
}

function refuse(response: ServerResponse, status: number, words: string): void {
  // A refused request already has its answer; the rest of its body and the aborted request to the service do not change it.
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(`${words}\n`);
}

/**
 * Forwards each request to the target of `route`, and calls `observe` with how it was answered and in how many seconds. Whatever either side sends, the worst
 * result is a reply of 400, 413 or 502.
 */
export const proxy =
  (
    route: (host: string, path: string) => Route,
    observe: (backend: string, status: number, seconds: number) => void = () => {},
  ): RequestListener =>
  (incoming, response) => {
    const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
    const to = route(host, (incoming.url ?? '/').split('?')[0] as string);
    if ('status' in to) return refuse(response, to.status, to.words);
    const { name, maxBody, backend } = to;
    const began = performance.now();
    if (backend !== undefined)
      response.once('close', () => observe(backend, response.statusCode, (performance.now() - began) / 1000));
    const tooLarge = `the request body exceeds ${maxBody} bytes`;
    if (maxBody !== undefined && Number(incoming.headers['content-length'] ?? 0) > maxBody) {
      incoming.resume();
      return refuse(response, 413, tooLarge);
    }
    let outgoing: ReturnType<typeof request>;
    try {
      outgoing = request({
        host: to.host,
        port: to.port,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...passedOn(incoming.headers),
          'x-forwarded-for': incoming.socket.remoteAddress ?? '',
          'x-forwarded-host': host,
          'x-forwarded-proto': 'http',
        },
        timeout: 60_000,
      });
    } catch (error) {
      return refuse(response, 400, (error as Error).message);
    }
    outgoing.on('response', (answer) => {
      const { 'transfer-encoding': _, ...headers } = passedOn(answer.headers);
      try {
        response.writeHead(answer.statusCode ?? 502, headers);
      } catch (error) {
        outgoing.destroy();
        return refuse(response, 502, `${name}: ${(error as Error).message}`);
      }
      // A reply that breaks off also breaks off here.
      pipeline(answer, response, () => undefined);
    });
    outgoing.on('upgrade', (_, socket) => {
      socket.destroy();
      refuse(response, 502, `${name}: switched the protocol unasked`);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 60 s')));
    outgoing.on('error', (error) => refuse(response, 502, `${name}: ${error.message}`));
    response.on('close', () => outgoing.destroy());
    // A body without a length is counted while it streams, and not buffered.
    let seen = 0;
    incoming.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (maxBody !== undefined && seen > maxBody) {
        incoming.unpipe(outgoing);
        outgoing.destroy();
        incoming.resume();
        refuse(response, 413, tooLarge);
      }
    });
    incoming.pipe(outgoing);
  };
