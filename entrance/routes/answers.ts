import type { Answer } from '../types.ts';

/** What several services answer in the same way. */
export const ok = (schema: string, description: string, headers?: Record<string, string>): Answer => ({
  description,
  schema,
  ...(headers && { headers }),
});
export const refused = (description: string): Answer => ({ description, schema: 'Errors' });

const retryAfter = { 'Retry-After': 'Seconds after which to ask again' };
/** Of whatever asks a store. */
export const storeAway: Record<number, Answer> = {
  503: { ...refused('A store does not answer; the request can be repeated'), headers: retryAfter },
};
export const failed: Record<number, Answer> = { 500: refused('A fault of ours') };
/** Of whatever reads a body. */
export const bodyRefused: Record<number, Answer> = {
  400: refused('Every fault of the body at once'),
  413: refused('The body has more than 4096 bytes'),
  415: refused('The body is not application/json'),
};
/** The parts of paths: services look ids up and answer 404 to what is none. */
export const id = { id: { schema: { type: 'string' }, required: true } } as const;
