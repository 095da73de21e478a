import { expect, test } from '@jest/globals';
import { noVariablesInScripts } from './no-variables-in-scripts.ts';
import { task } from './testing.ts';

const faults = (step: object) => noVariablesInScripts([task(step)]).length;

test('shell that asks the environment passes, with substitutions of its own', () => {
  expect(faults({ script: '#!/bin/sh\ncommit=$(git rev-parse "$COMMIT")\nnow=$(date)\n' })).toBe(0);
});
test('a variable as an argument passes, after a script as well', () => {
  expect(faults({ command: ['/kaniko/executor'], args: ['--build-arg=COMMIT=$(params.commit)'] })).toBe(0);
  expect(faults({ command: ['sh', '-c'], args: ['exec "$@"', 'run', '$(params.command[*])'] })).toBe(0);
});
test.each([
  '$(params.branch)',
  '$(tasks.clone.results.commit)',
  '$(context.pipelineRun.name)',
  '$(workspaces.source.path)',
])('%s in a script is a fault, wherever the script is', (variable) => {
  expect(faults({ script: `echo ${variable}` })).toBe(1);
  expect(faults({ command: ['/bin/bash', '-euc', `echo ${variable}`] })).toBe(1);
  expect(faults({ command: ['sh'], args: ['-c', `echo "${variable}"`] })).toBe(1);
});
