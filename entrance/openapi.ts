import { requestIdHeader } from './headers.ts';
import { basePath } from './limits.ts';
import { type Refusal, type RefusalName, refusals } from './refusals.ts';
import { routes } from './routes/index.ts';
import { schemas } from './schemas.ts';
import { clients, fullScope, type Pool, poolOf, pools, type Scope, scopes } from './tokens.ts';
import type { Answer, Route, Schema } from './types.ts';

/** Where people find the API: the site, and the sign-in of each pool. */
export type Addresses = { site: string; signIn: Record<Pool, string> };

type Header = { description: string; schema: Schema };
type Content = Record<string, { schema: Schema }>;
type Response = { description: string; headers?: Record<string, Header>; content?: Content };
export type Operation = {
  operationId: string;
  summary: string;
  tags: readonly string[];
  parameters?: readonly {
    name: string;
    in: 'path' | 'query';
    required: boolean;
    description?: string;
    schema: Schema;
  }[];
  requestBody?: { required: boolean; content: Content };
  security: readonly Record<string, readonly string[]>[];
  responses: Record<string, Response>;
};
export type Document = {
  openapi: '3.0.1';
  info: { title: string; version: string; description: string };
  servers: readonly { url: string }[];
  paths: Record<string, Partial<Record<'get' | 'post', Operation>>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
};

const text: Schema = { type: 'string' };
const json = (schema: string): Content => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});
const headersOf = (named: Record<string, string>): Record<string, Header> =>
  Object.fromEntries(Object.entries(named).map(([name, description]) => [name, { description, schema: text }]));

/** What the entrance may answer to a route, besides its service. */
export const refusalsOf = (route: Route): RefusalName[] => [
  'firewall',
  ...(route.body === undefined ? [] : (['tooLarge'] as const)),
  ...(route.access === 'public' ? [] : (['unauthorized', 'scope'] as const)),
  'apiKey',
  'throttled',
  ...(route.body === undefined && route.query === undefined ? [] : (['invalid'] as const)),
  ...(route.body === undefined ? [] : (['mediaType'] as const)),
  'away',
  'failed',
];

/** Of one status, what the service means by it and what the entrance does. */
const responseOf = (service: Answer | undefined, entrance: readonly Refusal[]): Response => {
  const headers = {
    ...(service && { [requestIdHeader]: 'The id of the request, in the logs of all services' }),
    ...service?.headers,
    ...Object.fromEntries(
      entrance.flatMap((one) => Object.keys(one.headers ?? {}).map((name) => [name, 'See RFC 9110'])),
    ),
  };
  return {
    description: [...(service ? [service.description] : []), ...entrance.map(({ error }) => `\`${error}\``)].join(
      '; or ',
    ),
    ...(Object.keys(headers).length > 0 && { headers: headersOf(headers) }),
    content: json(service?.schema ?? 'Errors'),
  };
};

const nameOf = ({ method, path }: Route): string =>
  method.toLowerCase() +
  path
    .split('/')
    .map((part) => part.replace(/[{}]/g, ''))
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

const operationOf = (route: Route): Operation => {
  const { summary, service, access, parts = {}, query = {}, body, answers } = route;
  const entrance: readonly Refusal[] = refusalsOf(route).map((name) => refusals[name]);
  const statuses = [...new Set([...Object.keys(answers), ...entrance.map(({ status }) => String(status))])].sort();
  const parameters = [
    ...Object.entries(parts).map(([name, part]) => ({ name, in: 'path' as const, ...part, required: true })),
    ...Object.entries(query).map(([name, part]) => ({ name, in: 'query' as const, required: false, ...part })),
  ];
  return {
    operationId: nameOf(route),
    summary,
    tags: [service],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: json(body) } }),
    // Any of the scopes is enough, so each is an alternative. Which pool has it follows from the scope.
    security: access === 'public' ? [] : access.map((scope) => ({ [poolOf(scope)]: [fullScope(scope)] })),
    responses: Object.fromEntries(
      statuses.map((status) => [
        status,
        responseOf(
          answers[Number(status)],
          entrance.filter((one) => String(one.status) === status),
        ),
      ]),
    ),
  };
};

/** How people and programs of a pool get tokens, as clients have to know it. */
const schemeOf = (pool: Pool, signIn: string) => {
  const granted = (grant: 'code' | 'credentials') =>
    Object.fromEntries(
      Object.values(clients)
        .filter((client) => client.pool === pool && client.grant === grant)
        .flatMap((client) => client.scopes.map((scope: Scope) => [fullScope(scope), scopes[scope]])),
    );
  const [code, credentials] = [granted('code'), granted('credentials')];
  const tokenUrl = `${signIn}/oauth2/token`;
  return {
    type: 'oauth2',
    description: 'Authorization code with PKCE (S256). Send the access token as `Authorization: Bearer …`.',
    flows: {
      ...(Object.keys(code).length > 0 && {
        authorizationCode: { authorizationUrl: `${signIn}/oauth2/authorize`, tokenUrl, scopes: code },
      }),
      ...(Object.keys(credentials).length > 0 && { clientCredentials: { tokenUrl, scopes: credentials } }),
    },
  };
};

/** The API as clients see it. What a gateway needs besides, gateway.ts adds. */
export const openapi = ({ site, signIn }: Addresses): Document => {
  const paths: Document['paths'] = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return {
    openapi: '3.0.1',
    info: {
      title: 'Tickets',
      version: '1',
      description: 'Shows, their waiting queues, bookings, tickets and live channels. Who calls is who the token says.',
    },
    servers: [{ url: `${site}${basePath}` }],
    paths,
    components: {
      schemas,
      securitySchemes: Object.fromEntries(
        (Object.keys(pools) as Pool[]).map((pool) => [pool, schemeOf(pool, signIn[pool])]),
      ),
    },
  };
};
