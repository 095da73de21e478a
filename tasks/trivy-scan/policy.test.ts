import { describe, expect, test } from '@jest/globals';
import { judge, readIgnores, staleness } from './policy.ts';

const now = new Date('2026-11-23T12:00:00Z');
const good = { id: 'CVE-2024-12345', statement: 'Not reachable: we never parse XML.', expired_at: '2027-01-31' };
const file = (...entries: object[]) => JSON.stringify({ vulnerabilities: entries });

describe('ignores', () => {
  test('one with a reason and an end is good, and so is an empty file', () => {
    expect(readIgnores(file(good, { ...good, paths: ['app/x.jar'], purls: ['pkg:pypi/x'] }), now)).toEqual({
      faults: [],
      good: [{ id: good.id }, { id: good.id, paths: ['app/x.jar'], purls: ['pkg:pypi/x'] }],
      expired: [],
    });
    expect(readIgnores('', now)).toEqual({ faults: [], good: [], expired: [] });
    expect(readIgnores('# nothing\n', now).faults).toEqual([]);
  });

  test('G23: one that has expired ignores no longer, and is reported', () => {
    expect(readIgnores(file({ ...good, expired_at: '2026-11-23' }), now)).toEqual({
      faults: [],
      good: [],
      expired: ['CVE-2024-12345 since 2026-11-23'],
    });
  });

  test.each([
    [{ ...good, statement: undefined }, /statement: given nothing, allowed the reason/],
    [{ ...good, statement: 'ok' }, /statement: given "ok"/],
    [{ ...good, expired_at: undefined }, /expired_at: given nothing, allowed a date/],
    [{ ...good, expired_at: '9999-12-31' }, /expired_at: given "9999-12-31", allowed .* at most 180 days/],
    [{ ...good, expired_at: 'soon' }, /expired_at: given "soon"/],
    [{ ...good, id: '*' }, /id: given "\*"/],
    [{ ...good, severity: 'LOW' }, /severity: given "LOW", allowed id, statement/],
    [{ ...good, paths: 'all' }, /paths: given "all", allowed a list/],
    [{ ...good, statement: 'nine char' }, /statement: given "nine char"/],
    [{ ...good, statement: `ok${' '.repeat(20)}` }, /statement: given "ok"/],
    [{ ...good, expired_at: '2027-05-23' }, /expired_at: given "2027-05-23"/],
    [{ ...good, expired_at: '2027-02-30x' }, /expired_at: given "2027-02-30x"/],
    [{ ...good, expired_at: 20270131 }, /expired_at: given 20270131/],
    [{ ...good, id: 'CVE-2024-12345 *' }, /id: given "CVE-2024-12345 \*"/],
    [{ ...good, id: 'x CVE-2024-12345' }, /id: given "x CVE/],
    [{ ...good, id: `CVE-${'1'.repeat(61)}` }, /id: given "CVE-1+/],
    [{ ...good, paths: ['a', 1] }, /paths: given \["a",1\], allowed a list/],
    [{ ...good, purls: {} }, /purls: given \{\}, allowed a list/],
    // Each reads as the value that it holds where text is expected.
    [{ ...good, id: ['CVE-2024-12345'] }, /id: given \["CVE-2024-12345"\]/],
    [{ ...good, expired_at: ['2027-01-31'] }, /expired_at: given \["2027-01-31"\]/],
    // JavaScript reads dates that no other program does.
    [{ ...good, expired_at: '+002027-01-31' }, /expired_at: given "\+002027-01-31"/],
    [{ ...good, expired_at: '2027-01-31(' }, /expired_at: given "2027-01-31\("/],
    [{ ...good, expired_at: '31 Jan 2027 (' }, /expired_at: given "31 Jan/],
    ['CVE-2024-12345', /entry: given "CVE-2024-12345"/],
    [null, /entry: given null/],
  ])('G23: %j is refused with what is allowed', (entry, words) => {
    expect(readIgnores(file(entry as object), now).faults.join()).toMatch(words);
  });

  test.each([
    'RHSA-2024:1234',
    'ALAS2-2024-2460',
    'openSUSE-SU-2024:0001-1',
    'GHSA-jfh8-c2jp-5v3q',
    'TEMP-0841856-B18BAF',
  ])('an advisory of any source can be ignored, by its own id: %s', (id) =>
    expect(readIgnores(file({ ...good, id }), now)).toMatchObject({ faults: [], good: [{ id }] }),
  );

  test('the last day that an ignore may be good for is the 180th, and on its own day it has ended', () => {
    const midnight = new Date('2026-11-23T00:00:00Z');
    const read = (expired_at: string) => readIgnores(file({ ...good, expired_at }), midnight);
    expect(read('2027-05-22')).toMatchObject({ faults: [], good: [{ id: good.id }] });
    expect(read('2027-05-23').faults).toHaveLength(1);
    expect(read('2026-11-24')).toMatchObject({ faults: [], good: [{ id: good.id }], expired: [] });
    expect(read('2026-11-23')).toMatchObject({ faults: [], good: [], expired: [expect.anything()] });
  });

  test('a reason of ten characters is one', () => {
    expect(readIgnores(file({ ...good, statement: 'ten chars.' }), now).faults).toEqual([]);
  });

  test('every fault is named at once', () => {
    const { faults } = readIgnores(JSON.stringify({ secrets: [], vulnerabilities: [{}, {}] }), now);
    expect(faults).toHaveLength(7);
  });

  test.each([
    '[1]',
    '[]',
    '5',
    'true',
    'text',
    'a: &x [*x]',
    'vulnerabilities: 3',
    '{{',
    `vulnerabilities: ${'['.repeat(200)}`,
  ])('hostile YAML is refused, not read: %s', (text) =>
    expect(readIgnores(text, now).faults.length).toBeGreaterThan(0),
  );
});

const config = `sha256:${'c'.repeat(64)}`;
const report = (vulnerabilities: object[], packages = [{ Name: 'x' }]) =>
  JSON.stringify({
    SchemaVersion: 2,
    ArtifactType: 'container_image',
    Metadata: { ImageID: config },
    Results: [{ Packages: packages, Vulnerabilities: vulnerabilities }],
  });
const finding = (more: object = {}) => ({
  VulnerabilityID: 'CVE-2022-32149',
  Severity: 'HIGH',
  PkgName: 'golang.org/x/text',
  InstalledVersion: 'v0.3.7',
  FixedVersion: '0.3.8',
  Title: 'slow parsing',
  ...more,
});

describe('the verdict', () => {
  test('a finding with a fix stops, and is named with the version that mends it', () => {
    expect(judge(report([finding()]), config)).toEqual({
      passed: false,
      summary: '1 HIGH or CRITICAL with a fix, 0 without, in 1 packages',
      findings: ['CVE-2022-32149 HIGH: golang.org/x/text v0.3.7, fixed in 0.3.8 (slow parsing)'],
    });
  });

  test('the worst comes first, and the same finding of two files once', () => {
    const worse = finding({ VulnerabilityID: 'CVE-2024-45337', Severity: 'CRITICAL' });
    expect(judge(report([finding(), worse, finding()]), config).findings.map((line) => line.slice(0, 14))).toEqual([
      'CVE-2024-45337',
      'CVE-2022-32149',
    ]);
  });

  test('a finding in another package or version is another one, in the order of their names', () => {
    const ids = ['CVE-2022-3', 'CVE-2022-1', 'CVE-2022-2'];
    const found = ids.map((VulnerabilityID) => finding({ VulnerabilityID }));
    const others = [finding({ VulnerabilityID: 'CVE-2022-1', PkgName: 'y' }), finding({ InstalledVersion: 'v0.3.6' })];
    const { findings, summary } = judge(report([...found, ...others]), config);
    expect(findings.map((line) => line.split(',')[0])).toEqual([
      'CVE-2022-1 HIGH: golang.org/x/text v0.3.7',
      'CVE-2022-1 HIGH: y v0.3.7',
      'CVE-2022-2 HIGH: golang.org/x/text v0.3.7',
      'CVE-2022-3 HIGH: golang.org/x/text v0.3.7',
      'CVE-2022-32149 HIGH: golang.org/x/text v0.3.6',
    ]);
    expect(summary).toMatch(/^5 HIGH or CRITICAL with a fix/);
  });

  test('packages of all results count, and a finding needs no title', () => {
    const two = JSON.parse(report([finding({ Title: undefined })]));
    two.Results.push({ Packages: [{ Name: 'a' }, { Name: 'b' }] }, {});
    expect(judge(JSON.stringify(two), config)).toMatchObject({
      passed: false,
      summary: expect.stringMatching(/in 3 packages$/),
      findings: [expect.stringMatching(/fixed in 0\.3\.8$/)],
    });
  });

  test('one without a fix is counted and stops nothing; less than HIGH is not counted', () => {
    const { passed, summary } = judge(
      report([finding({ FixedVersion: undefined }), finding({ Severity: 'MEDIUM' }), finding({ Severity: 'UNKNOWN' })]),
      config,
    );
    expect([passed, summary]).toEqual([true, '0 HIGH or CRITICAL with a fix, 1 without, in 1 packages']);
  });

  test('a title that is hostile is one short line', () => {
    const [line] = judge(report([finding({ Title: `a\n<!channel>\u2028${'x'.repeat(5000)}` })]), config).findings;
    expect(line).toMatch(/^[^\n\u2028]{1,250}$/);
  });

  test.each(['', '{}', '[]', 'null', '{"SchemaVersion":2}', report([], []), report([]).replace(':2', ':1')])(
    'G22: what is not a scan of an image passes nothing: %s',
    (text) => expect(() => judge(text, config)).toThrow(),
  );

  test.each([{ SchemaVersion: 1 }, { ArtifactType: 'filesystem' }])('G22: %j is no scan of an image', (change) => {
    const other = { ...JSON.parse(report([])), ...change };
    expect(() => judge(JSON.stringify(other), config)).toThrow('not a report of Trivy about an image');
  });

  test('G11: a report about another image passes nothing', () => {
    expect(() => judge(report([]), 'sha256:0')).toThrow(`the report is about ${config}, and the image is sha256:0`);
  });
});

test('G22: a database that is too old, or does not say how old, is not judged by', () => {
  const of = (UpdatedAt: string) => JSON.stringify({ UpdatedAt });
  expect(staleness(of('2026-11-22T12:00:00Z'), now, 48)).toBeUndefined();
  expect(staleness(of('2026-11-21T12:00:00Z'), now, 48)).toBeUndefined();
  expect(staleness(of('2026-11-21T11:00:00Z'), now, 48)).toMatch(/is 49 h old/);
  expect(staleness(of('2026-11-20T12:00:00Z'), now, 48)).toBe('the database is 72 h old, allowed are 48');
  expect(staleness(of('2020-01-01T00:00:00Z'), now, 0)).toBeUndefined();
  expect(staleness('{}', now, 48)).toBe('the database does not say how old it is');
});
