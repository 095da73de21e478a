import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { oneLine } from '../../lib/text.ts';
import { judge, readIgnores, scanStatus, staleness } from './policy.ts';

/** The first and the last step of the trivy-scan Task: what may be ignored, and what the scan means. */
const env = process.env;
const given = (name: string): string => env[name] ?? '';
const scan = given('SCAN');
/** With the word on whose database it is, where there is one. */
const noted = (text: string): string => [text, given('DATABASE_NOTE')].filter(Boolean).join('; ');

/** Why nothing is passed on; the notifier tells it. */
class Refused extends Error {
  status: number;
  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

function ignores(): void {
  const path = `${given('SOURCE')}/repository/.trivyignore.yaml`;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && (!there.isFile() || there.size > 64 * 1024))
    throw new Refused(scanStatus.ignores, '.trivyignore.yaml: allowed is a file of at most 64 KiB');
  const text = there ? readFileSync(path, 'utf8') : '';
  const { faults, good, expired } = readIgnores(text, new Date());
  for (const line of expired) console.log(`trivy-scan: no longer ignored: ${line}`);
  if (faults.length > 0) throw new Refused(scanStatus.ignores, `.trivyignore.yaml: ${faults.join('; ')}`);
  // JSON is YAML. What has expired is not in it.
  writeFileSync(`${scan}/ignore.yaml`, JSON.stringify({ vulnerabilities: good }));
}

/** Digest of the config of the image in the layout, which has to be the one that was built. */
function imageConfig(): string {
  const layout = `${given('SOURCE')}/image`;
  const index = JSON.parse(readFileSync(`${layout}/index.json`, 'utf8'));
  const digest = index.manifests.length === 1 ? index.manifests[0].digest : undefined;
  if (digest !== given('DIGEST')) throw new Error(`the image is ${digest}, and what was built is ${given('DIGEST')}`);
  return JSON.parse(readFileSync(`${layout}/blobs/${digest.replace(':', '/')}`, 'utf8')).config.digest;
}

function verdict(): void {
  const old = staleness(readFileSync(`${scan}/metadata.json`, 'utf8'), new Date(), Number(given('DATABASE_MAX_HOURS')));
  if (old) throw new Refused(scanStatus.notScanned, `not scanned: ${old}`);
  const { passed, summary, findings } = judge(readFileSync(`${scan}/report.json`, 'utf8'), imageConfig());
  const told = noted(summary);
  console.log(`trivy-scan: ${told}`);
  for (const line of findings) console.log(`trivy-scan: ${line}`);
  writeFileSync(given('RESULT_SUMMARY_PATH'), told);
  const rest = findings.length > 3 ? ` and ${findings.length - 3} more` : '';
  if (!passed) throw new Refused(scanStatus.found, `${findings.slice(0, 3).join('; ')}${rest}`);
}

try {
  if (process.argv[2] === 'ignores') ignores();
  else verdict();
} catch (error) {
  const { message } = error as Error;
  const [status, reason] =
    error instanceof Refused ? [error.status, message] : [scanStatus.notScanned, `not scanned: ${message}`];
  console.error(`trivy-scan: ${reason}`);
  const told = oneLine(noted(reason), 900);
  writeFileSync(given('RESULT_REASON_PATH'), told);
  // The scan says it again in the attempts after this one. What was not scanned is for them to scan, and ignores are read in no time.
  if (status === scanStatus.found) {
    const red = `${given('VERDICT')}/red`;
    writeFileSync(`${red}.new`, told);
    renameSync(`${red}.new`, red);
  }
  process.exitCode = status;
}
