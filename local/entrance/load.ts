/**
 * Sends requests at a rate, whether answers come or not, and prints what callers noticed, as JSON. It runs in whichever network it is started.
 * Run: node load.ts JSON
 */
import { Agent, request } from 'node:http';

export type Load = {
  address: string;
  port: number;
  path: string;
  headers: Record<string, string>;
  /** Requests a second, and for how long; those of the first part are not counted. */
  rate: number;
  seconds: number;
  warmUp: number;
  /** The status that counts as an answer. */
  wanted: number;
};
/** Milliseconds; `rate`: answers a second that were wanted. */
export type Noticed = { p50: number; p99: number; rate: number; others: Record<string, number> };

export async function load({ address, port, path, headers, rate, seconds, warmUp, wanted }: Load): Promise<Noticed> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const took: number[] = [];
  const others: Record<string, number> = {};
  const one = (counts: boolean) =>
    new Promise<void>((resolve) => {
      const from = performance.now();
      const end = (outcome: string) => {
        if (counts && outcome === String(wanted)) took.push(performance.now() - from);
        else if (counts) others[outcome] = (others[outcome] ?? 0) + 1;
        resolve();
      };
      const asked = request({ agent, host: address, port, path, headers, timeout: 10_000 }, (answer) => {
        answer.resume();
        answer.on('end', () => end(String(answer.statusCode))).on('error', (error) => end(error.message));
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s')));
      asked.on('error', (error) => end(error.message)).end();
    });
  const under: Promise<void>[] = [];
  const begin = performance.now();
  for (let sent = 0; ; ) {
    const now = (performance.now() - begin) / 1000;
    if (now > warmUp + seconds) break;
    for (; sent < now * rate; sent++) under.push(one(sent / rate >= warmUp));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(under);
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (part: number) => Number((took[Math.floor(took.length * part)] ?? Number.NaN).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), rate: Math.round(took.length / seconds), others };
}

if (import.meta.main) console.log(JSON.stringify(await load(JSON.parse(process.argv[2] as string))));
