/** Many callers of a service at once, as customers are: each asks again until it has an answer, because every request can be repeated. */
import { Agent } from 'node:http';
import { atOnce } from '../lib/at-once.ts';
import { call } from '../local/entrance/caller.ts';
import { sleep } from '../local/machine/process.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 500 });
/** Milliseconds of all tries. */
const patienceMs = 240_000;

// biome-ignore lint/suspicious/noExplicitAny: answers of every service, of which a test reads what it is about
export type Answered = { status: number; answer: any };
export type How = {
  body?: object;
  /** Who asks: the name of somebody. */
  as?: string;
  /** The answer is yet to come. */
  isEarly?: (answered: Answered) => boolean;
};

/** One request, sent again while the service or what is behind it is away, while the entrance takes no more, or while `isEarly` says so. */
export async function ask(
  service: string,
  environment: string,
  path: string,
  { body, as, isEarly = () => false }: How = {},
): Promise<Answered> {
  const end = Date.now() + patienceMs;
  for (;;) {
    let last: string;
    try {
      const { status, body: answer } = await call({
        ...{ service, environment, path, agent },
        ...(body ? { body } : {}),
        ...(as ? { as } : {}),
      });
      const answered = { status, answer };
      if (status < 500 && status !== 429 && !isEarly(answered)) return answered;
      last = `${status} ${JSON.stringify(answer)}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > end)
      throw new Error(`${service} in ${environment}: ${path}: not within ${patienceMs} ms: ${last}`);
    await sleep(300);
  }
}

/** `jobs` jobs by `width` callers. `onDone` gets the number of those that are done. */
export function callers<T>(
  width: number,
  jobs: number,
  job: (n: number) => Promise<T>,
  onDone: (done: number) => void = () => undefined,
): Promise<T[]> {
  let done = 0;
  const each = async (n: number) => {
    const result = await job(n);
    onDone(++done);
    return result;
  };
  return atOnce(width, [...Array(jobs).keys()], each);
}

/** Does each thing once, when so many are done. */
export function when(things: Record<number, () => Promise<unknown>>): {
  onDone: (done: number) => void;
  all: () => Promise<unknown>;
} {
  const begun: Promise<unknown>[] = [];
  const waiting = new Map(Object.entries(things).map(([at, thing]) => [Number(at), thing]));
  return {
    onDone: (done) => {
      const thing = waiting.get(done);
      if (!thing) return;
      waiting.delete(done);
      const running = thing();
      running.catch(() => undefined);
      begun.push(running);
    },
    all: () => {
      if (waiting.size > 0) throw new Error(`never came to ${[...waiting.keys()].join(', ')}`);
      return Promise.all(begun);
    },
  };
}
