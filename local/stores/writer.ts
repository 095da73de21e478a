import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import type { RegionName } from '../topology.ts';

/** Which region writes prod's data. Each region keeps what it was told last; the higher epoch is right. Replication goes from it, and no other way. */
export type Writer = { region: RegionName; epoch: number };

const first: Writer = { region: 'seoul', epoch: 1 };
const fileIn = (folder: string) => join(folder, 'writer.json');

/** As the region with this folder knows it; the first writer where nobody has told it. */
export function writerIn(folder: string): Writer {
  if (!existsSync(fileIn(folder))) writeFile(fileIn(folder), JSON.stringify(first));
  return JSON.parse(readFileSync(fileIn(folder), 'utf8'));
}
