import { endsHere, nobody, removed, requestIdHeader, subjectClaim, subjectHeader } from './headers.ts';
import { timeoutMs } from './limits.ts';
import { type Document, type Operation, openapi } from './openapi.ts';
import { type Refusal, refusalBody, refusals } from './refusals.ts';
import { routes } from './routes/index.ts';
import { fullScope } from './tokens.ts';
import type { Route, Schema } from './types.ts';

/** What the API Gateway of a region stands between: the pools that it believes, and the load balancer before the ingress. */
export type Behind = {
  pools: readonly string[];
  link: { connectionId: string; target: string };
  /** Whole host of a service, to which its ingress answers with a certificate. */
  host: (service: Route['service']) => string;
};

const authorizer = 'signedIn';
const apiKey = 'apiKey';

/** A value in the mappings of API Gateway that is what it says. */
const literal = (value: string): string => `'${value}'`;

/** Every mapping overwrites what a client sent under the name. */
const headersOf = ({ access }: Route): Record<string, string> => ({
  [`integration.request.header.${subjectHeader}`]:
    access === 'public' ? literal(nobody) : `context.authorizer.claims.${subjectClaim}`,
  [`integration.request.header.${requestIdHeader}`]: 'context.requestId',
  ...Object.fromEntries(endsHere.map((name) => [`integration.request.header.${name}`, literal(removed)])),
});

const integrationOf = (route: Route, { link, host }: Behind) => ({
  type: 'http_proxy',
  httpMethod: route.method,
  uri: `https://${host(route.service)}${route.upstream ?? route.path}`,
  connectionType: 'VPC_LINK',
  connectionId: link.connectionId,
  integrationTarget: link.target,
  timeoutInMillis: timeoutMs,
  passthroughBehavior: 'when_no_match',
  requestParameters: {
    ...headersOf(route),
    ...Object.fromEntries(
      Object.keys(route.parts ?? {}).map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]),
    ),
  },
});

const securityOf = ({ access }: Route) => [
  { [apiKey]: [], ...(access !== 'public' && { [authorizer]: access.map(fullScope) }) },
];

/** Gateway responses: the texts are fixed, so nothing that somebody sent gets into them. */
const gatewayResponses = () =>
  Object.fromEntries(
    Object.values(refusals).flatMap((refusal: Refusal) =>
      refusal.types.map((type) => [
        type,
        {
          // The last resort of each class keeps the status that API Gateway gave.
          ...(type.startsWith('DEFAULT_') ? {} : { statusCode: refusal.status }),
          responseTemplates: { 'application/json': JSON.stringify(refusalBody(refusal)) },
          responseParameters: {
            ...Object.fromEntries(
              Object.entries(refusal.headers ?? {}).map(([name, value]) => [
                `gatewayresponse.header.${name}`,
                literal(value),
              ]),
            ),
            [`gatewayresponse.header.${requestIdHeader}`]: 'context.requestId',
          },
        },
      ]),
    ),
  );

/** Models that requests refer to: of answers API Gateway checks nothing, and its models know less of JSON Schema than answers need. */
const requestSchemas = (document: Document): Record<string, Schema> =>
  Object.fromEntries(
    Object.entries(document.components.schemas).filter(([name]) => routes.some(({ body }) => body === name)),
  );

/** The body of a REST API: the same document, with what API Gateway has to know to serve it. */
export const gatewayBody = (addresses: Parameters<typeof openapi>[0], behind: Behind) => {
  const document = openapi(addresses);
  const operationFor = (route: Route) => {
    const operation = document.paths[route.path]?.[route.method.toLowerCase() as 'get' | 'post'] as Operation;
    const named = ([status, { description }]: [string, { description: string }]) => [status, { description }];
    return {
      ...operation,
      security: securityOf(route),
      // What a service answers goes through as it is: no model of it.
      responses: Object.fromEntries(Object.entries(operation.responses).map(named)),
      'x-amazon-apigateway-integration': integrationOf(route, behind),
    };
  };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationFor(route) };
  return {
    openapi: document.openapi,
    info: document.info,
    paths,
    components: {
      schemas: requestSchemas(document),
      securitySchemes: {
        [apiKey]: { type: 'apiKey', name: 'x-api-key', in: 'header' },
        [authorizer]: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'cognito_user_pools',
          'x-amazon-apigateway-authorizer': { type: 'cognito_user_pools', providerARNs: behind.pools },
        },
      },
    },
    'x-amazon-apigateway-api-key-source': 'HEADER',
    'x-amazon-apigateway-request-validators': {
      all: { validateRequestBody: true, validateRequestParameters: true },
    },
    'x-amazon-apigateway-request-validator': 'all',
    'x-amazon-apigateway-gateway-responses': gatewayResponses(),
  };
};
