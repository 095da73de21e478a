/**
 * HAProxy in place of API Gateway, by the same data: routes, scopes, tokens, keys, limits, headers, answers.
 *
 * What it does not do, and API Gateway does: it compares no body and no value of a query with the schemas (services check both again); it counts
 * what passed in the last second and in the last ten instead of filling a bucket, so at the edge of a limit it may differ by a second's worth; and
 * it knows a new key when the follower has fetched it, which is seconds after the pool has it, instead of asking at once.
 */
import { endsHere, nobody, requestIdHeader, subjectClaim, subjectHeader } from '../../entrance/headers.ts';
import { basePath, entranceBodyLimit, type KeyName, keys as keyLimits, timeoutMs } from '../../entrance/limits.ts';
import { type Refusal, type RefusalName, refusalBody, refusals } from '../../entrance/refusals.ts';
import { routes } from '../../entrance/routes/index.ts';
import { fullScope, type Pool, signature, tokenUse } from '../../entrance/tokens.ts';
import type { Route } from '../../entrance/types.ts';
import { toIngress } from '../accelerator/accelerator.ts';

/** A public key of a pool: who issues tokens that it signed, its `kid`, and a file with it. */
export type Key = { pool: Pool; issuer: string; kid: string; file: string };
/** One API an environment, as a stage: the host by which callers know it, and where its services are, by their own hosts. */
export type Api = {
  name: string;
  host: string;
  server: string;
  hosts: Record<Route['service'], string>;
};
export type Gateway = {
  /** `address:port` */
  listen: string;
  apis: readonly Api[];
  keys: readonly Key[];
  /** A file with a line for each API key: the key, a blank, its name. */
  keyFile: string;
  /** The folder of what `gatewayFiles` gives. */
  folder: string;
};

export const nameOf = ({ method, path }: Route): string =>
  `${method.toLowerCase()}${path.replace(/\W+(\w?)/g, (_, first: string) => first.toUpperCase())}`;

/** `{id}` is one segment, without anything that a service would decode to more than one. */
export const patternOf = ({ path }: Pick<Route, 'path'>): string =>
  `^${basePath}${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/%]+')}$`;

const bodyOf = (name: RefusalName): string => JSON.stringify(refusalBody(refusals[name]));
const reasons: Record<number, string> = { 400: 'Bad Request', 500: 'Internal Server Error', 504: 'Gateway Timeout' };

/** What HAProxy itself says when it cannot ask a service, or does not understand a client: whole answers, by the status that it has for it. */
const own: Record<number, RefusalName> = {
  400: 'other',
  408: 'other',
  500: 'failed',
  502: 'away',
  503: 'away',
  504: 'away',
};
export const gatewayFiles = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(own).map(([status, name]) => {
      const refusal: Refusal = refusals[name];
      const body = bodyOf(name);
      const head = [
        `HTTP/1.1 ${refusal.status} ${reasons[refusal.status]}`,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...Object.entries(refusal.headers ?? {}).map((header) => header.join(': ')),
        'Connection: close',
      ];
      return [`${status}.http`, `${head.join('\r\n')}\r\n\r\n${body}`];
    }),
  );

/** A word of HAProxy's language that is exactly this text. */
const quoted = (text: string): string => {
  if (/['\n\r]/.test(text)) throw new Error(`gateway: given ${JSON.stringify(text)}, allowed text without quotes`);
  return `'${text}'`;
};
const refuse = (name: RefusalName, condition: string): string => {
  const refusal: Refusal = refusals[name];
  const headers = Object.entries(refusal.headers ?? {}).map(([header, value]) => `hdr ${header} ${quoted(value)} `);
  return `  http-request return status ${refusal.status} content-type application/json string ${quoted(bodyOf(name))} ${headers.join('')}${condition}`;
};
const isRoute = (some: readonly Route[]): string => `{ var(txn.route) -m str ${some.map(nameOf).join(' ')} }`;

/** Routes that have the same value of something. */
function grouped<T>(of: (route: Route) => T | undefined): { value: T; some: Route[] }[] {
  const groups = new Map<string, { value: T; some: Route[] }>();
  for (const route of routes) {
    const value = of(route);
    if (value === undefined) continue;
    const key = JSON.stringify(value);
    const group = groups.get(key) ?? { value, some: [] };
    group.some.push(route);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const claims = { iss: 'iss', use: 'token_use', scope: 'scope', sub: subjectClaim };

/** A protected route goes on only with a token that a known key of its issuer signed, that is an access token, and that has not expired. */
const tokenLines = (keys: readonly Key[]): string[] => [
  `  acl open var(txn.route) -m str ${routes
    .filter(({ access }) => access === 'public')
    .map(nameOf)
    .join(' ')}`,
  '  http-request set-var(txn.bearer) http_auth_bearer unless open',
  ...['alg', 'kid'].map(
    (name) => `  http-request set-var(txn.${name}) var(txn.bearer),jwt_header_query('$.${name}') unless open`,
  ),
  ...Object.entries(claims).map(
    ([name, claim]) =>
      `  http-request set-var(txn.${name}) var(txn.bearer),jwt_payload_query('$.${claim}') unless open`,
  ),
  `  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int') unless open`,
  '  http-request set-var(txn.now) date()',
  ...keys.map(
    ({ issuer, kid, file }) =>
      `  http-request set-var(txn.signed) var(txn.bearer),jwt_verify(txn.alg,"${file}") if !open { var(txn.alg) -m str ${signature} } { var(txn.kid) -m str ${quoted(kid)} } { var(txn.iss) -m str ${quoted(issuer)} }`,
  ),
  refuse('unauthorized', 'if !open !{ var(txn.signed) -m int 1 }'),
  refuse('unauthorized', `if !open !{ var(txn.use) -m str ${tokenUse} }`),
  refuse('unauthorized', 'if !open !{ var(txn.exp),sub(txn.now) -m int gt 0 }'),
  refuse('unauthorized', 'if !open !{ var(txn.sub) -m len gt 0 }'),
  ...grouped(({ access }) => (access === 'public' ? undefined : access)).map(({ value, some }) => {
    const wanted = value.map((scope) => fullScope(scope).replace(/[.]/g, '\\.')).join('|');
    return refuse('scope', `if ${isRoute(some)} !{ var(txn.scope) -m reg ${quoted(`(^| )(${wanted})( |$)`)} }`);
  }),
];

/** A bucket lets through at most so many in a second, and in ten. */
const limitLines = (counter: 0 | 1, condition: string, { rate, burst }: { rate: number; burst: number }): string[] => [
  refuse('throttled', `if ${condition} { sc${counter}_gpc0_rate ge ${rate + burst} }`),
  refuse('throttled', `if ${condition} { sc${counter}_gpc1_rate ge ${10 * rate + burst} }`),
];

const required = ({ query = {} }: Route): string[] | undefined => {
  const names = Object.keys(query).filter((name) => query[name]?.required);
  return names.length > 0 ? names : undefined;
};

export function gatewayConfig({ listen, apis, keys, keyFile, folder }: Gateway): string {
  const lines = [
    '# Written by local/entrance/gateway.ts: a stand-in for API Gateway.',
    'global',
    '  log stdout format raw local0 info',
    '  maxconn 4000',
    '  hard-stop-after 60s',
    'defaults',
    '  mode http',
    '  log global',
    '  option http-keep-alive',
    '  option idle-close-on-response',
    '  http-reuse safe',
    '  timeout connect 2s',
    '  timeout client 65s',
    '  timeout http-request 10s',
    '  timeout http-keep-alive 60s',
    `  timeout server ${timeoutMs}ms`,
    '  retries 0',
    ...Object.keys(own).map((status) => `  errorfile ${status} ${folder}/${status}.http`),
    ...['of_keys', 'of_routes'].flatMap((table) => [
      `backend ${table}`,
      '  stick-table type string len 96 size 1k expire 60s store gpc0_rate(1s),gpc1_rate(10s)',
    ]),
    'frontend entrance',
    `  bind ${listen}`,
    '  unique-id-format %[uuid()]',
    `  log-format '{"id":"%ID","api":"%[var(txn.api)]","route":"%[var(txn.route)]","key":"%[var(txn.key)]","status":%ST,"ms":%Tt}'`,
    '  http-response set-log-level silent if { status lt 400 }',
    `  http-after-response set-header ${requestIdHeader} %[unique-id]`,
    ...apis.map(
      ({ name, host }) =>
        `  http-request set-var(txn.api) str(${name}) if { req.hdr(host),field(1,:),lower -m str ${quoted(host)} }`,
    ),
    ...routes.map(
      (route) =>
        `  http-request set-var(txn.route) str(${nameOf(route)}) if { method ${route.method} } { path -m reg ${quoted(patternOf(route))} }`,
    ),
    refuse('tooLarge', `if { req.hdr_val(content-length) gt ${entranceBodyLimit} }`),
    refuse('unknown', 'unless { var(txn.api) -m found } { var(txn.route) -m found }'),
    ...tokenLines(keys),
    `  http-request set-var(txn.key) req.hdr(x-api-key),map_str(${keyFile})`,
    refuse('apiKey', 'unless { var(txn.key) -m found }'),
    '  http-request set-var(txn.both) var(txn.api),concat(/,txn.route)',
    '  http-request track-sc0 var(txn.key) table of_keys',
    '  http-request track-sc1 var(txn.both) table of_routes',
    ...(Object.keys(keyLimits) as KeyName[]).flatMap((name) =>
      limitLines(0, `{ var(txn.key) -m str ${name} }`, keyLimits[name]),
    ),
    ...grouped(({ throttle }) => throttle).flatMap(({ value, some }) => limitLines(1, isRoute(some), value)),
    ...[0, 1].flatMap((counter) => [0, 1].map((gpc) => `  http-request sc-inc-gpc${gpc}(${counter})`)),
    ...grouped(required).flatMap(({ value, some }) =>
      value.map((name) => refuse('invalid', `if ${isRoute(some)} !{ url_param(${name}) -m found }`)),
    ),
    ...grouped(({ body }) => (body === undefined ? undefined : true)).map(({ some }) =>
      refuse('mediaType', `if ${isRoute(some)} !{ req.hdr(content-type) -m reg -i '^application/json *(;|$)' }`),
    ),
    ...endsHere.map((header) => `  http-request del-header ${header}`),
    `  http-request set-header ${requestIdHeader} %[unique-id]`,
    `  http-request set-header ${subjectHeader} ${nobody} if open`,
    `  http-request set-header ${subjectHeader} %[var(txn.sub)] unless open`,
    ...apis.flatMap(({ name, hosts }) =>
      grouped(({ service }) => service).map(
        ({ value, some }) =>
          `  http-request set-header Host ${hosts[value]} if { var(txn.api) -m str ${name} } ${isRoute(some)}`,
      ),
    ),
    `  http-request set-path %[path,regsub(^${basePath},)]`,
    ...grouped(({ upstream }) => upstream).map(
      ({ value, some }) => `  http-request set-path ${value} if ${isRoute(some)}`,
    ),
    ...apis.map(({ name }) => `  use_backend ${name} if { var(txn.api) -m str ${name} }`),
    ...apis.flatMap(({ name, server }) => [`backend ${name}`, `  server ${name} ${server} ${toIngress}`]),
  ];
  return `${lines.join('\n')}\n`;
}
