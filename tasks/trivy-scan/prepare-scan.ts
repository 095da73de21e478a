import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { anyText, Refused, stepOf, text } from '../../lib/step.ts';
import { bomOf, controlFiles, controls } from './controls.ts';
import { noted, readIgnores, scanStatus } from './policy.ts';
import type { trivyScan } from './trivy-scan.ts';

/** Writes what the scanner reads beside the image: the controls, and the ignores of the repository that are in effect. */
await stepOf<typeof trivyScan, 'prepare'>()({
  name: 'trivy-scan',
  env: { REPOSITORY: text('a folder'), SCAN: text('a folder'), DATABASE_NOTE: anyText },
  run: ({ REPOSITORY, SCAN, DATABASE_NOTE }) => {
    for (const [distribution, packages] of Object.entries(controls))
      writeFileSync(controlFiles(SCAN, distribution).bom, bomOf(distribution, packages));
    const refuse = (reason: string) =>
      new Refused(scanStatus.ignores, noted(`.trivyignore.yaml: ${reason}`, DATABASE_NOTE));
    const path = `${REPOSITORY}/.trivyignore.yaml`;
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there && (!there.isFile() || there.size > 32 * 1024)) throw refuse('allowed is a file of at most 32 KiB');
    const { faults, good, expired } = readIgnores(there ? readFileSync(path, 'utf8') : '', new Date());
    for (const line of expired) console.log(`trivy-scan: no longer ignored: ${line}`);
    if (faults.length > 0) throw refuse(faults.join('; '));
    // JSON is YAML. Expired ignores are left out.
    writeFileSync(`${SCAN}/ignore.yaml`, JSON.stringify({ vulnerabilities: good }));
  },
});
