import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { task } from './kube/tekton.ts';
import {
  anySecret,
  anyText,
  jobOf,
  list,
  Refused,
  runProgram,
  secret,
  stepOf,
  text,
  url,
  verdictFile,
  wholeNumber,
} from './step.ts';
import { temporaryFolder } from './temporary-folder.testing.ts';

const folder = temporaryFolder();
let output: string[];
const before = { ...process.env };
beforeEach(() => {
  output = [];
  process.exitCode = 0;
  jest.spyOn(console, 'error').mockImplementation((line: string) => void output.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...before };
  process.exitCode = 0;
});
const file = (name: string) => readFileSync(folder(name), 'utf8');
const give = (env: Record<string, string>) => Object.assign(process.env, env);
const resultPaths = () => ({
  RESULT_REASON_PATH: folder('reason'),
  RESULT_IMAGE_DIGEST_PATH: folder('digest'),
  VERDICT: folder(),
});

describe('the environment', () => {
  const env = {
    TEXT: text('a word', /^\w+$/),
    URL: url,
    COUNT: wholeNumber(1, 99),
    NAMES: list('names', /^[a-z]+$/),
    TOKEN: secret('a token'),
    ANY: anyText,
  };
  const good = { TEXT: 'a', URL: 'http://x.example', COUNT: '7', NAMES: 'b  c', TOKEN: 't-1', ANY: '' };

  test('is read into values', async () => {
    give(good);
    const run = jest.fn(() => {});
    await runProgram({ name: 'x', env, run });
    expect(run.mock.calls).toEqual([[{ ...good, COUNT: 7, NAMES: ['b', 'c'] }, expect.any(Function)]]);
    expect([process.exitCode, output]).toEqual([0, []]);
  });

  test('is refused with all faults at once, each with variable, given and allowed', async () => {
    give({
      TEXT: 'a b',
      URL: 'ftp://x',
      COUNT: '100',
      NAMES: 'b C',
      ANY: 'x',
      RESULT_REASON_PATH: folder('reason'),
    });
    const run = jest.fn(() => ({ imageDigest: '' }));
    await runProgram({ name: 'x', env, results: ['imageDigest'], faults: () => ['more: given y'], run });
    const faults = [
      'more: given y',
      'TEXT: given "a b", allowed a word',
      'URL: given "ftp://x", allowed an http(s) URL',
      'COUNT: given "100", allowed a whole number from 1 to 99',
      'NAMES: given "b C", allowed names',
      'TOKEN: given nothing, allowed a token',
      'RESULT_IMAGE_DIGEST_PATH: given nothing, allowed the path of a file',
    ].join('; ');
    expect([process.exitCode, output, run.mock.calls]).toEqual([2, [`x: environment variables: ${faults}`], []]);
    expect(file('reason')).toBe(`environment variables: ${faults}`);
  });

  test.each(['', '0', '100', '1.5', '-1', '1e1', ' 1'])('%j is no whole number from 1 to 99', async (COUNT) => {
    give({ COUNT });
    await runProgram({ name: 'x', env: { COUNT: wholeNumber(1, 99) }, run: () => {} });
    expect(process.exitCode).toBe(2);
  });

  test('a secret shows in no fault, no line and no reason', async () => {
    give({ TOKEN: 's3cret\n', BLANK: ' \t', ...resultPaths() });
    const TOKEN = secret('a token');
    await runProgram({ name: 'x', env: { TOKEN, BLANK: secret('a token') }, run: () => {} });
    expect(output).toEqual(['x: environment variables: BLANK: allowed a token']);
    await runProgram({
      name: 'x',
      env: { TOKEN, BLANK: anySecret },
      run: (_, complain) => {
        complain('s3cret at first');
        throw new Error('the forge said s3cret');
      },
    });
    expect([output.slice(1), file('reason')]).toEqual([
      ['x: *** at first', 'x: the forge said ***'],
      'the forge said ***',
    ]);
  });
});

describe('the end', () => {
  const run = (body: () => { imageDigest: string }, refusal?: (error: Error) => Refused) =>
    runProgram({ name: 'x', env: {}, results: ['imageDigest'], run: body, ...(refusal ? { refusal } : {}) });
  beforeEach(() => void give(resultPaths()));

  test('results are files, without a newline', async () => {
    await run(() => ({ imageDigest: 'sha256:a' }));
    expect([file('digest'), process.exitCode]).toEqual(['sha256:a', 0]);
    expect(readdirSync(folder())).toEqual(['digest']);
  });

  test('a refusal is an exit status, a line and the reason', async () => {
    await run(() => {
      throw new Refused(10, 'red\nat all');
    });
    expect([process.exitCode, output, file('reason')]).toEqual([10, ['x: red at all'], 'red at all']);
    expect(readdirSync(folder())).toEqual(['reason']);
  });

  test('a final refusal is remembered whole, with the results that it has', async () => {
    await run(() => {
      throw new Refused(10, 'red', { final: true, results: { imageDigest: 'd' } });
    });
    expect([file(verdictFile), file('digest')]).toEqual(['red', 'd']);
    expect(readdirSync(folder()).sort()).toEqual([verdictFile, 'digest', 'reason'].sort());
  });

  test('any other error is what the program says of it, or status 1; nothing of it is remembered', async () => {
    const fails = () => {
      throw new Error('broken');
    };
    await run(fails);
    expect([process.exitCode, file('reason')]).toEqual([1, 'broken']);
    await run(fails, ({ message }) => new Refused(13, `not judged: ${message}`));
    expect([process.exitCode, file('reason')]).toEqual([13, 'not judged: broken']);
    expect(readdirSync(folder())).toEqual(['reason']);
  });

  test("a reason fits into a container's last words, in whole characters", async () => {
    await run(() => {
      throw new Refused(1, 'é'.repeat(899));
    });
    expect(file('reason')).toBe('é'.repeat(450));
    await run(() => {
      throw new Refused(1, `a${'é'.repeat(899)}`);
    });
    expect(file('reason')).toBe(`a${'é'.repeat(449)}`);
  });

  test('results that do not fit are an error, and none is written', async () => {
    await run(() => ({ imageDigest: 'x'.repeat(3_001) }));
    expect([process.exitCode, file('reason')]).toEqual([1, 'results: given 3001 bytes, allowed 3000']);
    expect(readdirSync(folder())).toEqual(['reason']);
  });
});

test('what a program reads and writes follows from its Task', () => {
  const declared = () =>
    task({
      name: 'build',
      description: '',
      params: { gitCommit: '', flags: { list: '' } },
      results: { imageDigest: '', reason: '' },
      workspaces: {},
      serviceAccount: 'x',
      reaches: [],
      retries: 0,
      timeout: '1m0s',
      steps: () => [
        {
          name: 'write',
          image: 'x',
          env: { SOURCE: '/source' },
          secrets: { TOKEN: { secret: 'x', key: 'y' } },
          resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } },
        },
        {
          name: 'other',
          image: 'x',
          env: { ELSE: '' },
          resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } },
        },
      ],
    });
  const write = stepOf<typeof declared, 'write'>();
  // Only the compiler reads on.
  const compiled = () => [
    write({
      name: 'x',
      env: { GIT_COMMIT: anyText, SOURCE: anyText, TOKEN: anySecret },
      results: ['imageDigest'],
      run: ({ GIT_COMMIT }) => ({ imageDigest: GIT_COMMIT }),
    }),
    // @ts-expect-error: a list is no variable
    write({ name: 'x', env: { FLAGS: anyText }, run: () => {} }),
    // @ts-expect-error: a variable of another step
    write({ name: 'x', env: { ELSE: anyText }, run: () => {} }),
    // @ts-expect-error: a result that the Task does not have
    write({ name: 'x', env: {}, results: ['digest'], run: () => ({ digest: '' }) }),
    // @ts-expect-error: a result that is promised and not given
    write({ name: 'x', env: {}, results: ['imageDigest'], run: () => ({}) }),
    // @ts-expect-error: a variable that the job declares and the program does not read
    jobOf<'A' | 'B'>()({ name: 'x', env: { A: anyText }, run: () => {} }),
    // @ts-expect-error: a variable that the job does not declare
    jobOf<'A'>()({ name: 'x', env: { A: anyText, B: anyText }, run: () => {} }),
  ];
  expect(compiled).toBeInstanceOf(Function);
});
