/** What every channel promises, tried against a real server on this machine. A new channel's test is its maker and this. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Event } from '../event.ts';
import type { Channel } from './channel.ts';

export type Faults = 'ok' | 'down' | 'hang' | '429';
export type ContractServer = {
  /** how the server answers the next `times` requests, then it works again */
  answer(fault: Faults, options?: { times?: number; retryAfter?: number }): void;
  /** messages taken so far */
  taken(): number;
  stop(): Promise<void>;
};
/** Milliseconds of one request, and of one message with all its attempts. */
export type Bounds = { requestMs: number; messageMs: number };
export type Contract = {
  start(): Promise<ContractServer>;
  /** `wrong`: an address on the same server that takes nothing. */
  channel(where: 'right' | 'wrong' | 'nobody listens', bounds: Bounds): Channel;
  /** what was logged so far, and the secret that must not be in it */
  logged(): string;
  secret: string;
};

/** A busy machine answers late, and what is taken after its request was given up is sent again. */
const patient: Bounds = { requestMs: 10_000, messageMs: 30_000 };
/** For a server that never answers well. */
const impatient: Bounds = { requestMs: 200, messageMs: 600 };

const event: Event = {
  kind: 'application',
  result: 'deployed',
  service: 'ticket',
  environment: 'dev',
  at: new Date('2026-11-23T10:00:00Z'),
  subject: 'argocd/ticket-dev',
  links: [],
};

export function keepsTheContract({ start, channel, logged, secret }: Contract) {
  let server: ContractServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(() => server.answer('ok'));

  const send = async (to: Channel) => {
    const before = server.taken();
    const started = performance.now();
    const outcome = await to.send(event);
    const ms = performance.now() - started;
    return { outcome, taken: server.taken() - before, ms, bounded: ms < to.longestSendMs + 5000 };
  };

  test('ok: sent once', async () => {
    expect(await send(channel('right', patient))).toMatchObject({ outcome: { outcome: 'sent' }, taken: 1 });
  });

  test('G17: 429 with Retry-After, then ok: waits as long as asked, and sends once', async () => {
    server.answer('429', { times: 1, retryAfter: 1 });
    const { outcome, taken, ms } = await send(channel('right', patient));
    expect({ outcome, taken }).toEqual({ outcome: { outcome: 'sent' }, taken: 1 });
    expect(ms).toBeGreaterThanOrEqual(990);
  });

  test('G17: 429 with a Retry-After beyond the bound: gives up at once and says when to come again', async () => {
    server.answer('429', { retryAfter: 60 });
    const { outcome, taken, ms } = await send(channel('right', patient));
    expect(outcome).toMatchObject({ outcome: 'later' });
    expect((outcome as { afterMs: number }).afterMs).toBeGreaterThan(55_000);
    expect({ taken, early: ms < patient.messageMs / 2 }).toEqual({ taken: 0, early: true });
  });

  test('5xx, then ok: sent once', async () => {
    server.answer('down', { times: 2 });
    expect(await send(channel('right', patient))).toMatchObject({ outcome: { outcome: 'sent' }, taken: 1 });
  });

  test('G18: a hung socket, then ok: the request is given up, and the message sent once', async () => {
    server.answer('hang', { times: 1 });
    expect(await send(channel('right', { ...patient, requestMs: 2_000 }))).toMatchObject({
      outcome: { outcome: 'sent' },
      taken: 1,
    });
  });

  test.each<Faults>(['down', 'hang'])('G18: %s for ever: later, within the bound', async (fault) => {
    server.answer(fault);
    const { outcome, taken, bounded } = await send(channel('right', impatient));
    expect(outcome).toMatchObject({ outcome: 'later' });
    expect({ taken, bounded }).toEqual({ taken: 0, bounded: true });
  });

  test('nobody listens: later, within the bound', async () => {
    const { outcome, bounded } = await send(channel('nobody listens', impatient));
    expect(outcome).toMatchObject({ outcome: 'later', reason: 'ECONNREFUSED' });
    expect(bounded).toBe(true);
  });

  test('a wrong address: refused at once, with the reason', async () => {
    const { outcome, ms } = await send(channel('wrong', patient));
    expect(outcome).toMatchObject({ outcome: 'refused' });
    expect(ms).toBeLessThan(patient.messageMs / 2);
  });

  test('the address is in no log line', () => {
    expect(logged()).not.toBe('');
    expect(logged()).not.toContain(secret);
  });
}
