/**
 * Callers of the API from this machine, as code: each signs in as its route asks for, and enters where customers enter. The drill, the loop, the
 * bench and the stories call services by this and nothing else.
 */
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { type Agent, request } from 'node:http';
import { basePath } from '../../entrance/limits.ts';
import { routes } from '../../entrance/routes/index.ts';
import { clients, fullScope, lifetimes, poolOf, tokenUse } from '../../entrance/tokens.ts';
import type { Route } from '../../entrance/types.ts';
import { patternOf } from './gateway.ts';
import { entranceSecrets, issuerOf, type Listens, listens, type Secrets, siteHost } from './settings.ts';
import { subjectOf } from './sign-in/accounts.ts';
import { paths } from './sign-in/names.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every service, of which a caller reads what it is about
export type Answered = { status: number; body: any; headers: Record<string, string | string[] | undefined> };
export type Asked = {
  /** Default: GET without a body, POST with one. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  agent?: Agent | false;
  /** Milliseconds until an answer counts as none. */
  patience?: number;
  /** Default: the loopback. */
  address?: string;
};

/** A request to a loopback port by the host that a browser would name, so that no resolver is needed. */
export function send(host: string, port: number, path: string, asked: Asked = {}): Promise<Answered> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {}, agent = false, patience = 15_000 } = asked;
  const { address = '127.0.0.1' } = asked;
  return new Promise((resolve, reject) => {
    const all = { host: `${host}:${port}`, ...headers };
    const sent = request({ host: address, port, method, path, agent, headers: all }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('error', reject).on('end', () => {
        clearTimeout(timer);
        const { statusCode = 0, headers } = answer;
        try {
          resolve({ status: statusCode, body: JSON.parse(text || '{}'), headers });
        } catch {
          resolve({ status: statusCode, body: { text }, headers });
        }
      });
    });
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${patience} ms`)), patience);
    sent.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(body);
  });
}

const form = (fields: Record<string, string>): Asked => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

type ClientName = keyof typeof clients;
type Tokens = { access_token: string; id_token?: string; expires_in: number };

/** What signs in: where, and what it has to know. The platform's own, or a test's. */
export type At = {
  listens: Listens;
  secrets: () => Secrets;
  /** Of who comes to a gateway without a firewall before it, as a test does. */
  apiKey?: string;
};
const platform: At = { listens, secrets: entranceSecrets };

const signInAt = ({ listens: at }: At, client: ClientName) => {
  const { hostname } = new URL(issuerOf(clients[client].pool, at));
  return (path: string, asked?: Asked) => send(hostname, at.publicSignIn, path, asked);
};

/** Signs in as a browser does: authorization code with PKCE, the page, its cookies. */
export async function signInByCode(
  client: 'web' | 'studio',
  name: string,
  password: string,
  at = platform,
): Promise<Tokens> {
  const ask = signInAt(at, client);
  const cookies = new Map<string, string>();
  const go = async (path: string, asked: Asked = {}) => {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
    const answer = await ask(path, { ...asked, headers: { ...asked.headers, ...(cookie ? { cookie } : {}) } });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, key = '', value = ''] = line.match(/^([^=]+)=([^;]*)/) ?? [];
      cookies.set(key, value);
    }
    const { location } = answer.headers;
    if (typeof location !== 'string')
      throw new Error(`sign-in of ${name}: ${path.split('?')[0]}: given status ${answer.status}, allowed a redirect`);
    return new URL(location, issuerOf(clients[client].pool, at.listens));
  };
  const verifier = randomBytes(32).toString('base64url');
  const { back, scopes } = clients[client];
  const redirect_uri = `http://${siteHost('prod')}:${at.listens.publicSite}${back?.signIn}`;
  const query = new URLSearchParams({
    ...{ client_id: client, response_type: 'code', redirect_uri, state: randomBytes(8).toString('hex') },
    scope: ['openid', ...scopes.map(fullScope)].join(' '),
    ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
  });
  const page = await go(`${paths.authorization}?${query}`);
  const resumed = await go(page.pathname, form({ name, password }));
  const back_ = await go(resumed.pathname);
  const code = back_.searchParams.get('code') ?? '';
  const given = { grant_type: 'authorization_code', client_id: client, code, redirect_uri, code_verifier: verifier };
  const { status, body } = await ask(paths.token, form(given));
  if (status !== 200) throw new Error(`sign-in of ${name}: ${status} ${JSON.stringify(body)}`);
  return body;
}

async function signInByCredentials(client: 'canary', at: At): Promise<Tokens> {
  const scope = clients[client].scopes.map(fullScope).join(' ');
  const { status, body } = await signInAt(at, client)(
    paths.token,
    form({
      ...{ grant_type: 'client_credentials', client_id: client, scope },
      client_secret: at.secrets().clientSecrets[client] as string,
    }),
  );
  if (status !== 200) throw new Error(`sign-in of ${client}: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** Who a person is to the services: a name of a crowd, or who signed in by it. */
export const holderNamed = (name: string, { secrets }: At = platform): string =>
  subjectOf(secrets().subjectKey, 'customers', name.toLowerCase());

/**
 * A token as the sign-in gives one to a customer, made with its key, which root on this machine may read. For crowds: ten thousand sign-ins
 * would be a test of the sign-in.
 */
export const tokenOfCrowd = (name: string, at: At = platform): Tokens => tokenOfHolder(holderNamed(name, at), at);
export function tokenOfHolder(sub: string, { listens: at, secrets }: At = platform): Tokens {
  const { keys } = secrets();
  const [key] = keys.customers;
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    ...{ iss: issuerOf('customers', at), sub, token_use: tokenUse },
    ...{ client_id: 'web', scope: clients.web.scopes.map(fullScope).join(' ') },
    ...{ iat: now, exp: now + lifetimes.access * 60 },
  };
  const signed = `${part({ alg: 'RS256', kid: key?.kid })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey({ key: key as never, format: 'jwk' }));
  return { access_token: `${signed}.${signature.toString('base64url')}`, expires_in: lifetimes.access * 60 };
}

/** The route of a request to a service: its version is behind the probes. */
function routed(service: string, method: string, path: string): { route: Route | undefined; path: string } {
  const own = path === '/version' ? `/probe/${service}` : path;
  const bare = `${basePath}${own.split('?')[0]}`;
  return {
    path: `${basePath}${own}`,
    route: routes.find((one) => one.method === method && new RegExp(patternOf(one)).test(bare)),
  };
}

/** The address by which the version of a service is asked for, with a token of the canary. */
export const versionUrl = (service: string, environment: string): string =>
  `http://${siteHost(environment)}:${listens.publicSite}${routed(service, 'GET', '/version').path}`;

export type Call = {
  service: string;
  environment: string;
  path: string;
  body?: object;
  /** A person of a crowd, who signs in by this name; default is one customer for all. */
  as?: string;
  agent?: Agent | false;
  patience?: number;
};

/** One caller, who keeps tokens until a minute before they expire. */
export function caller(at: At = platform) {
  const kept = new Map<string, { tokens: Promise<Tokens>; until: number }>();
  const known = new Map<string, Secrets>();
  const cached: At = {
    listens: at.listens,
    secrets: () => {
      const all = known.get('') ?? at.secrets();
      known.set('', all);
      return all;
    },
  };
  const tokensFor = ({ access }: Route, as: string | undefined): Promise<Tokens> | undefined => {
    if (access === 'public') return undefined;
    const [scope] = access;
    if (scope === undefined) return undefined;
    const pool = poolOf(scope);
    const client = (Object.keys(clients) as ClientName[]).find(
      (name) => clients[name].pool === pool && clients[name].scopes.includes(scope),
    ) as ClientName;
    const who = `${client} ${client === 'web' ? (as ?? '') : ''}`;
    const old = kept.get(who);
    if (old && old.until > Date.now()) return old.tokens;
    const { staff } = cached.secrets();
    const tokens =
      client === 'canary'
        ? signInByCredentials(client, cached)
        : client === 'studio'
          ? signInByCode(client, staff.name, staff.password, cached)
          : as === undefined
            ? signInByCode(client, 'tester@tickets.example', 'of the tests', cached)
            : Promise.resolve(tokenOfCrowd(as, cached));
    kept.set(who, { tokens, until: Date.now() + (lifetimes.access - 1) * 60_000 });
    // Who could not sign in tries again at the next request.
    tokens.catch(() => {
      kept.delete(who);
      known.clear();
    });
    return tokens;
  };

  async function call({ service, environment, path, body, as, ...rest }: Call): Promise<Answered> {
    const method = body === undefined ? 'GET' : 'POST';
    const found = routed(service, method, path);
    const tokens = found.route && (await tokensFor(found.route, as));
    return send(siteHost(environment), cached.listens.publicSite, found.path, {
      method,
      headers: {
        ...(at.apiKey ? { 'x-api-key': at.apiKey } : {}),
        ...(tokens ? { authorization: `Bearer ${tokens.access_token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...rest,
    });
  }
  /** Signs a person of a crowd in before the first POST, because a signature takes a millisecond of the processor. */
  const signIn = async (service: string, path: string, as: string): Promise<void> => {
    const { route } = routed(service, 'POST', path);
    if (route) await tokensFor(route, as);
  };
  return Object.assign(call, { signIn });
}

/** The callers of this process. */
export const call = caller();
