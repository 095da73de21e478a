import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { processorMs } from '../../lib/processor.testing.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import { type StackName, stacks } from '../../pipelines/deliver/stacks.ts';
import { coverageReport, reportsFolder } from './coverage.ts';

const scan = temporaryFolder();
beforeEach(() => {
  for (const name of ['sources', 'reports']) mkdirSync(scan(name));
});

const put = (path: string, text = '') => {
  mkdirSync(dirname(scan(path)), { recursive: true });
  writeFileSync(scan(path), text);
};
/** By the settings of the stack itself, whose folder of the pod is one of the test. */
const of = (stack: StackName) =>
  coverageReport(
    stacks[stack].analysis.map((setting) => setting.replace(`=${reportsFolder}`, `=${scan()}/reports`)),
    scan(),
  );

const jacoco = (folder: string, lines = '<line nr="3" mi="0" ci="4" mb="0" cb="0"/>') =>
  `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="booking"><sessioninfo id="x" start="1" dump="2"/><package name="${folder}"><class name="${folder}/A" sourcefilename="A.java"><method name="a" desc="()V" line="3"/></class><sourcefile name="A.java">${lines}</sourcefile></package></report>`;
const cobertura = (file: string, line = '<line number="1" hits="1"/>') =>
  `<?xml version="1.0" ?>\n<coverage version="7.0" line-rate="1">\n<sources><source>/code</source></sources>\n<packages><package name="live">\n<classes><class name="views.py" filename="${file}" complexity="0" line-rate="1">\n<methods/><lines>${line}</lines></class></classes></package></packages></coverage>`;
const cases: [StackName, string, string, (file: string) => string, string, string][] = [
  [
    'go',
    'coverage.out',
    'show/seat.go',
    (file) => `mode: set\ntickets.example/${file}:3.2,4.5 1 1\n`,
    'ticket/show/seat.go',
    'mode: set\n',
  ],
  [
    'java',
    'target/site/jacoco/jacoco.xml',
    'src/main/java/예매/A.java',
    (file) => jacoco(dirname(file)),
    '예매/A.java',
    jacoco('예매', ''),
  ],
  ['python', 'coverage.xml', 'live/views.py', cobertura, 'live/views.py', cobertura('live/empty.py', '')],
];

describe.each(cases)('%s', (stack, report, source, write, file, empty) => {
  test('a report on sources of the repository has no fault', () => {
    put(`sources/${source}`);
    put(`reports/${report}`, write(file));
    expect(of(stack)).toEqual({ files: 1, known: 1 });
  });

  test('a report with nothing to cover has none either', () => {
    put(`reports/${report}`, empty);
    expect(of(stack)).toEqual({ files: 0, known: 0 });
  });

  test('a missing report is named with its place', () => {
    expect(of(stack)?.fault).toMatch(new RegExp(`^the tests left no ${report}; have them write .+ there$`));
  });

  test('a report on other files took part in nothing, and one of them is named', () => {
    put('sources/other/place.go');
    put(`reports/${report}`, write(file));
    expect(of(stack)).toEqual({
      files: 1,
      known: 0,
      fault: expect.stringMatching(
        `^the analysis took nothing from ${report}: of the files that it names, such as ".*${file}", none is a source$`,
      ),
    });
  });

  test('what is no report of its kind is reported', () => {
    put(`reports/${report}`, 'hello');
    expect(of(stack)?.fault).toMatch(new RegExp(`^${report} is not `));
  });
});

test('a build of modules is asked to aggregate their reports', () => {
  put('sources/pom.xml');
  put('sources/seats/pom.xml');
  expect(of('java')?.fault).toBe(
    'the tests left no target/site/jacoco/jacoco.xml; its modules each have one of their own: have the build aggregate them there',
  );
});

test('an analysis that takes coverage from nowhere has no report', () => {
  expect(coverageReport(['-Dsonar.sources=.'], scan())).toBeUndefined();
});

test('hostile reports take no second', async () => {
  for (const [stack, path, text] of [
    ['python', 'coverage.xml', `<coverage >${'<class '.repeat(500_000)}`],
    ['java', 'target/site/jacoco/jacoco.xml', `<report>${'<package name="'.repeat(300_000)}`],
    ['go', 'coverage.out', `mode: set\n${'a.go'.repeat(1_000_000)}`],
  ] as const) {
    put(`reports/${path}`, text);
    expect(await processorMs(() => expect(of(stack)?.known).toBe(0))).toBeLessThan(1_000);
  }
});
