import type { Scope } from './tokens.ts';

/** What OpenAPI 3.0 and API Gateway's models have in common of JSON Schema. */
export type Schema =
  | { $ref: `#/components/schemas/${string}` }
  | {
      type: 'string';
      format?: 'date-time' | 'uri';
      enum?: readonly string[];
      pattern?: string;
      minLength?: number;
      maxLength?: number;
      nullable?: boolean;
      description?: string;
    }
  | { type: 'integer'; minimum?: number; maximum?: number; description?: string }
  | { type: 'boolean' }
  | { type: 'array'; items: Schema; minItems?: number }
  | {
      type: 'object';
      properties?: Record<string, Schema>;
      required?: readonly string[];
      additionalProperties: boolean | Schema;
      nullable?: boolean;
      description?: string;
    };

export type Answer = {
  description: string;
  /** The name of a schema. */
  schema: string;
  /** Headers besides X-Request-Id, with what they are. */
  headers?: Record<string, string>;
};

export type Parameter = { schema: Schema; required?: boolean; description?: string };

/** One request that the public may make. */
export type Route = {
  method: 'GET' | 'POST';
  /** Below the base path; `{id}` is a part of it. */
  path: `/${string}`;
  summary: string;
  service: 'booking' | 'ticket' | 'live';
  /** The path at the service, where it has another one. */
  upstream?: `/${string}`;
  /** One of these scopes is enough. `public`: no token, and none is looked at. */
  access: 'public' | readonly Scope[];
  /** Requests a second of all callers together, in one region, and how many at once above that. */
  throttle: { rate: number; burst: number };
  /** How long the answer may be given to others, too. Only public routes have it. */
  cacheSeconds?: number;
  /** Parts of the path that are in braces. */
  parts?: Record<string, Parameter>;
  query?: Record<string, Parameter>;
  /** The name of a schema: the body is JSON, of `bodyLimit` bytes at most. */
  body?: string;
  /** What the service answers, by status. What the entrance itself answers is in refusals.ts. */
  answers: Record<number, Answer>;
};
