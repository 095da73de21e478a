import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { readConfig } from './config.ts';
import { type NotYet, ofAws, type Permanent, type Retryable } from './errors.ts';
import { values } from './execution.testing.ts';
import { onLambda } from './lambda.ts';
import { lambdas } from './lambdas.ts';
import type { Run } from './types.ts';

const run: Run = {
  mode: 'live',
  trigger: '',
  event: 'e',
  epoch: 1,
  incident: 'dr-1',
  since: '',
  decided: '',
  moved: 'no',
  assumed: '',
};
const context = (account: string) => ({ invokedFunctionArn: `arn:aws:lambda:ap-northeast-1:${account}:function:x` });
const capacity = () => {
  const made: number[] = [];
  return {
    made,
    ports: () => {
      made.push(1);
      return {
        capacity: {
          wanted: 6,
          read: async () => ({ min: 1, max: 8, desired: 6 }),
          write: async () => 'accepted' as const,
        },
      };
    },
  };
};
const lines: string[] = [];
const log = (level: string, message: string, fields = {}) =>
  void lines.push(JSON.stringify({ level, message, ...fields }));
const call = { execution: 'run-1', state: { run } };

test('a handler reads its own variables, makes its ports once, and answers what its function does', async () => {
  const { made, ports } = capacity();
  const handler = onLambda('eks-scale-dr', ports, values, log);
  expect(await handler(call, context('111122223333'))).toEqual({ did: ['6 nodes are enough'], would: [] });
  await handler(call, context('111122223333'));
  expect(made).toHaveLength(1);
  expect(lines[0]).toContain('"level":"info","message":"eks-scale-dr"');
});

test('a function in another account than it is configured for does nothing', async () => {
  const { made, ports } = capacity();
  await expect(onLambda('eks-scale-dr', ports, values, log)(call, context('999999999999'))).rejects.toThrow(
    'account: given 999999999999, allowed 111122223333, for which the function is configured',
  );
  expect(made).toEqual([]);
});

test('every missing variable is reported at once', () => {
  const { environment } = lambdas['eks-scale-dr'];
  expect(() => readConfig({ ...values, DR_CLUSTER: '', DR_NODES: undefined }, environment)).toThrow(
    'environment: DR_CLUSTER: given nothing, allowed a value\nenvironment: DR_NODES: given nothing, allowed a value',
  );
  expect(() => readConfig(values, environment)('DR_TOPIC')).toThrow(/not a variable of this function/);
});

test('a call that the machine does not make is refused', async () => {
  const lock = { read: async () => undefined, write: async () => true };
  const handler = onLambda(
    'dr-failover-lock',
    () => ({ lock, writerEpoch: async () => undefined, isRunning: async () => false, now: () => new Date() }),
    values,
    log,
  );
  await expect(handler({ execution: 'x', action: 'unlock' }, context('111122223333'))).rejects.toThrow(
    /action: given unlock/,
  );
  await expect(
    onLambda('eks-scale-dr', capacity().ports, values, log)({ execution: 'x' }, context('111122223333')),
  ).rejects.toThrow(/run: given nothing/);
});

test('errors keep their names in a bundle that renames classes: the machine retries by them', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export * from './errors.ts'", resolveDir: 'dr' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
  });
  const bundled = (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`)) as {
    NotYet: typeof NotYet;
    Retryable: typeof Retryable;
    Permanent: typeof Permanent;
  };
  const named = [new bundled.NotYet(''), new bundled.Retryable(''), new bundled.Permanent('')].map(({ name }) => name);
  expect(named).toEqual(['NotYet', 'Retryable', 'Permanent']);
});

test.each([
  ['no answer', { name: 'TimeoutError' }, 'Retryable'],
  ['a cut connection', { name: 'Error', code: 'ECONNRESET' }, 'Retryable'],
  ['a fault of the server', { name: 'Whatever', $metadata: { httpStatusCode: 503 } }, 'Retryable'],
  ['throttling with 400', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }, 'Retryable'],
  ['a refusal', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 'Permanent'],
  ['a wrong parameter', { name: 'InvalidParameterException', $metadata: { httpStatusCode: 400 } }, 'Permanent'],
])('%s of AWS is %j: %s', (_, error, name) => {
  expect(ofAws('Call', Object.assign(new Error('words'), error)).name).toBe(name);
});
