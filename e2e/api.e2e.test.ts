/** The services answer what the document of the public API says, and all that it says. */
import { beforeAll, expect, test } from '@jest/globals';
import { namespace } from '../local/machine/network.ts';
import { run } from '../local/machine/process.ts';
import { entrance, hostOf, regionOf, servicesPort } from '../local/topology.ts';
import { type Ask, walk } from './api.ts';
import { bringUp, upMs } from './platform.ts';

beforeAll(bringUp, upMs);

/** At the ingress, from the network of the entrance, which alone reaches services there, and with the header that it sets. */
const ask: Ask = async (service, { method, path, headers, body }) => {
  const all = Object.entries({ ...headers, host: hostOf(service, 'dev') }).flatMap((header) => [
    '--header',
    header.join(': '),
  ]);
  const said = await run(
    'nsenter',
    [
      `--net=/run/netns/${namespace(entrance)}`,
      ...['curl', '--silent', '--show-error', '--include', '--max-time', '15', '--request', method],
      ...all,
      ...(body === undefined ? [] : ['--data-binary', '@-']),
      `http://${regionOf('dev').address}:${servicesPort}${path}`,
    ],
    body === undefined ? {} : { input: body },
  );
  const end = said.indexOf('\r\n\r\n');
  const [first = '', ...lines] = said.slice(0, end).split('\r\n');
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((line) => line.split(/: (.*)/)).map(([name = '', value]) => [name.toLowerCase(), value]),
    ),
    body: said.slice(end + 4),
  };
};

test('every route of the document is answered as it says, with each status but those of faults, and to its holder alone', async () => {
  expect(await walk(ask)).toEqual([]);
}, 240_000);
