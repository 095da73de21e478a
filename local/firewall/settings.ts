import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram } from '../../lib/bundle.ts';
import { recordsFolder } from '../entrance/settings.ts';
import { bucketOf } from '../logs/settings.ts';
import { writeFile } from '../machine/process.ts';
import { phase } from '../phases.ts';
import { records } from '../stores/settings.ts';
import { cache, repository, seoul } from '../topology.ts';
import type { Settings } from './main.ts';

export const firewallAlarmProgram = join(cache, 'programs', 'firewall', 'firewall-alarm.mjs');
export const firewallAlarm = phase({
  name: 'firewall alarm',
  run: () => bundleProgram(join(repository, 'local/firewall/main.ts'), firewallAlarmProgram),
});

/** Writes what the program starts with, below the folder of its sandbox. */
export function writeFirewallAlarm(folder: string, slackUrl: string): void {
  const settings: Settings = {
    bucket: bucketOf(seoul, records.bucket, records.user),
    folder: '/records',
    reported: '/state/firewall-alarm/told.json',
    slackUrl,
  };
  mkdirSync(join(folder, 'firewall-alarm'), { recursive: true, mode: 0o700 });
  mkdirSync(recordsFolder(), { recursive: true, mode: 0o700 });
  writeFile(join(folder, 'firewall-alarm', 'settings.json'), JSON.stringify(settings), 0o600);
}
