import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { logs } from './topology.ts';

/** Where `up` shows what it does. */
export type Display = {
  /** A line that stays. */
  print: (line: string) => void;
  /** What is going on now, called every second; '' at the end. */
  draw: (line: string) => void;
};

const started = Date.now();
export const clock = (ms: number) =>
  `${String(Math.floor(ms / 60_000)).padStart(2)}:${((ms % 60_000) / 1000).toFixed(1).padStart(4, '0')}`;

/** Back to the first column, and the rest of the line empty. */
const clear = '\r\x1b[K';
let drawn = '';
/** When the state was last written to where it stays. */
let noted = started;

/** Prints a line with the time since the start, and appends it to up.log. */
export function print(line: string): void {
  if (drawn) process.stdout.write(clear);
  console.log(`${clock(Date.now() - started)}  ${line}`);
  if (drawn) process.stdout.write(drawn);
  log(line);
}

function log(line: string): void {
  try {
    mkdirSync(logs, { recursive: true });
    appendFileSync(join(logs, 'up.log'), `${new Date().toISOString()} ${line}\n`);
  } catch {} // The phase that needs a full disk reports it.
}

/** One line, drawn again and again, where a person looks on; a line every 30 seconds in a pipe or a file. */
function draw(line: string): void {
  const isDue = line !== '' && Date.now() - noted >= 30_000;
  if (isDue) noted = Date.now();
  if (!process.stdout.isTTY) {
    if (isDue) print(line);
    return;
  }
  if (isDue) log(line);
  drawn = line && `${clock(Date.now() - started)}  ${line}`.slice(0, (process.stdout.columns || 80) - 1);
  process.stdout.write(`${clear}${drawn}`);
}

export const terminal: Display = { print, draw };
