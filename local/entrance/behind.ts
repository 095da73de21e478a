import { execa } from 'execa';
import { namespace } from '../machine/network.ts';
import { entrance, type Region, servicesPort } from '../topology.ts';

export type Sent = {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
};
export type Got = { status: number; headers: Record<string, string>; body: string };

/** Runs a program in the network of a region or of the entrance, as root. */
export const inNetwork = (place: { name: string }, program: string, args: readonly string[], options: object = {}) =>
  execa('nsenter', [`--net=/run/netns/${namespace(place)}`, program, ...args], options);

/**
 * A request from the network of a place, which is all that an ingress knows a caller by. `insecure`: the certificate is nobody's that this machine knows.
 * Throws if there is no answer within so many seconds.
 */
export async function request(
  place: { name: string },
  url: string,
  { body, method = body === undefined ? 'GET' : 'POST', headers = {} }: Omit<Sent, 'path'> = {},
  seconds = 15,
  insecure = false,
): Promise<Got> {
  const all = { Expect: '', ...headers };
  const { stdout } = await inNetwork(
    place,
    'curl',
    [
      ...['--silent', '--show-error', '--globoff', '--path-as-is', '--max-time', `${seconds}`, '--dump-header', '-'],
      ...(insecure ? ['--insecure'] : []),
      ...['--request', method],
      ...Object.entries(all).flatMap(([name, value]) => ['--header', value === '' ? `${name}:` : `${name}: ${value}`]),
      ...(body === undefined ? [] : ['--data-binary', '@-']),
      url,
    ],
    { input: body ?? '' },
  );
  const text = String(stdout);
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const named = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(named), body: text.slice(end + 4) };
}

/**
 * A request as the gateway sends it on, from its network to the ingress of a region, which lets nobody else in to the services. Whoever calls this
 * says by the header `X-Subject` who it is.
 */
export const behindEntrance = (region: Region, host: string, { path, headers = {}, ...sent }: Sent): Promise<Got> =>
  request(entrance, `http://${region.address}:${servicesPort}${path}`, {
    ...sent,
    headers: { Host: host, ...headers },
  });
