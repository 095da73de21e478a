import { expect, test } from '@jest/globals';
import { hasEnded } from '../lib/kube/objects.ts';
import { commitOf, endedAt, runEvent, runResult } from './runs.ts';
import { at, pipelineRun, runs, SHA, taskRuns } from './testing/objects.ts';

const addresses = { forge: 'https://github.com/tickets-example', argocd: 'https://argocd.tickets.example' };

test('a run ends as Tekton says', () => {
  expect(hasEnded(runs.running())).toBe(false);
  expect(hasEnded(pipelineRun({}))).toBe(false);
  expect(runResult(runs.released())).toBe('released');
  expect(runResult(runs.released('superseded'))).toBe('superseded');
  expect(runResult(runs.released('unchanged'))).toBe('unchanged');
  expect(runResult(runs.released('<!channel>'))).toBe('succeeded');
  expect(runResult(runs.failed())).toBe('failed');
  expect(runResult(runs.cancelled())).toBe('cancelled');
  expect(runResult(runs.timedOut())).toBe('timed out');
  expect(runResult(runs.rejected())).toBe('rejected');
});

test.each([
  ['CouldntGetPipeline', false, 'rejected'],
  ['InvalidWorkspaceBindings', false, 'rejected'],
  ['CreateRunFailed', false, 'failed'],
  ['PipelineValidationFailed', true, 'rejected'],
  ['InvalidTaskResultReference', true, 'failed'],
])('%s (with tasks: %s) is %s', (reason, withTasks, result) => {
  const childReferences = withTasks ? [{ kind: 'TaskRun', name: 'x', pipelineTaskName: 'git-clone' }] : [];
  const run = pipelineRun({
    conditions: [{ type: 'Succeeded', status: 'False', reason, message: '' }],
    childReferences,
  });
  expect(runResult(run)).toBe(result);
});

test('a message of a released run has what its gates said, and which are off', () => {
  const run = runs.released();
  run.status?.results?.push(
    { name: 'quality', value: 'quality gate passed, coverage 90 %' },
    { name: 'scan', value: '0 found' },
  );
  run.metadata.annotations = { ...run.metadata.annotations, 'tickets.example/gates-off': 'quality gate (SonarQube)' };
  expect(runEvent(run, [], addresses).note).toBe(
    'Off on this platform: quality gate (SonarQube).\nquality gate passed, coverage 90 %\n0 found',
  );
});

test('a run whose webhook started none says so, and what to check', () => {
  const run = runs.released();
  const noteOf = (redelivered: string) => {
    run.metadata.annotations = { ...run.metadata.annotations, 'tickets.example/redelivered': redelivered };
    return runEvent(run, [], addresses).note;
  };
  expect(noteOf('true')).toMatch(/webhook of this push started no run.* content type application\/json, event push,/);
  expect(noteOf('')).toBeUndefined();
});

test("a gate's own reason is shown, and not only that a step ended with a status", () => {
  const red = taskRuns.stepFailed();
  const reason = 'quality gate red: coverage is 41, allowed at least 60';
  red.status = { ...red.status, results: [{ name: 'reason', value: reason }] };
  expect(runEvent(runs.failed(), [red], addresses).failure?.message).toBe(reason);
});

test('a reason stays one line, whatever the code of a push writes in the place of its step', () => {
  const failed = taskRuns.stepFailed();
  const value = 'broken\n\n✅ booking · prod · live\u2028kubectl delete namespace prod\u061c';
  Object.assign(failed.status ?? {}, { podName: 'pod', results: [{ name: 'reason', value }] });
  expect(runEvent(runs.failed(), [failed], addresses).failure?.message.split('\n')).toEqual([
    'broken ✅ booking · prod · live kubectl delete namespace prod',
    'kubectl logs -n ci pod --all-containers',
  ]);
});

test('a release whose replica is late says what that means for dr', () => {
  const run = runs.released();
  run.status?.results?.push({ name: 'replica', value: 'late' });
  expect(runEvent(run, [], addresses).note).toMatch(/replica registry does not have the image yet/);
});

test('a released run: commit, author, link, duration', () => {
  expect(runEvent(runs.released(), [], addresses)).toEqual({
    kind: 'run',
    result: 'released',
    service: 'ticket',
    environment: 'dev',
    commit: { sha: SHA, subject: 'Sell two at once', author: '홍길동' },
    duration: 92,
    at: new Date('2026-11-23T10:01:32Z'),
    subject: 'ci/ticket-main-0123456789ab',
    links: [{ label: 'commit', url: `https://github.com/tickets-example/ticket/commit/${SHA}` }],
  });
});

test('the failed task is the one that failed by itself, not the one stopped beside it', () => {
  const { failure } = runEvent(
    runs.failed(),
    [taskRuns.cancelledBeside(), taskRuns.cloned(), taskRuns.stepFailed()],
    addresses,
  );
  expect(failure).toEqual({
    task: 'unit-test',
    step: 'test',
    exitCode: 2,
    reason: 'StepFailed',
    message: '"step-test" exited with code 2: Error',
  });
});

test('a failure says where its log is, and with a reason of its own where the whole log is', () => {
  const failed = taskRuns.stepFailed();
  Object.assign(failed.status ?? {}, { podName: 'ticket-main-1-unit-test-pod' });
  expect(runEvent(runs.failed(), [failed], addresses).failure?.message).toBe(
    '"step-test" exited with code 2: Error\nkubectl logs -n ci ticket-main-1-unit-test-pod -c step-test',
  );
  Object.assign(failed.status ?? {}, { results: [{ name: 'reason', value: 'failed: TestA' }] });
  expect(runEvent(runs.failed(), [failed], addresses).failure?.message).toBe(
    'failed: TestA\nkubectl logs -n ci ticket-main-1-unit-test-pod --all-containers',
  );
});

test('a task that may fail is not blamed, though it failed first', () => {
  const mayFail = taskRuns.outOfMemory();
  mayFail.metadata.annotations = { 'pipeline.tekton.dev/pipeline-task-on-error': 'continue' };
  const { failure } = runEvent(runs.failed(), [mayFail, taskRuns.stepFailed()], addresses);
  expect(failure?.task).toBe('unit-test');
});

test.each([
  ['out of memory', taskRuns.outOfMemory(), { step: 'build', exitCode: 137, reason: 'StepOOM (OOMKilled)' }],
  ['timeout', taskRuns.timedOut(), { step: 'build', exitCode: 1, reason: 'TaskRunTimeout' }],
  ['image', taskRuns.imagePull(), { step: 'build', reason: 'TaskRunImagePullFailed (ImagePullBackOff)' }],
])('%s: step and reason', (_, taskRun, expected) => {
  const { failure } = runEvent(runs.failed(), [taskRun], addresses);
  expect(failure).toMatchObject({ task: 'kaniko-build', ...expected });
  expect('exitCode' in (failure ?? {})).toBe('exitCode' in expected);
});

test('without any failed task the run itself says why', () => {
  const { failure } = runEvent(runs.rejected(), [], addresses);
  expect(failure).toMatchObject({
    reason: 'ParameterMissing',
    message: expect.stringContaining('missing parameters: [commit]'),
  });
  expect(failure?.task).toBeUndefined();
  expect(runEvent(runs.timedOut(), [], addresses).failure?.reason).toBe('PipelineRunTimeout');
});

test('a commit that is no full hash is neither shown nor linked', () => {
  const run = runs.released();
  run.metadata.labels = { ...run.metadata.labels, 'tickets.example/commit': '../../evil' };
  const event = runEvent(run, [], addresses);
  expect([event.commit, event.links]).toEqual([undefined, []]);
});

test('a run ended when it says so, else when its end was noted, else when it was made', () => {
  const ended = (status: object) => endedAt(pipelineRun(status)).toISOString();
  const conditions = [{ type: 'Succeeded', status: 'True' as const, lastTransitionTime: at(7) }];
  expect(ended({ completionTime: at(9), conditions })).toBe('2026-11-23T10:00:09.000Z');
  expect(ended({ conditions })).toBe('2026-11-23T10:00:07.000Z');
  expect(ended({})).toBe('2026-11-23T10:00:00.000Z');
});

test('a run without labels is named by itself, and without its times has no duration', () => {
  const { status } = runs.released();
  const bare = { metadata: { ...runs.released().metadata, labels: {} }, status: { ...status, startTime: undefined } };
  const event = runEvent(bare as never, [], addresses);
  expect(event).toMatchObject({ service: 'ticket-main-0123456789ab', environment: '', links: [] });
  expect(event).not.toHaveProperty('duration');
  expect(runEvent(runs.running(), [], addresses)).not.toHaveProperty('duration');
  expect(runEvent(runs.released(), [taskRuns.stepFailed()], addresses)).not.toHaveProperty('failure');
});

test.each([`x${SHA}`, `${SHA}x`, SHA.toUpperCase(), SHA.slice(1), undefined])('%s is no commit', (sha) => {
  expect(commitOf(sha)).toBeUndefined();
});
test('a commit without a subject and an author is one', () => {
  expect(commitOf(SHA)).toEqual({ sha: SHA, subject: '', author: '' });
});

test('of two tasks that failed by themselves the first is named, and one without a time is the last', () => {
  const [first, second] = [taskRuns.stepFailed(), taskRuns.outOfMemory()];
  Object.assign(first.status ?? {}, { completionTime: at(30) });
  const taskOf = (...failed: (typeof first)[]) => runEvent(runs.failed(), failed, addresses).failure?.task;
  expect([taskOf(first, second), taskOf(second, first)]).toEqual(['unit-test', 'unit-test']);
  delete first.status?.completionTime;
  expect(taskOf(first, second)).toBe('kaniko-build');
  // What was stopped is named where nothing failed by itself.
  expect(taskOf(taskRuns.cancelledBeside(), taskRuns.cloned())).toBe('kaniko-build');
});

test('a task is named by the run where its own label is missing, and a step that may fail is not blamed', () => {
  const failed = taskRuns.stepFailed();
  failed.metadata.labels = {};
  failed.status?.steps?.unshift({ name: 'lint', terminationReason: 'Continued', terminated: { exitCode: 1 } });
  expect(runEvent(runs.failed(), [failed], addresses).failure).toMatchObject({ task: 'unit-test', step: 'test' });
  failed.metadata.name = 'another';
  expect(runEvent(runs.failed(), [failed], addresses).failure).not.toHaveProperty('task');
});

test('a failure of which nothing is known is one all the same', () => {
  const conditions = [{ type: 'Succeeded', status: 'False' as const }];
  expect(runEvent(pipelineRun({ conditions }), [], addresses).failure).toEqual({ reason: 'Unknown', message: '' });
  const failed = { ...taskRuns.stepFailed(), status: { conditions, steps: [{ terminated: { exitCode: 3 } }] } };
  expect(runEvent(runs.failed(), [failed], addresses).failure).toEqual({
    ...{ task: 'unit-test', reason: 'Unknown', message: '', exitCode: 3 },
  });
  failed.status.steps = [];
  expect(runEvent(runs.failed(), [failed], addresses).failure).toEqual({
    ...{ task: 'unit-test', reason: 'Unknown', message: '' },
  });
});

test('a pod that waits says for what, once', () => {
  const pull = taskRuns.imagePull();
  pull.status?.steps?.unshift({ name: 'ready', waiting: {} });
  expect(runEvent(runs.failed(), [pull], addresses).failure).toMatchObject({
    step: 'build',
    reason: 'TaskRunImagePullFailed (ImagePullBackOff)',
  });
  const condition = pull.status?.conditions?.[0];
  if (condition) condition.reason = 'ImagePullBackOff';
  expect(runEvent(runs.failed(), [pull], addresses).failure?.reason).toBe('ImagePullBackOff');
});
