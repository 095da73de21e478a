import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { state, tokyo } from '../topology.ts';
import { application } from './cluster.ts';
import { kubeconfig } from './region.ts';

test('a recreated region is asked with its new keys, by a program that knew the old one', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"metadata":{"name":"ticket-dr"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  const region = { ...tokyo, name: relative(state, folder) as 'tokyo' };
  mkdirSync(dirname(kubeconfig(region)), { recursive: true });
  const keys = (token: string) =>
    writeFileSync(
      kubeconfig(region),
      JSON.stringify({
        clusters: [
          {
            name: 'c',
            cluster: {
              server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
              'insecure-skip-tls-verify': true,
            },
          },
        ],
        users: [{ name: 'u', user: { token } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
  try {
    for (const token of ['old', 'old', 'new']) {
      keys(token);
      expect((await application('ticket-dr', region)).metadata.name).toBe('ticket-dr');
    }
    expect(asked).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});
