import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Where a request goes, or why nowhere. */
export type Route =
  | { name: string; host: string; port: number /** Bytes that its body may have. */; maxBody?: number | undefined }
  | { status: number; words: string };

/** Of one connection, and never passed on (RFC 9110, 7.6.1), besides what `connection` itself names. */
const ofConnection = ['connection', 'proxy-connection', 'keep-alive', 'te', 'trailer', 'upgrade'];

function passedOn(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const own = [...ofConnection, ...(headers.connection ?? '').toLowerCase().split(/[\s,]+/)];
  // How a body is framed stays as it came: without either of these a body would pass for the next request.
  const kept = ['content-length', 'transfer-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name) || !own.includes(name)));
}

function refuse(response: ServerResponse, status: number, words: string): void {
  // What was refused is answered: more of its body, and the request to the service that was given up, change nothing about that.
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(`${words}\n`);
}

/** Passes each request on to where `route` says. Whatever either side sends, the worst that follows is one answer of 400, 413 or 502. */
export const proxy =
  (route: (host: string, path: string) => Route): RequestListener =>
  (incoming, response) => {
    const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
    const to = route(host, (incoming.url ?? '/').split('?')[0] as string);
    if ('status' in to) return refuse(response, to.status, to.words);
    const { name, maxBody } = to;
    const tooLarge = `the request body may have ${maxBody} bytes at most`;
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
      // An answer that breaks off breaks off here, too.
      pipeline(answer, response, () => undefined);
    });
    outgoing.on('upgrade', (_, socket) => {
      socket.destroy();
      refuse(response, 502, `${name}: changed the protocol, which nobody asked for`);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 60 s')));
    outgoing.on('error', (error) => refuse(response, 502, `${name}: ${error.message}`));
    response.on('close', () => outgoing.destroy());
    // A body without a length is counted as it passes; nothing of it is kept.
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
