/** What the entrance itself answers, in the form of the services: `{"errors": […]}`. */
export type Refusal = {
  status: number;
  /** Fixed: nothing of a request is in it, so nothing that somebody sent is shown to somebody else. */
  error: string;
  headers?: Record<string, string>;
  /** The types of API Gateway's responses. */
  types: readonly string[];
};

/** In the order in which a request meets them. */
export const refusals = {
  firewall: { status: 403, error: 'request: refused', types: ['WAF_FILTERED'] },
  tooLarge: { status: 413, error: 'body: too large', types: ['REQUEST_TOO_LARGE'] },
  unknown: {
    status: 404,
    error: 'path: there is nothing',
    // The first is what API Gateway says of a path or method that there is not.
    types: ['MISSING_AUTHENTICATION_TOKEN', 'RESOURCE_NOT_FOUND'],
  },
  unauthorized: {
    status: 401,
    error: 'authorization: allowed is an access token that has not expired; sign in',
    headers: { 'WWW-Authenticate': 'Bearer' },
    types: ['UNAUTHORIZED'],
  },
  scope: {
    status: 403,
    error: 'authorization: this token is not for this request; ask for its scope when signing in',
    types: ['ACCESS_DENIED'],
  },
  apiKey: { status: 403, error: 'x-api-key: allowed is a key of this entrance', types: ['INVALID_API_KEY'] },
  throttled: {
    status: 429,
    error: 'requests: too many; try again in a second',
    headers: { 'Retry-After': '1' },
    types: ['THROTTLED', 'QUOTA_EXCEEDED'],
  },
  invalid: {
    status: 400,
    error: 'request: does not match the description of this route',
    types: ['BAD_REQUEST_BODY', 'BAD_REQUEST_PARAMETERS'],
  },
  mediaType: { status: 415, error: 'content-type: allowed is application/json', types: ['UNSUPPORTED_MEDIA_TYPE'] },
  away: {
    status: 504,
    error: 'service: does not answer; the request can be repeated',
    headers: { 'Retry-After': '1' },
    types: ['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT'],
  },
  failed: {
    status: 500,
    error: 'internal error',
    types: ['AUTHORIZER_FAILURE', 'AUTHORIZER_CONFIGURATION_ERROR', 'API_CONFIGURATION_ERROR', 'DEFAULT_5XX'],
  },
  other: { status: 400, error: 'request: not understood', types: ['DEFAULT_4XX'] },
} as const satisfies Record<string, Refusal>;
export type RefusalName = keyof typeof refusals;

export const refusalBody = ({ error }: Pick<Refusal, 'error'>) => ({ errors: [error] });
