import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { programOf } from '../../lib/program.testing.ts';
import { conditions } from '../../lib/quality-gate.ts';
import { Refused, verdictFile } from '../../lib/step.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';
import type { CoverageReport } from './coverage.ts';
import { type Limits, verdict } from './gate.ts';

const limits: Limits = { totalMs: 2_000, requestMs: 1_000, pauseMs: 1, tries: 3 };
let server: Server;
let url: string;
/** Answers by path, one after the other; the last one stays. A number is a status without a body. */
let answers: Record<string, (object | number | 'hang')[]>;
let asked: { url: string; authorization: string | undefined }[];

beforeEach(async () => {
  answers = {};
  asked = [];
  server = createServer(({ url = '', headers }, answer) => {
    asked.push({ url, authorization: headers.authorization });
    const list = answers[url.split('?')[0] as string] ?? [404];
    const next = list.length > 1 ? list.shift() : list[0];
    if (next === 'hang') return;
    if (typeof next === 'number') return void answer.writeHead(next, { location: '/elsewhere' }).end('{}');
    answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(next));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const task = (status: string, more: object = {}) => ({ task: { status, analysisId: 'a-1', ...more } });
const gate = (status: string, ...conditions: object[]) => ({ projectStatus: { status, conditions } });
const coverage = { status: 'OK', metricKey: 'coverage', comparator: 'LT', errorThreshold: '60', actualValue: '90.6' };
/** Every condition looked at, and kept to. */
const passed = conditions.map(({ metric, op, error }) =>
  metric === 'coverage'
    ? coverage
    : { status: 'OK', metricKey: metric, comparator: op, errorThreshold: error, actualValue: '1' },
);
const ask = (id = 't-1', coverage?: CoverageReport) =>
  verdict({ server: url, token: 'secret', task: id, service: 'ticket', coverage }, limits);
const refused = async (id?: string, coverage?: CoverageReport) => {
  const error = await ask(id, coverage).catch((error) => error);
  expect(error).toBeInstanceOf(Refused);
  return [error.status, error.message];
};

describe('the gate', () => {
  test('G21: OK passes, for the analysis of this very task', async () => {
    answers = {
      '/api/ce/task': [task('PENDING'), task('IN_PROGRESS'), task('SUCCESS')],
      '/api/qualitygates/project_status': [gate('OK', ...passed)],
    };
    expect(await ask()).toBe('quality gate passed, coverage 90.6 %');
    expect(asked.map(({ url }) => url)).toEqual([
      ...Array(3).fill('/api/ce/task?id=t-1'),
      '/api/qualitygates/project_status?analysisId=a-1',
    ]);
    expect(asked[0]?.authorization).toBe('Bearer secret');
  });

  test('G21: an OK that did not look at everything does not pass', async () => {
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [gate('OK'), gate('OK', ...passed.filter((one) => one !== coverage))],
    };
    expect((await refused())[1]).toMatch(
      /^not judged: the gate of the server did not look at software_.*, coverage \(at least 60\), /,
    );
    answers['/api/qualitygates/get_by_project'] = [{ qualityGate: { name: 'lax' } }];
    answers['/api/qualitygates/show'] = [{ conditions: [] }];
    expect((await refused())[1]).toMatch(/did not look at coverage \(at least 60\): give it/);
  });

  test.each([
    ['a limit that allows more', { errorThreshold: '5' }, false],
    ['a limit that is none', { errorThreshold: 'x' }, false],
    ['no limit', { errorThreshold: undefined }, false],
    ['the other comparison', { comparator: 'GT' }, false],
    ['a stricter limit', { errorThreshold: '80' }, true],
  ])('G21: an OK by %s passes only if nothing else would have failed', async (_, change, passes) => {
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [
        gate('OK', ...passed.map((one) => (one === coverage ? { ...coverage, ...change } : one))),
      ],
    };
    if (passes) expect(await ask()).toBe('quality gate passed, coverage 90.6 %');
    else expect((await refused())[1]).toMatch(/did not look at coverage \(at least 60\)/);
  });

  test('G21: a red gate names the conditions that failed, ratings by their letters', async () => {
    const rating = {
      status: 'ERROR',
      metricKey: 'software_quality_security_rating',
      comparator: 'GT',
      errorThreshold: '1',
      actualValue: '5',
    };
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [
        gate('ERROR', rating, { ...coverage, status: 'ERROR', actualValue: '41.2' }),
      ],
    };
    expect(await refused()).toEqual([
      10,
      'quality gate red: software quality security rating is E, allowed at most A; coverage is 41.2, allowed at least 60',
    ]);
  });

  test('a red gate over coverage says what is wrong with the report, and another one does not', async () => {
    const fault = 'the tests left no coverage.out; have them write it there';
    const red = { ...coverage, status: 'ERROR', actualValue: '0.0' };
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [gate('ERROR', red), gate('ERROR', { ...red, metricKey: 'x' })],
    };
    expect(await refused('t-1', { files: 0, known: 0, fault })).toEqual([
      10,
      `quality gate red: coverage is 0.0, allowed at least 60. ${fault}`,
    ]);
    expect((await refused('t-1', { files: 0, known: 0, fault }))[1]).not.toContain(fault);
  });

  test('G21: code with nothing to cover passes a gate that has the condition, and no other', async () => {
    const uncovered = passed.filter((one) => one !== coverage);
    const set = conditions.map(({ metric, op, error }) => ({ metric, op, error }));
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [gate('OK', ...uncovered)],
      '/api/qualitygates/get_by_project': [{ qualityGate: { name: 'platform' } }],
      '/api/qualitygates/show': [{ conditions: set }],
    };
    expect(await ask()).toBe('quality gate passed, nothing to cover');
    expect(await ask('t-1', { files: 0, known: 0 })).toBe('quality gate passed, nothing to cover');
    expect(asked.at(-1)?.url).toBe('/api/qualitygates/show?name=platform');
    // The report knows better.
    expect((await refused('t-1', { files: 3, known: 3 }))[1]).toBe(
      'not judged: the analysis has no coverage, and the report names 3 files',
    );
    answers['/api/qualitygates/show'] = [{ conditions: set.filter(({ metric }) => metric !== 'coverage') }];
    expect((await refused())[1]).toMatch(/did not look at coverage \(at least 60\): give it/);
    answers['/api/qualitygates/show'] = [404];
    expect((await refused())[1]).toBe('not judged: SonarQube answered 404');
  });

  test('G21: nothing to cover is no excuse for another condition that is missing', async () => {
    const kept = passed.filter((one) => one !== coverage && one.metricKey !== 'duplicated_lines_density');
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [gate('OK', ...kept)],
      '/api/qualitygates/get_by_project': [{ qualityGate: { name: 'platform' } }],
      '/api/qualitygates/show': [{ conditions: conditions.map(({ metric, op, error }) => ({ metric, op, error })) }],
    };
    expect((await refused())[1]).toMatch(/did not look at coverage .*, duplicated_lines_density \(at most 5\):/);
  });

  test.each(['NONE', 'WARN', undefined])('G21: a gate that says %s does not pass', async (status) => {
    answers = { '/api/ce/task': [task('SUCCESS')], '/api/qualitygates/project_status': [gate(status as string)] };
    expect(await refused()).toEqual([13, `not judged: the gate says ${status}: give the project a quality gate`]);
  });

  test.each(['FAILED', 'CANCELED'])('G21: an analysis that %s on the server does not pass', async (status) => {
    answers = { '/api/ce/task': [task(status, { errorMessage: 'disk full' })] };
    expect(await refused()).toEqual([13, `not judged: the server's analysis ended as ${status}: disk full`]);
  });

  test('G21: a server that never comes to it is not waited for without end', async () => {
    answers = { '/api/ce/task': [task('PENDING')] };
    expect((await refused())[1]).toBe('not judged: the server had not analysed it within 2 s');
  }, 10_000);

  test('G21: an unknown token is reported at once', async () => {
    answers = { '/api/ce/task': [401] };
    expect(await refused()).toEqual([
      13,
      expect.stringMatching(/^not judged: SonarQube answered 401: it does not know the token/),
    ]);
    expect(asked).toHaveLength(1);
  });

  test('G21: a server that fails or is silent for a moment is asked again, and then reported', async () => {
    answers = {
      '/api/ce/task': [503, 'hang', task('SUCCESS')],
      '/api/qualitygates/project_status': [gate('OK', ...passed)],
    };
    expect(await ask()).toBe('quality gate passed, coverage 90.6 %');
    answers = { '/api/ce/task': [502] };
    expect((await refused())[1]).toBe('not judged: SonarQube answered 502 (try 3)');
    server.closeAllConnections();
    server.close();
    expect((await refused())[1]).toMatch(/^not judged: SonarQube is out of reach: .* \(try 3\)$/);
  });

  test('G21: a server that fails is asked for as long as the whole may take, whatever the number of tries', async () => {
    answers = { '/api/ce/task': [503] };
    const asked = { server: url, token: 'secret', task: 't-1', service: 'ticket' };
    await expect(verdict(asked, { ...limits, totalMs: 50, tries: 1_000_000 })).rejects.toThrow(/^not judged: .*503/);
  });

  test('the token goes to no other address', async () => {
    answers = { '/api/ce/task': [302] };
    expect((await refused())[1]).toMatch(/^not judged: SonarQube is out of reach: /);
    expect(asked.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  test.each(['x&analysisId=y', '', '/t', 't/', 'x'.repeat(101)])('%j is no task id and not asked for', async (id) => {
    expect((await refused(id))[1]).toBe('not judged: the scanner named no task of the server');
    expect(asked).toEqual([]);
  });

  test('G21: an analysis without an id does not pass', async () => {
    answers = { '/api/ce/task': [task('SUCCESS', { analysisId: 1 })] };
    expect(await refused()).toEqual([13, 'not judged: the analysis has no id']);
  });

  test('an id of an analysis cannot ask for another one', async () => {
    answers = {
      '/api/ce/task': [task('SUCCESS', { analysisId: 'a&analysisId=b' })],
      '/api/qualitygates/project_status': [gate('OK', ...passed)],
    };
    await ask();
    expect(asked[1]?.url).toBe('/api/qualitygates/project_status?analysisId=a%26analysisId%3Db');
  });

  test.each([
    [{}, 'the gate says undefined'],
    [{ projectStatus: null }, 'the gate says undefined'],
    [{ projectStatus: { status: 'OK', conditions: 'all' } }, 'the gate of the server did not look at'],
  ])('G21: %j does not pass', async (answer, words) => {
    answers = { '/api/ce/task': [task('SUCCESS')], '/api/qualitygates/project_status': [answer] };
    expect(await refused()).toEqual([13, expect.stringContaining(words)]);
  });

  test.each([400, 403, 404])('G21: HTTP %s is refused without asking again', async (status) => {
    answers = { '/api/ce/task': [status] };
    expect(await refused()).toEqual([13, expect.stringContaining(`SonarQube answered ${status}`)]);
    expect(asked).toHaveLength(1);
  });

  test('a server that asks for patience is asked again', async () => {
    answers = { '/api/ce/task': [429, task('SUCCESS')], '/api/qualitygates/project_status': [gate('OK', ...passed)] };
    expect(await ask()).toBe('quality gate passed, coverage 90.6 %');
  });

  test('G21: a red gate that names nothing stops all the same', async () => {
    answers = { '/api/ce/task': [task('SUCCESS')], '/api/qualitygates/project_status': [gate('ERROR', coverage)] };
    expect(await refused()).toEqual([10, 'quality gate red: no condition named']);
  });

  test.each([
    ['duplicated_lines_density', { errorThreshold: '6' }, false],
    ['duplicated_lines_density', { errorThreshold: '5' }, true],
    ['duplicated_lines_density', { errorThreshold: '3' }, true],
    ['software_quality_security_rating', { errorThreshold: '2' }, false],
    ['software_quality_security_rating', { comparator: 'LT' }, false],
    ['software_quality_security_rating', { actualValue: undefined }, false],
  ])('G21: an OK with %s %j: passes %s', async (metric, change, passes) => {
    answers = {
      '/api/ce/task': [task('SUCCESS')],
      '/api/qualitygates/project_status': [
        gate('OK', ...passed.map((one) => (one.metricKey === metric ? { ...one, ...change } : one))),
      ],
    };
    if (passes) expect(await ask()).toBe('quality gate passed, coverage 90.6 %');
    else expect((await refused())[1]).toMatch(new RegExp(`did not look at ${metric} \\(at most \\d\\):`));
  });
});

describe('the step', () => {
  const folder = temporaryFolder('work');
  beforeEach(() => {
    writeFileSync(folder('work/report-task.txt'), `serverUrl=http://elsewhere.example\nceTaskId=t-1\n`);
  });
  const checkGate = programOf('tasks/sonar-scan/check-gate.ts');
  const step = async () => {
    const { status } = await checkGate({
      ...{ SCAN: folder(), VERDICT: folder(), SERVICE: 'ticket', SONAR_HOST_URL: url, SONAR_TOKEN: 'secret\n' },
      ...{ RESULT_REASON_PATH: folder('reason'), RESULT_SUMMARY_PATH: folder('summary') },
    }).ended;
    return status;
  };

  test('a red gate is final, and a missing verdict is not', async () => {
    const red = { ...coverage, status: 'ERROR', actualValue: '41' };
    answers = { '/api/ce/task': [task('FAILED')], '/api/qualitygates/project_status': [gate('ERROR', red)] };
    expect(await step()).toBe(13);
    expect(existsSync(folder(verdictFile))).toBe(false);
    answers['/api/ce/task'] = [task('SUCCESS')];
    expect(await step()).toBe(10);
    const output = 'quality gate red: coverage is 41, allowed at least 60';
    expect([verdictFile, 'reason'].map((name) => readFileSync(folder(name), 'utf8'))).toEqual([output, output]);
    mkdirSync(folder('sources'));
    writeFileSync(folder('sources/sonar-project.properties'), 'sonar.exclusions=**');
    expect(await step()).toBe(10);
    const note = 'sonar-project.properties: not read; the settings are those of the stack';
    expect(readFileSync(folder('reason'), 'utf8')).toBe(`${output}; ${note}`);
  });
});
