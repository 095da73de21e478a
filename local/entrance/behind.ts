import { execa } from 'execa';
import { namespace } from '../machine/network.ts';
import { entrance, type Region, servicesPort } from '../topology.ts';

export type Sent = { method?: string; path: string; headers?: Record<string, string>; body?: string };
export type Got = { status: number; headers: Record<string, string>; body: string };

/**
 * A request as the gateway sends it on, from its network to the ingress of a region, which lets nobody else in to the services. Whoever calls this
 * says by the header `X-Subject` who it is. Throws if there is no answer within 15 s.
 */
export async function behindEntrance(region: Region, host: string, sent: Sent): Promise<Got> {
  const { body, method = body === undefined ? 'GET' : 'POST', path, headers = {} } = sent;
  const all = { Host: host, Expect: '', ...headers };
  const { stdout } = await execa(
    'nsenter',
    [
      `--net=/run/netns/${namespace(entrance)}`,
      'curl',
      ...['--silent', '--show-error', '--globoff', '--path-as-is', '--max-time', '15', '--dump-header', '-'],
      ...['--request', method],
      ...Object.entries(all).flatMap(([name, value]) => ['--header', value === '' ? `${name}:` : `${name}: ${value}`]),
      ...(body === undefined ? [] : ['--data-binary', '@-']),
      `http://${region.address}:${servicesPort}${path}`,
    ],
    { input: body ?? '' },
  );
  const end = stdout.indexOf('\r\n\r\n');
  const [first = '', ...lines] = stdout.slice(0, end).split('\r\n');
  const named = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(named), body: stdout.slice(end + 4) };
}
