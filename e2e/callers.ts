/** Many callers of a service at once, as customers are: each asks again until it has an answer, because every request can be repeated. */
import { Agent, request } from 'node:http';
import { sleep } from '../local/machine/process.ts';
import { hostOf, portOf } from '../local/topology.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 500 });
/** Milliseconds: of one try, and of all. */
const tryMs = 15_000;
const patienceMs = 240_000;

// biome-ignore lint/suspicious/noExplicitAny: answers of every service, of which a test reads what it is about
export type Answered = { status: number; answer: any };

function once(host: string, port: number, method: string, path: string, body: string | undefined): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = { host, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const asked = request({ agent, host: '127.0.0.1', port, method, path, headers, timeout: tryMs }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('error', reject).on('end', () => {
        try {
          resolve({ status: answer.statusCode ?? 0, answer: JSON.parse(text || '{}') });
        } catch {
          // An ingress without a pod behind it answers in plain text.
          reject(new Error(`${answer.statusCode} ${text.slice(0, 200)}`));
        }
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${tryMs} ms`)));
    asked.on('error', reject).end(body);
  });
}

/** One request, sent again while the service or what is behind it is away, or while `isEarly` says that the answer is yet to come. */
export async function ask(
  service: string,
  environment: string,
  path: string,
  body?: object,
  isEarly: (answered: Answered) => boolean = () => false,
): Promise<Answered> {
  const end = Date.now() + patienceMs;
  const text = body === undefined ? undefined : JSON.stringify(body);
  for (;;) {
    let last: string;
    try {
      const answered = await once(
        hostOf(service, environment),
        portOf(environment),
        text === undefined ? 'GET' : 'POST',
        path,
        text,
      );
      if (answered.status < 500 && !isEarly(answered)) return answered;
      last = `${answered.status} ${JSON.stringify(answered.answer)}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > end)
      throw new Error(`${service} in ${environment}: ${path}: not within ${patienceMs} ms: ${last}`);
    await sleep(300);
  }
}

/** `jobs` jobs by `width` callers. `onDone` gets the number of those that are done. */
export async function callers<T>(
  width: number,
  jobs: number,
  job: (n: number) => Promise<T>,
  onDone: (done: number) => void = () => undefined,
): Promise<T[]> {
  const results: T[] = [];
  let [next, done] = [0, 0];
  const caller = async () => {
    while (next < jobs) {
      const n = next++;
      results[n] = await job(n);
      onDone(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, jobs) }, caller));
  return results;
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
