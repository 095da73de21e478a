/** `node firewall/bench.ts`: how long the report takes over 100,000 records, and with how much memory. Prints a row of docs/bench.md. */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packed, record } from './records.testing.ts';
import { reader } from './waf-report/read.ts';

const lines = 100_000;
const [given] = process.argv.slice(2);
if (given) {
  // A process of its own, because whoever made the file holds its records.
  const before = performance.now();
  const one = reader(() => false);
  await one.file('bench', createReadStream(given));
  if (one.result().records !== lines) throw new Error('bench: not every record was read');
  console.log(JSON.stringify([(performance.now() - before) / 1000, process.resourceUsage().maxRSS / 1000]));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'records.log.gz');
  const byte = () => randomInt(256);
  const made = () =>
    record({ ip: `${randomInt(1, 224)}.${byte()}.${byte()}.${byte()}`, uri: `/booking/${randomInt(9999)}` });
  writeFileSync(file, packed(Array.from({ length: lines }, made)));
  const runs = Array.from(
    { length: 5 },
    () => JSON.parse(`${execFileSync(process.execPath, [import.meta.filename, file])}`) as [number, number],
  ).sort(([a], [b]) => a - b);
  const [seconds] = runs[2] as [number, number];
  const most = Math.max(...runs.map(([, megabytes]) => megabytes));
  console.log(
    `| ${lines.toLocaleString('en')} records, ${(statSync(file).size / 1e6).toFixed(1)} MB packed | ${seconds.toFixed(2)} s (best ${runs[0]?.[0].toFixed(2)} s) | ${Math.round(most)} MB |`,
  );
  rmSync(folder, { recursive: true });
}
