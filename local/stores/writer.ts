import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../machine/process.ts';
import type { RegionName } from '../topology.ts';

/** Which region writes prod's data. Each region keeps the last that it received; the higher epoch wins. Replication goes from that region only. */
export type Writer = {
  region: RegionName;
  epoch: number;
  /**
   * Where DynamoDB and S3 are written, if not where PostgreSQL is: where the services run, once their traffic alone was moved. On AWS both regions may
   * write global tables; the stand-ins copy one way.
   */
  items?: RegionName;
};

const first: Writer = { region: 'seoul', epoch: 1 };
const fileIn = (folder: string) => join(folder, 'writer.json');

/** As the region with this folder knows it; the first writer until it received another. */
export function writerIn(folder: string): Writer {
  if (!existsSync(fileIn(folder))) writeFile(fileIn(folder), JSON.stringify(first));
  return JSON.parse(readFileSync(fileIn(folder), 'utf8'));
}

/** Records in the folder of a region who writes; a writer of an earlier epoch is ignored. */
export function recordWriter(folder: string, writer: Writer): void {
  if (writer.epoch > writerIn(folder).epoch) writeFile(fileIn(folder), JSON.stringify(writer));
}

/** Of what several regions know, the latest. */
export const latest = (writers: readonly Writer[]): Writer =>
  writers.reduce((last, writer) => (writer.epoch > last.epoch ? writer : last));
