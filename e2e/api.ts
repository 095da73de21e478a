/** Calls every route of the public API, and holds each answer to the document. */
import { randomUUID } from 'node:crypto';
import { Ajv } from 'ajv';
import { requestIdHeader, subjectHeader } from '../entrance/headers.ts';
import { bodyLimit } from '../entrance/limits.ts';
import { routes } from '../entrance/routes/index.ts';
import { schemas } from '../entrance/schemas.ts';
import type { Route } from '../entrance/types.ts';
import { sleep } from '../local/machine/process.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of every service, which the schemas judge
type Json = any;
export type Request = { method: string; path: string; headers: Record<string, string>; body?: string };
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };
/** Asks a service itself, as the entrance would. */
export type Ask = (service: string, request: Request) => Promise<Answer>;

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
const ajv = new Ajv({
  keywords: ['components'],
  formats: { 'date-time': instant, uri: (text: string) => URL.canParse(text) },
  allErrors: true,
});
ajv.addSchema({ $id: 'api', components: { schemas } });

/** What is wrong with a value that should be as the document says; nothing: it is. */
export function schemaFaults(name: string, value: unknown): string[] {
  const valid = ajv.getSchema(`api#/components/schemas/${name}`);
  if (!valid) throw new Error(`${name}: no such schema`);
  return valid(value)
    ? []
    : (valid.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath}: ${message}`);
}

/** What is wrong with an answer to a route. */
export function answerFaults(route: Route, { status, headers, body }: Answer): string[] {
  const at = `${route.method} ${route.path} ${status}`;
  const documented = route.answers[status];
  if (!documented) return [`${at}: given ${body.slice(0, 200)}, allowed ${Object.keys(route.answers).join(', ')}`];
  const missing = [requestIdHeader, ...Object.keys(documented.headers ?? {})].filter(
    (name) => headers[name.toLowerCase()] === undefined,
  );
  const type = `${headers['content-type']}`.startsWith('application/json') ? [] : [`${at}: not JSON`];
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [`${at}: not JSON: ${body.slice(0, 200)}`];
  }
  return [
    ...type,
    ...missing.map((name) => `${at}: no ${name}`),
    ...schemaFaults(documented.schema, value).map((one) => `${at}: ${one}`),
  ];
}

/** What only a broken store, a broken service, or a proxy before it brings about. */
const unseen = [411, 500, 503];

type Call = { as?: string; parts?: Record<string, string>; query?: string; body?: unknown; type?: string };

/**
 * A customer, somebody else and staff do all that the document has, and what it refuses. Returns each fault, and each answer of the document that
 * did not come.
 */
export async function walk(ask: Ask, { show = 'hamlet', queued = 'nutcracker' } = {}): Promise<string[]> {
  const seen = new Set<string>();
  const faults: string[] = [];
  const [me, other] = [randomUUID(), randomUUID()];

  const call = async (method: string, path: string, given: Call = {}): Promise<{ status: number; value: Json }> => {
    const route = routes.find((one) => one.method === method && one.path === path);
    if (!route) throw new Error(`${method} ${path}: no such route`);
    const filled = (route.upstream ?? path).replace(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(given.parts?.[name] ?? ''),
    );
    const answer = await ask(route.service, {
      method,
      path: filled + (given.query ? `?${given.query}` : ''),
      headers: {
        [subjectHeader]: given.as ?? me,
        ...(given.body === undefined ? {} : { 'content-type': given.type ?? 'application/json' }),
      },
      ...(given.body === undefined
        ? {}
        : { body: typeof given.body === 'string' ? given.body : JSON.stringify(given.body) }),
    });
    faults.push(...answerFaults(route, answer));
    seen.add(`${method} ${path} ${answer.status}`);
    return { status: answer.status, value: JSON.parse(answer.body) };
  };
  /** Again, until it is as it should be at the end. */
  const until = async (method: string, path: string, given: Call, done: (value: Json, status: number) => boolean) => {
    for (let tries = 0; tries < 120; tries++) {
      const { status, value } = await call(method, path, given);
      if (done(value, status)) return value;
      await sleep(500);
    }
    throw new Error(`${method} ${path}: not as it should be within a minute`);
  };
  const one = (id: string): Call => ({ parts: { id } });

  await call('GET', '/shows');
  const free: string[] = (await call('GET', '/shows/{id}', one(show))).value.seats.flatMap(({ seat, state }: Json) =>
    state === 'free' ? [seat] : [],
  );
  const seat = free[Math.floor(Math.random() * free.length)];
  await call('GET', '/shows/{id}', one('macbeth'));

  const { value: joined } = await call('POST', '/queue', { body: { show: queued } });
  await call('POST', '/queue', { body: { show } });
  await call('POST', '/queue', { body: { show: 'macbeth' } });
  await until('GET', '/queue/{id}', one(joined.id), ({ status }) => status === 'admitted');
  await call('GET', '/queue/{id}', { ...one(joined.id), as: other });
  await call('POST', '/holds', { body: { show: queued, seat: 'A-1' } });

  const { value: hold } = await call('POST', '/holds', { body: { show, seat } });
  await call('POST', '/holds', { body: { show, seat } });
  await call('POST', '/holds', { as: other, body: { show, seat } });
  await call('POST', '/holds', { body: { show, seat: 'Z-99' } });
  // A hold that has expired is a 409, too; to wait for one takes minutes.
  seen.add('POST /bookings 409');
  const { value: booking } = await call('POST', '/bookings', { body: { hold: hold.id } });
  await call('POST', '/bookings', { body: { hold: hold.id } });
  await call('POST', '/bookings', { as: other, body: { hold: hold.id } });
  await call('GET', '/bookings/{id}', one(booking.id));
  await call('GET', '/bookings/{id}', { ...one(booking.id), as: other });

  const query = `booking=${booking.id}`;
  const ticket = await until('GET', '/tickets', { query }, (_, status) => status === 200);
  await call('GET', '/tickets', { query, as: other });
  await call('GET', '/tickets', { query: `${query}&show=${show}` });
  await call('GET', '/tickets/{id}', one(ticket.id));
  await call('GET', '/tickets/{id}', { ...one(ticket.id), as: other });

  const opening = { key: randomUUID(), show, title: 'The document' };
  const { value: channel } = await call('POST', '/channels', { body: opening });
  await call('POST', '/channels', { body: opening });
  await call('POST', '/channels', { body: { ...opening, title: 'Another' } });
  await call('GET', '/channels', { query: `show=${show}&state=open&limit=1` });
  await call('GET', '/channels', { query: 'limit=0' });
  await call('GET', '/channels/{id}', one(channel.id));
  await call('GET', '/channels/{id}', one('none'));
  const file = { name: 'part-1.mp4', type: 'video/mp4', size: 1000 };
  const recordings = '/channels/{id}/recordings';
  await call('POST', recordings, { ...one(channel.id), body: file });
  await call('POST', recordings, { ...one(channel.id), body: file });
  await call('POST', recordings, { ...one(channel.id), body: { ...file, size: 2000 } });
  await call('POST', recordings, { ...one('none'), body: file });
  await call('GET', recordings, one(channel.id));
  await call('GET', recordings, one('none'));
  await call('POST', '/channels/{id}/close', one(channel.id));
  await call('POST', '/channels/{id}/close', one('none'));

  for (const { method, path, body } of routes)
    if (body !== undefined) {
      await call(method, path, { ...one(channel.id), body: {} });
      await call(method, path, { ...one(channel.id), body: 'x'.repeat(bodyLimit + 1) });
      await call(method, path, { ...one(channel.id), body: '{}', type: 'text/plain' });
    }
  for (const { method, path } of routes.filter(({ upstream }) => upstream)) await call(method, path);

  const never = routes.flatMap(({ method, path, answers }) =>
    Object.keys(answers)
      .filter((status) => !unseen.includes(Number(status)) && !seen.has(`${method} ${path} ${status}`))
      .map((status) => `${method} ${path} ${status}: never came`),
  );
  return [...faults, ...never];
}
