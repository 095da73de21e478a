import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import type { RegionName } from '../topology.ts';

/** Which region writes prod's data. Each region keeps the last that it received; the higher epoch wins. Replication goes from that region only. */
export type Writer = { region: RegionName; epoch: number };

const first: Writer = { region: 'seoul', epoch: 1 };
const fileIn = (folder: string) => join(folder, 'writer.json');

/** As the region with this folder knows it; the first writer until it received another. */
export function writerIn(folder: string): Writer {
  if (!existsSync(fileIn(folder))) writeFile(fileIn(folder), JSON.stringify(first));
  return JSON.parse(readFileSync(fileIn(folder), 'utf8'));
}
