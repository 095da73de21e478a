import { expect, test } from '@jest/globals';
import { validate } from '@readme/openapi-parser';
import { Ajv, type ValidateFunction } from 'ajv';
import { firewall, inspectedBody } from './firewall.ts';
import { gatewayBody } from './gateway.ts';
import { endsHere, nobody, requestIdHeader, subjectHeader } from './headers.ts';
import { basePath, bodyLimit, entranceBodyLimit, keys, timeoutMs } from './limits.ts';
import { openapi } from './openapi.ts';
import { type Refusal, refusalBody, refusals } from './refusals.ts';
import { routes } from './routes/index.ts';
import { schemas } from './schemas.ts';
import { clients, lifetimes, poolOf, pools, type Scope, scopes } from './tokens.ts';

const addresses = {
  site: 'https://tickets.example',
  signIn: { customers: 'https://auth.tickets.example', staff: 'https://staff.tickets.example' },
};
const document = openapi(addresses);
const body = gatewayBody(addresses, {
  pools: ['arn:customers', 'arn:staff'],
  link: { connectionId: 'link', target: 'arn:balancer' },
  host: (service) => `${service}.tickets.example`,
});
const operations = routes.map((route) => {
  const operation = body.paths[route.path]?.[route.method.toLowerCase()] as {
    security: Record<string, string[]>[];
    'x-amazon-apigateway-integration': { uri: string; requestParameters: Record<string, string> };
  };
  return { route, operation, integration: operation['x-amazon-apigateway-integration'] };
});

// The parser resolves references in place, so each gets a copy.
const faults = async (given: unknown) => {
  const result = await validate(structuredClone(given) as never);
  return result.valid ? [] : result.errors.map(({ message }) => message);
};

test('the document and the body for API Gateway are OpenAPI 3.0, and the check sees what is not', async () => {
  expect(await faults(document)).toEqual([]);
  expect(await faults(body)).toEqual([]);
  const { Show: _, ...schemas } = document.components.schemas;
  expect((await faults({ ...document, components: { ...document.components, schemas } })).join()).toContain('Show');
  const paths = { ...document.paths, '/shows': { get: { summary: 'no answer' } } };
  expect((await faults({ ...document, paths })).join()).toContain('responses');
});

test('each route is there once, and nothing for the machine alone is', () => {
  expect(Object.values(document.paths).flatMap(Object.keys)).toHaveLength(routes.length);
  expect(document.servers).toEqual([{ url: `https://tickets.example${basePath}` }]);
  const reached = routes.map(({ method, path, upstream = path }) => `${method} ${upstream}`);
  for (const inner of ['/metrics', '/healthz', '/readyz', 'POST /tickets'])
    expect(reached.filter((one) => one.includes(inner))).toEqual([]);
});

test('API Gateway can import it: paths, operation ids and models have characters that it takes', () => {
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]+$/);
  for (const { path } of routes) expect(path).toMatch(/^(?:\/(?:[a-z-]+|\{[a-z]+\}))+$/);
  expect(Object.keys(body.components.schemas)).toEqual(expect.arrayContaining(['HoldRequest', 'BookingRequest']));
  for (const name of Object.keys(body.components.schemas)) expect(name).toMatch(/^[A-Za-z0-9]+$/);
  // Known to OpenAPI and not to its models.
  expect(JSON.stringify(body.components.schemas)).not.toMatch(/nullable|oneOf|anyOf|discriminator|\$ref|exclusive/);
});

test('who calls is what the token says: no request keeps a header that a client chose', () => {
  for (const { route, integration } of operations) {
    const set = integration.requestParameters;
    expect(set[`integration.request.header.${subjectHeader}`]).toBe(
      route.access === 'public' ? `'${nobody}'` : 'context.authorizer.claims.sub',
    );
    expect(set[`integration.request.header.${requestIdHeader}`]).toBe('context.requestId');
    for (const name of endsHere) expect(set[`integration.request.header.${name}`]).toBe("'removed'");
    expect(Object.values(set).filter((from) => from.startsWith('method.request.header'))).toEqual([]);
  }
  // A holder in a body would be whatever the caller says.
  const requests = routes.flatMap((one) => (one.body === undefined ? [] : [schemas[one.body]]));
  expect(requests).toHaveLength(5);
  expect(JSON.stringify(requests)).not.toContain('holder');
});

test('every route asks for a key, and every route that is not public for a token with a scope', () => {
  for (const { route, operation } of operations) {
    const [asked, ...others] = operation.security;
    expect(others).toEqual([]);
    expect(asked).toHaveProperty('apiKey', []);
    expect(asked?.signedIn?.length ?? 0).toBe(route.access === 'public' ? 0 : route.access.length);
  }
  expect(routes.filter(({ access }) => access === 'public').map(({ path }) => path)).toEqual(['/shows', '/shows/{id}']);
  // What others may be given is the same for all.
  expect(routes.filter((one) => one.cacheSeconds !== undefined && one.access !== 'public')).toEqual([]);
});

test('a customer gets no scope of staff, and each scope opens something', () => {
  const used = new Set(routes.flatMap(({ access }) => (access === 'public' ? [] : access)));
  expect([...used].sort()).toEqual(Object.keys(scopes).sort());
  const open = (Object.keys(scopes) as Scope[]).filter((scope) => pools[poolOf(scope)].signUp === 'anybody');
  expect(open).toEqual(['booking.write', 'ticket.read']);
  expect(Object.values(clients).filter(({ grant, back }) => (grant === 'code') !== (back !== undefined))).toEqual([]);
  expect(lifetimes.access).toBeLessThanOrEqual(15);
});

test('throttles let the site have less than all routes together, and the canary enough', () => {
  for (const { throttle, access } of routes) {
    const key = access === 'public' || !access.includes('probe') ? keys.site : keys.canary;
    expect(throttle.rate).toBeLessThanOrEqual(key.rate);
    expect(throttle.burst).toBeGreaterThanOrEqual(throttle.rate);
  }
});

test('limits are within those of API Gateway and of the firewall', () => {
  expect(timeoutMs).toBeLessThanOrEqual(29_000);
  expect(entranceBodyLimit).toBeLessThanOrEqual(10 * 2 ** 20);
  // Rules see all of a body that a service takes.
  expect(inspectedBody).toBeGreaterThanOrEqual(bodyLimit);
  expect(
    firewall.filter((rule) => 'rate' in rule && rule.rate.path).map((rule) => 'rate' in rule && rule.rate.path),
  ).toEqual([`${basePath}/bookings`]);
  expect(routes.map(({ path }) => path)).toContain('/bookings');
});

test('what the entrance refuses has the form that services refuse in', () => {
  // OpenAPI's `nullable` and formats are no JSON Schema.
  const ajv = new Ajv({ formats: { 'date-time': true, uri: true } });
  const errors: ValidateFunction = ajv.compile(schemas.Errors as object);
  const responses = body['x-amazon-apigateway-gateway-responses'];
  for (const refusal of Object.values(refusals) as Refusal[]) {
    expect(errors(refusalBody(refusal))).toBe(true);
    for (const type of refusal.types) {
      const template = responses[type]?.responseTemplates['application/json'] ?? '';
      expect(JSON.parse(template)).toEqual(refusalBody(refusal));
      // Velocity would replace these.
      expect(template).not.toMatch(/[$#]/);
    }
  }
  // Whatever type AWS adds is one of these two.
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX']));
});
