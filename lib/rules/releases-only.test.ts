import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { formatRelease, releasePath, waitingRelease } from '../release/releases.ts';
import { temporaryFolder } from '../temporary-folder.testing.ts';
import { releasesOnly } from './releases-only.ts';

const folder = temporaryFolder();
beforeEach(() => {
  write(releasePath('dev', 'ticket'), release);
  write(releasePath('prod', 'ticket'), waitingRelease('ticket'));
});

const release = formatRelease({
  service: 'ticket',
  digest: `sha256:${'a'.repeat(64)}`,
  commit: 'b'.repeat(40),
  subject: 'Sell more',
  author: 'Kim',
  run: 'ticket-main-1',
});
function write(path: string, text: string): void {
  mkdirSync(folder(dirname(path)), { recursive: true });
  writeFileSync(folder(path), text);
}
const faults = () => releasesOnly(folder('releases'), ['dev', 'prod']);

test('releases, and files that wait for one, pass', () => {
  expect(faults()).toEqual([]);
});

test.each([
  ['a patch', releasePath('dev', 'ticket'), `${release}  - patch: x\n`],
  ['a release of another service', releasePath('dev', 'live'), release],
  ['a file that waits for another service', releasePath('dev', 'live'), waitingRelease('ticket')],
  ['a file beside a release', 'releases/dev/ticket/patch.yaml', 'x'],
  ['a file above', 'releases/kustomization.yaml', 'x'],
  ['an unknown environment', releasePath('staging', 'ticket'), release],
])('%s is a fault', (_, path, text) => {
  write(path, text);
  expect(faults()).toEqual([expect.stringMatching(new RegExp(`^${path}: `))]);
});

test('a link is a fault', () => {
  mkdirSync(folder('releases/dev/live'));
  symlinkSync('../ticket/kustomization.yaml', folder(releasePath('dev', 'live')));
  expect(faults()).toHaveLength(1);
});
