import { connect } from 'node:net';
import type { Sight } from '../types.ts';

/** Milliseconds of one attempt. An alarm has tried for half a minute already. */
const attemptMs = 2000;
const attempts = 2;

/** Nobody there, or nobody who answers. A name that does not resolve says nothing about whoever has it. */
const gone =
  /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|TimeoutError|UND_ERR_(CONNECT_TIMEOUT|SOCKET|HEADERS_TIMEOUT))$/;

/** The first `ok` of a few attempts, or what the last one saw. */
async function attempted(attempt: () => Promise<Sight>): Promise<Sight> {
  let seen: Sight = 'unknown';
  for (let count = 0; count < attempts && seen !== 'ok'; count++) seen = await attempt();
  return seen;
}

const codeOf = (error: unknown): string => {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: { code?: string } };
  return cause?.code ?? code ?? name ?? '';
};

/** Of several services: all of them, none of them, or nobody knows. */
export async function answerHttp(urls: string): Promise<Sight> {
  const [first = 'unknown', ...others] = await Promise.all(urls.split(',').map(answersHttp));
  return others.every((sight) => sight === first) ? first : 'unknown';
}

/** `ok`: 2xx. `fail`: 5xx or no answer. Anything else (a wrong path, a certificate, a name) is a fault of ours. */
const answersHttp = (url: string): Promise<Sight> =>
  attempted(async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(attemptMs), redirect: 'error' });
      await response.body?.cancel();
      return response.ok ? 'ok' : response.status >= 500 ? 'fail' : 'unknown';
    } catch (error) {
      return gone.test(codeOf(error)) ? 'fail' : 'unknown';
    }
  });

/** PostgreSQL's SSLRequest: eight bytes that every server answers with S or N before anybody signs in. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export const speaksPostgres = (host: string, port: number): Promise<Sight> =>
  attempted(
    () =>
      new Promise((resolve) => {
        const socket = connect({ host, port, timeout: attemptMs });
        const end = (sight: Sight) => {
          clearTimeout(timer);
          socket.destroy();
          resolve(sight);
        };
        // The socket's own timeout counts idle time alone.
        const timer = setTimeout(() => end('fail'), attemptMs);
        socket.once('connect', () => socket.write(sslRequest));
        socket.once('data', ([first]) => end(first === 0x53 || first === 0x4e ? 'ok' : 'unknown'));
        socket.once('timeout', () => end('fail'));
        socket.once('end', () => end('fail'));
        socket.once('error', (error) => end(gone.test(codeOf(error)) ? 'fail' : 'unknown'));
      }),
  );
