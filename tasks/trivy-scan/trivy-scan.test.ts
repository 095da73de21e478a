import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { archive, file as entry, writeLayout } from '../../lib/oci/layout.fake.ts';
import { programOf } from '../../lib/program.testing.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { controlFiles, controls } from './controls.ts';

// The script's folders of the pod become folders of the test.
const script = shell(new URL('./trivy-scan.sh', import.meta.url), 'step');

const folder = temporaryFolder('bin', 'cache', 'scan', 'bom', 'verdict', 'database/db', 'layout', 'repository');
beforeEach(() => {
  writeFileSync(folder('scan/control-debian-12.json'), '');
  writeFileSync(folder('database/db/trivy.db'), '');
  writeFileSync(folder('database/db/metadata.json'), '{}');
});
const file = (name: string) => (existsSync(folder(name)) ? readFileSync(folder(name), 'utf8') : undefined);

/** Runs the scan step with a trivy that ends with `status` and `words`, and downloads from these mirrors only. */
function scan(
  given: {
    status?: number;
    words?: string;
    controls?: number;
    mirrors?: string[];
    updated?: Record<string, Date>;
    env?: Record<string, string>;
  } = {},
) {
  const trivy = `#!/bin/sh
echo "$*" >>"$SCAN/calls"
case "$*" in
  *download-db-only*|*download-java-db-only*)
    for mirror in ${(given.mirrors ?? []).join(' ')}; do case "$*" in *"$mirror/"*) mkdir -p "$TRIVY_CACHE_DIR/db" "$TRIVY_CACHE_DIR/java-db"; cat "$SCAN/$(echo $mirror | tr / _)" >"$TRIVY_CACHE_DIR/db/metadata.json"; exit 0 ;; esac; done
    echo '2026-11-23T12:00:00Z	FATAL	Fatal error: TOOMANYREQUESTS' >&2; exit 1 ;;
  convert*) : >"$BOM/bom.json"; exit 0 ;;
  sbom*) echo 'cannot open database' >&2; exit ${given.controls ?? 0} ;;
esac
printf '%s\\n' '${given.words ?? ''}' >&2
exit ${given.status ?? 0}
`;
  writeFileSync(folder('bin/trivy'), trivy);
  for (const mirror of given.mirrors ?? []) {
    const UpdatedAt = (given.updated?.[mirror] ?? new Date()).toISOString().replace('Z', '123456Z');
    writeFileSync(folder('scan', mirror.replace('/', '_')), JSON.stringify({ Version: 2, UpdatedAt }));
  }
  chmodSync(folder('bin/trivy'), 0o755);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script.replaceAll('/cache', `${folder()}/cache`)], {
    encoding: 'utf8',
    env: {
      PATH: `${folder()}/bin:${process.env.PATH}`,
      LAYOUT: folder('layout'),
      SCAN: folder('scan'),
      BOM: folder('bom'),
      VERDICT: folder('verdict'),
      DATABASE: folder('database'),
      MIRRORS: '',
      DATABASE_MAX_HOURS: '48',
      RESULT_REASON_PATH: folder('reason'),
      ...given.env,
    },
  });
  return {
    status,
    output: stdout + stderr,
    reason: file('reason'),
    calls: (file('scan/calls') ?? '').split('\n').slice(0, -1),
  };
}

describe('the scan', () => {
  test('reads the layout, with the database of the image, and writes report and bill of materials', () => {
    const { status, reason, calls } = scan();
    expect([status, reason, calls.map((call) => call.split(' ')[0])]).toEqual([
      0,
      undefined,
      ['sbom', 'image', 'convert'],
    ]);
    // The controls come first, and nothing of the repository speaks for them.
    expect(calls[0]).not.toContain('ignore');
    for (const words of [
      `--input ${folder()}/layout`,
      `--ignorefile ${folder()}/scan/ignore.yaml`,
      '--skip-db-update',
      '--offline-scan',
      '--exit-on-eol 11',
      '--exit-code 0',
    ])
      expect(calls[1]).toContain(words);
    expect(file('cache/db/trivy.db')).toBe('');
    expect(existsSync(folder('bom/bom.json'))).toBe(true);
  });

  test.each([
    [1, 13, /^not scanned: Trivy ended with 1: out of cheese$/],
    [2, 13, /^not scanned: Trivy ended with 2: /],
    [10, 13, /^not scanned: Trivy ended with 10: /],
    [11, 11, /past its end of life/],
    [137, 13, /^not scanned: Trivy ended with 137: /],
  ])('G22: a Trivy that ends with %d passes nothing', (given, status, words) => {
    const ended = scan({ status: given, words: '2026-11-23T12:00:00Z\tFATAL\tout of cheese' });
    expect(ended.status).toBe(status);
    expect(ended.reason?.trim()).toMatch(words);
  });

  test('G22: without a database nothing is scanned', () => {
    const { status, reason, calls } = scan({ env: { DATABASE: '/nowhere' } });
    expect([status, reason?.trim(), calls]).toEqual([13, 'not scanned: there is no database in /nowhere', []]);
  });

  test('G22: a database that cannot be searched for the controls scans nothing', () => {
    const { status, reason, calls } = scan({ controls: 1 });
    expect([status, reason?.trim(), calls.length]).toEqual([
      13,
      'not scanned: the database does not find the controls: cannot open database',
      1,
    ]);
    for (const name of ['scan/control-debian-12.json', 'scan/calls']) rmSync(folder(name));
    expect(scan({ controls: 1 }).status).toBe(13);
  });

  test('mirrors are tried in turn', () => {
    const { status, output, calls } = scan({
      mirrors: ['b.example/x'],
      env: { DATABASE: '', MIRRORS: 'a.example/x b.example/x' },
    });
    expect(status).toBe(0);
    expect(output).toContain('no database from a.example/x: Fatal error: TOOMANYREQUESTS');
    expect(calls.filter((call) => call.includes('db-only')).map((call) => call.split(' ').at(-1))).toEqual([
      'a.example/x/trivy-db:2',
      'b.example/x/trivy-db:2',
      'b.example/x/trivy-java-db:1',
    ]);
    expect(existsSync(folder('cache/db/metadata.json'))).toBe(true);
  });

  test('the reason of a failed scan names the database', () => {
    const { reason } = scan({ status: 11, env: { DATABASE_NOTE: 'by a small database' } });
    expect(reason?.trim()).toMatch(/past its end of life.*; by a small database$/);
  });

  test('a mirror with an old database is skipped if another has a newer one', () => {
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000);
    const updated = { 'a.example/x': hours(49), 'b.example/x': hours(47) };
    const mirrors = Object.keys(updated);
    const env = { DATABASE: '', MIRRORS: mirrors.join(' ') };
    const used = () => JSON.parse(file('scan/metadata.json') ?? '{}').UpdatedAt.slice(0, 19);
    expect(scan({ mirrors, updated, env }).status).toBe(0);
    expect(used()).toBe(updated['b.example/x'].toISOString().slice(0, 19));
    const older = hours(50);
    const { status, output } = scan({ mirrors, updated: { ...updated, 'b.example/x': older }, env });
    expect([status, used()]).toEqual([0, older.toISOString().slice(0, 19)]);
    expect(output).toContain('the database from b.example/x is of ');
  });

  test('G22: a database that another scan has locked is no scan, and reported as that', () => {
    const words = 'FATAL\tFatal error\tinit error: cache error: cache may be in use by another process: timeout';
    expect(scan({ status: 1, words }).reason?.trim()).toBe('not scanned: the database is locked by another scan');
  });

  test('G22: with every mirror failing nothing is scanned, in the words of the last one', () => {
    const { status, reason } = scan({ env: { DATABASE: '', MIRRORS: 'a.example/x b.example/x' } });
    expect([status, reason?.trim()]).toEqual([
      13,
      'not scanned: no mirror has the database: Fatal error: TOOMANYREQUESTS',
    ]);
  });
});

const programs = {
  'verify-image': programOf('tasks/steps/verify-image.ts'),
  'prepare-scan': programOf('tasks/trivy-scan/prepare-scan.ts'),
  'judge-report': programOf('tasks/trivy-scan/judge-report.ts'),
};
const program = async (name: keyof typeof programs, env: Record<string, string> = {}) => {
  const { status, out, err } = await programs[name]({
    REPOSITORY: folder('repository'),
    LAYOUT: folder('layout'),
    SCAN: folder('scan'),
    VERDICT: folder('verdict'),
    DATABASE_MAX_HOURS: '0',
    DATABASE_NOTE: 'by a small database',
    DIGEST: `sha256:${'d'.repeat(64)}`,
    RESULT_REASON_PATH: folder('reason'),
    RESULT_SUMMARY_PATH: folder('summary'),
    ...env,
  }).ended;
  return { status, output: out + err, reason: file('reason'), summary: file('summary') };
};

describe('the steps around it', () => {
  test('G11: the image is verified and read as a copy, which nobody beside the pod can change', async () => {
    const [BUILT, LAYOUT] = [folder('built'), folder('own')];
    const DIGEST = writeLayout(BUILT, { layers: [{ tar: archive(entry('app', 'good')) }] });
    expect(await program('verify-image', { BUILT, LAYOUT, DIGEST })).toMatchObject({
      status: 0,
      output: `verify-image: ${DIGEST} has 1 layers, 2048 bytes decompressed\n`,
    });
    // As an attempt of the build does that lives on for a moment: in place, so that a second name of the file would show it too.
    for (const blob of readdirSync(join(BUILT, 'blobs/sha256'))) {
      const file = openSync(join(BUILT, 'blobs/sha256', blob), 'r+');
      writeSync(file, 'evil', 0);
      closeSync(file);
    }
    expect((await program('verify-image', { BUILT: LAYOUT, LAYOUT: folder('second'), DIGEST })).status).toBe(0);
    expect(await program('verify-image', { BUILT, LAYOUT: folder('third'), DIGEST })).toMatchObject({
      status: 14,
      reason: expect.stringMatching(/^the image is not what it says: \S+: digest: given /),
    });
  });

  test('G11: an image that is not what it says is not scanned, and reported as that', async () => {
    const [BUILT, LAYOUT] = [folder('built'), folder('own')];
    const DIGEST = writeLayout(BUILT, { layers: [{ tar: archive(entry('app', 'good')) }] });
    writeFileSync(join(BUILT, 'blobs/sha256', 'f'.repeat(64)), 'x');
    expect(await program('verify-image', { BUILT, LAYOUT, DIGEST })).toMatchObject({
      status: 14,
      reason: `the image is not what it says: sha256: entry: given "${'f'.repeat(64)}", allowed what index.json, manifest and config name`,
    });
  });

  test.each([
    ['entries', (built: string) => Array.from({ length: 300 }, (_, n) => writeFileSync(join(built, `${n}`), ''))],
    ['bytes', (built: string) => truncateSync(join(built, 'index.json'), 2 ** 30 + 1)],
  ])('an image with too many %s does not fill the disk of the pod that reads it', async (what, change) => {
    const [BUILT, LAYOUT] = [folder('built'), folder('own')];
    const DIGEST = writeLayout(BUILT, { layers: [{ tar: archive(entry('app', 'good')) }] });
    change(BUILT);
    const { status, reason } = await program('verify-image', { BUILT, LAYOUT, DIGEST });
    expect([status, reason]).toEqual([14, expect.stringContaining(`: ${what}: given "more", allowed at most `)]);
  });

  test('without a file of ignores nothing is ignored', async () => {
    expect((await program('prepare-scan')).status).toBe(0);
    expect(file('scan/ignore.yaml')).toBe('{"vulnerabilities":[]}');
    for (const distribution of Object.keys(controls))
      expect(existsSync(controlFiles(folder('scan'), distribution).bom)).toBe(true);
  });

  test('a faulty file of ignores stops, with its fault as the reason', async () => {
    writeFileSync(folder('repository/.trivyignore.yaml'), 'vulnerabilities: [{ id: CVE-2024-1 }]');
    const { status, reason } = await program('prepare-scan');
    expect(status).toBe(12);
    expect(reason).toMatch(
      /^\.trivyignore\.yaml: vulnerabilities\[0\] \(CVE-2024-1\): statement: given nothing.*; by a small database$/,
    );
    expect(file('scan/ignore.yaml')).toBeUndefined();
  });

  test('a link instead of a file is not followed', async () => {
    symlinkSync('/etc/passwd', folder('repository/.trivyignore.yaml'));
    const { status, reason } = await program('prepare-scan');
    expect([status, reason]).toEqual([
      12,
      '.trivyignore.yaml: allowed is a file of at most 32 KiB; by a small database',
    ]);
  });

  test('G23: an ignore that has expired does not reach the scanner', async () => {
    const statement = 'Not reachable: we never parse it.';
    const soon = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    writeFileSync(
      folder('repository/.trivyignore.yaml'),
      `vulnerabilities:\n${[
        ['CVE-2024-1', '2026-01-01'],
        ['CVE-2024-2', soon],
      ]
        .map(([id, end]) => `  - { id: ${id}, statement: "${statement}", expired_at: ${end} }\n`)
        .join('')}`,
    );
    const { status, output } = await program('prepare-scan');
    expect([status, output]).toEqual([0, 'trivy-scan: no longer ignored: CVE-2024-1 since 2026-01-01\n']);
    expect(file('scan/ignore.yaml')).toBe('{"vulnerabilities":[{"id":"CVE-2024-2"}]}');
  });

  const config = `sha256:${'c'.repeat(64)}`;
  const digest = `sha256:${'d'.repeat(64)}`;
  beforeEach(() => {
    mkdirSync(folder('layout/blobs/sha256'), { recursive: true });
    writeFileSync(folder('layout/index.json'), JSON.stringify({ manifests: [{ digest }] }));
    const manifest = folder('layout/blobs', digest.replace(':', '/'));
    writeFileSync(manifest, JSON.stringify({ config: { digest: config } }));
    controlReports();
  });
  /** What Trivy says of the controls: an advisory for each but `silent`. */
  const controlReports = (silent?: string) => {
    for (const [distribution, packages] of Object.entries(controls)) {
      const found = packages.filter(({ name }) => name !== silent);
      const Vulnerabilities = found.map(({ advisory, name }) => ({ VulnerabilityID: advisory, PkgName: name }));
      writeFileSync(
        controlFiles(folder('scan'), distribution).report,
        JSON.stringify({ Results: Vulnerabilities.map((one) => ({ Vulnerabilities: [one] })) }),
      );
    }
  };
  const report = (fixed: string) =>
    JSON.stringify({
      SchemaVersion: 2,
      ArtifactType: 'container_image',
      Metadata: { ImageID: config },
      Results: [
        {
          Packages: [{}],
          Vulnerabilities: [
            {
              VulnerabilityID: 'CVE-2020-14343',
              Severity: 'CRITICAL',
              PkgName: 'PyYAML',
              InstalledVersion: '5.3.1',
              FixedVersion: fixed,
            },
          ],
        },
      ],
    });

  test('settings of the repository that are not read are named with the verdict', async () => {
    for (const name of ['.trivyignore', 'trivy.yaml']) writeFileSync(folder('repository', name), 'x');
    writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2026-11-23T00:00:00Z"}');
    writeFileSync(folder('scan/report.json'), report('5.4'));
    const note = 'by a small database; .trivyignore and trivy.yaml: not read; ignores are in .trivyignore.yaml';
    expect(await program('judge-report')).toMatchObject({
      reason: `CVE-2020-14343 CRITICAL: PyYAML 5.3.1, fixed in 5.4; ${note}`,
      summary: `1 HIGH or CRITICAL with a fix, 0 without, in 1 packages; ${note}`,
    });
  });

  test('a finding with a fix ends with its own status and names itself and the database', async () => {
    writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2026-11-23T00:00:00Z"}');
    writeFileSync(folder('scan/report.json'), report('5.4'));
    expect(await program('judge-report')).toMatchObject({
      status: 10,
      reason: 'CVE-2020-14343 CRITICAL: PyYAML 5.3.1, fixed in 5.4; by a small database',
      summary: '1 HIGH or CRITICAL with a fix, 0 without, in 1 packages; by a small database',
    });
    writeFileSync(folder('scan/report.json'), report(''));
    rmSync(folder('reason'));
    expect(await program('judge-report')).toMatchObject({
      status: 0,
      reason: undefined,
      summary: '0 HIGH or CRITICAL with a fix, 1 without, in 1 packages; by a small database',
    });
  });

  test.each(Object.entries(controls).flatMap(([distribution, all]) => all.map((one) => ({ ...one, distribution }))))(
    'G22: a database that does not find $advisory in $name is not judged by',
    async ({ advisory, name, version, distribution }) => {
      writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2026-11-23T00:00:00Z"}');
      writeFileSync(folder('scan/report.json'), report(''));
      controlReports(name);
      expect(await program('judge-report')).toMatchObject({
        status: 13,
        reason: `not scanned: the database does not find ${advisory} in ${name} ${version} (${distribution}), planted for it to find: it is not whole, or not Trivy's; by a small database`,
        summary: undefined,
      });
    },
  );

  test('G22: an empty database finds no control', async () => {
    writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2026-11-23T00:00:00Z"}');
    writeFileSync(controlFiles(folder('scan'), 'debian 12').report, '{"SchemaVersion":2}');
    expect((await program('judge-report')).reason).toMatch(/^not scanned: the database does not find CVE-/);
  });

  test('an attempt after a finding repeats it; one after a failed scan scans', async () => {
    expect([(await program('judge-report')).status, existsSync(folder('verdict/.refused'))]).toEqual([13, false]);
    writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2026-11-23T00:00:00Z"}');
    writeFileSync(folder('scan/report.json'), report('5.4'));
    const { status, reason } = await program('judge-report');
    rmSync(folder('reason'));
    expect([status, scan()]).toEqual([10, expect.objectContaining({ status: 10, reason, calls: [] })]);
  });

  test('an end-of-life base is final too', async () => {
    const { reason } = scan({ status: 11, env: { DATABASE_NOTE: 'by a small database' } });
    for (const name of ['reason', 'scan/calls']) rmSync(folder(name));
    expect(scan()).toMatchObject({ status: 10, reason: reason?.trim(), calls: [] });
  });

  test('G22: no report, half a report and an old database are not scanned', async () => {
    writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2020-01-01T00:00:00Z"}');
    expect(await program('judge-report')).toMatchObject({
      status: 13,
      reason: expect.stringMatching(/^not scanned: ENOENT/),
    });
    writeFileSync(folder('scan/report.json'), report('5.4').slice(0, 50));
    expect(await program('judge-report')).toMatchObject({
      status: 13,
      reason: expect.stringMatching(/^not scanned: /),
    });
    expect(await program('judge-report', { DATABASE_MAX_HOURS: '48' })).toMatchObject({
      status: 13,
      reason: expect.stringMatching(/^not scanned: the database is \d+ h old, allowed are 48; by a small database$/),
    });
  });

  test('G11: an image that is not the one that was built is not scanned', async () => {
    writeFileSync(folder('scan/metadata.json'), '{"UpdatedAt":"2026-11-23T00:00:00Z"}');
    writeFileSync(folder('scan/report.json'), report(''));
    const DIGEST = `sha256:${'e'.repeat(64)}`;
    expect(await program('judge-report', { DIGEST })).toMatchObject({
      status: 13,
      reason: `not scanned: the image is ${digest}, and what was built is ${DIGEST}; by a small database`,
    });
  });
});
