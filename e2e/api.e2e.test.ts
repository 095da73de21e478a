/** The services answer what the document of the public API says, and all that it says. */
import { request } from 'node:http';
import { beforeAll, expect, test } from '@jest/globals';
import { hostOf, portOf } from '../local/topology.ts';
import { type Answer, type Ask, walk } from './api.ts';
import { bringUp, upMs } from './platform.ts';

beforeAll(bringUp, upMs);

/** By the ingress, with the header that the entrance sets. */
const ask: Ask = (service, { method, path, headers, body }) =>
  new Promise<Answer>((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: portOf('dev'),
        method,
        path,
        headers: { ...headers, host: hostOf(service, 'dev') },
        timeout: 15_000,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.on('error', reject).on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
        });
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('no answer within 15 s')));
    asked.on('error', reject).end(body);
  });

test('every route of the document is answered as it says, with each status but those of faults, and to its holder alone', async () => {
  expect(await walk(ask)).toEqual([]);
}, 240_000);
