import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { faultText } from '../../lib/errors.ts';
import { oneLine } from '../../lib/text.ts';
import { readYaml } from '../../lib/untrusted-yaml.ts';

/**
 * What a scan means: which findings stop a release, and what may be ignored. Trivy itself decides nothing: its exit status is 1 for a finding
 * and for an error alike, and it accepts ignores without a reason and an end.
 */

/** Exit statuses of the steps; any other means that nothing was scanned. 11 is Trivy's own, by `--exit-on-eol`. */
export const scanStatus = { found: 10, endOfLife: 11, ignores: 12, notScanned: 13 } as const;

const blocking = ['CRITICAL', 'HIGH'];
/** The longest term of an ignore, in days: longer ones are forgotten. */
const ignoreDays = 180;
const dayMs = 86_400_000;

/** With notes behind it, on the database and on `unread` settings, if there are any. */
export const noted = (text: string, ...notes: string[]): string => [text, ...notes].filter(Boolean).join('; ');

/** A note on the settings of a repository that Trivy would read by itself, and that have no effect here. */
export function unread(repository: string): string {
  const found = ['.trivyignore', 'trivy.yaml'].filter((name) => existsSync(join(repository, name)));
  return found.length > 0 ? `${found.join(' and ')}: not read; ignores are in .trivyignore.yaml` : '';
}

export type Ignore = { id: string; paths?: string[]; purls?: string[] };

/** Every fault of a repository's `.trivyignore.yaml`, the ignores in effect today, and the expired ones. */
export function readIgnores(text: string, now: Date): { faults: string[]; good: Ignore[]; expired: string[] } {
  const faults: string[] = [];
  const good: Ignore[] = [];
  const expired: string[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: parsed YAML of a push; every field is checked where it is read
  let file: any;
  try {
    file = readYaml(text);
  } catch (error) {
    return { faults: [`not YAML: ${oneLine((error as Error).message, 160)}`], good, expired };
  }
  if (file === null || file === undefined) return { faults, good, expired };
  if (typeof file !== 'object' || Array.isArray(file)) return { faults: ['not a mapping'], good, expired };
  for (const key of Object.keys(file))
    if (key !== 'vulnerabilities') faults.push(faultText({ what: 'field', given: key, allowed: 'vulnerabilities' }));
  const list = file.vulnerabilities ?? [];
  if (!Array.isArray(list))
    return {
      faults: [...faults, faultText({ what: 'vulnerabilities', given: list, allowed: 'a list' })],
      good,
      expired,
    };
  for (const [index, entry] of list.entries()) {
    const where = `vulnerabilities[${index}]${typeof entry?.id === 'string' ? ` (${oneLine(entry.id, 40)})` : ''}`;
    const fault = (field: string, given: unknown, allowed: string) =>
      faults.push(faultText({ where, what: field, given, allowed }));
    if (entry === null || typeof entry !== 'object') {
      fault('entry', entry, 'id, statement, expired_at');
      continue;
    }
    const { id, statement, expired_at: end, paths, purls, ...more } = entry;
    if (typeof id !== 'string' || !/^[A-Za-z][A-Za-z0-9]*-[\w.:-]{1,60}$/.test(id))
      fault('id', id, 'such as CVE-2024-12345');
    if (typeof statement !== 'string' || statement.trim().length < 10)
      fault('statement', statement, 'the reason, in ten characters or more');
    const date =
      typeof end === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(end) ? Date.parse(`${end}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(date) || date > now.getTime() + ignoreDays * dayMs)
      fault('expired_at', end, `a date YYYY-MM-DD, at most ${ignoreDays} days from now`);
    else if (date <= now.getTime()) expired.push(`${id} since ${end}`);
    else good.push({ id, ...(paths ? { paths } : {}), ...(purls ? { purls } : {}) });
    for (const [field, value] of Object.entries({ paths, purls }))
      if (value !== undefined && (!Array.isArray(value) || !value.every((item) => typeof item === 'string')))
        fault(field, value, 'a list of text');
    for (const key of Object.keys(more)) fault(key, more[key], 'id, statement, expired_at, paths, purls');
  }
  return { faults, good, expired };
}

type Finding = { id: string; severity: string; name: string; installed: string; fixed: string; title: string };
export type Verdict = { passed: boolean; summary: string; findings: string[] };

/**
 * Judges a report of Trivy (`--format json`) on the image whose config has this digest. Throws if it is no such report: an empty report is
 * not a scan without findings.
 */
export function judge(text: string, config: string): Verdict {
  // biome-ignore lint/suspicious/noExplicitAny: parsed JSON; every field is checked where it is read
  const report: any = JSON.parse(text);
  if (report?.SchemaVersion !== 2 || report.ArtifactType !== 'container_image')
    throw new Error('not a report of Trivy about an image');
  if (report.Metadata?.ImageID !== config)
    throw new Error(`the report is about ${oneLine(String(report.Metadata?.ImageID), 80)}, and the image is ${config}`);
  const all: Finding[] = [];
  let packages = 0;
  for (const result of report.Results ?? []) {
    packages += result.Packages?.length ?? 0;
    for (const found of result.Vulnerabilities ?? [])
      if (blocking.includes(found.Severity))
        all.push({
          id: oneLine(String(found.VulnerabilityID), 40),
          severity: found.Severity,
          name: oneLine(String(found.PkgName), 100),
          installed: oneLine(String(found.InstalledVersion ?? ''), 40),
          fixed: oneLine(String(found.FixedVersion ?? ''), 60),
          title: oneLine(String(found.Title ?? ''), 120),
        });
  }
  // Every image of a service has packages; none means that Trivy could not read it.
  if (packages === 0) throw new Error('Trivy found no package in the image at all');
  const distinct = [...new Map(all.map((found) => [`${found.id} ${found.name} ${found.installed}`, found])).values()];
  const mend = distinct
    .filter(({ fixed }) => fixed !== '')
    .sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1));
  const unfixed = distinct.length - mend.length;
  return {
    passed: mend.length === 0,
    summary: `${mend.length} HIGH or CRITICAL with a fix, ${unfixed} without, in ${packages} packages`,
    findings: mend.map(
      ({ id, severity, name, installed, fixed, title }) =>
        `${id} ${severity}: ${name} ${installed}, fixed in ${fixed}${title ? ` (${title})` : ''}`,
    ),
  };
}
const order = ({ severity }: Finding) => blocking.indexOf(severity);

/** Why a database is too old; undefined if it is not. `maxHours` 0: a database that is not updated on purpose. */
export function staleness(metadata: string, now: Date, maxHours: number): string | undefined {
  const updated = Date.parse(JSON.parse(metadata)?.UpdatedAt);
  if (Number.isNaN(updated)) return 'the database does not say how old it is';
  const hours = Math.floor((now.getTime() - updated) / 3_600_000);
  return maxHours > 0 && hours > maxHours ? `the database is ${hours} h old, allowed are ${maxHours}` : undefined;
}
