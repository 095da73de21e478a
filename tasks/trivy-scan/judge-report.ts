import { readFileSync } from 'node:fs';
import { anyText, Refused, stepOf, text, wholeNumber } from '../../lib/step.ts';
import { controlFiles, controls, silence } from './controls.ts';
import { judge, noted, scanStatus, staleness, unread } from './policy.ts';
import type { trivyScan } from './trivy-scan.ts';

/** Digest of the config of the image in the layout. Throws if another image was built. */
function imageConfig(layout: string, built: string): string {
  const index = JSON.parse(readFileSync(`${layout}/index.json`, 'utf8'));
  const digest = index.manifests.length === 1 ? index.manifests[0].digest : undefined;
  if (digest !== built) throw new Error(`the image is ${digest}, and what was built is ${built}`);
  return JSON.parse(readFileSync(`${layout}/blobs/${digest.replace(':', '/')}`, 'utf8')).config.digest;
}

/** Judges the report of the scan. */
await stepOf<typeof trivyScan, 'judge'>()({
  name: 'trivy-scan',
  env: {
    REPOSITORY: text('a folder'),
    LAYOUT: text('a folder'),
    SCAN: text('a folder'),
    DIGEST: text('a digest'),
    DATABASE_MAX_HOURS: wholeNumber(0, 100_000),
    DATABASE_NOTE: anyText,
  },
  results: ['summary'],
  refusal: ({ message }) =>
    new Refused(scanStatus.notScanned, noted(`not scanned: ${message}`, process.env.DATABASE_NOTE ?? '')),
  run: ({ REPOSITORY, LAYOUT, SCAN, DIGEST, DATABASE_MAX_HOURS, DATABASE_NOTE }) => {
    const old = staleness(readFileSync(`${SCAN}/metadata.json`, 'utf8'), new Date(), DATABASE_MAX_HOURS);
    if (old) throw new Error(old);
    for (const [distribution, packages] of Object.entries(controls)) {
      const silent = silence(distribution, packages, readFileSync(controlFiles(SCAN, distribution).report, 'utf8'));
      if (silent) throw new Error(silent);
    }
    const report = readFileSync(`${SCAN}/report.json`, 'utf8');
    const { passed, summary: found, findings } = judge(report, imageConfig(LAYOUT, DIGEST));
    const notes = [DATABASE_NOTE, unread(REPOSITORY)];
    const summary = noted(found, ...notes);
    console.log(`trivy-scan: ${summary}`);
    for (const line of findings) console.log(`trivy-scan: ${line}`);
    if (passed) return { summary };
    const rest = findings.length > 3 ? ` and ${findings.length - 3} more` : '';
    const reason = noted(`${findings.slice(0, 3).join('; ')}${rest}`, ...notes);
    // Final, unlike a scan that was not made.
    throw new Refused(scanStatus.found, reason, { final: true, results: { summary } });
  },
});
