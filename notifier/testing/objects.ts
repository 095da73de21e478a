import { annotation, label } from '../../lib/kube/labels.ts';
/** Objects as Tekton 1.15.0 and Argo CD 3.6.1 write them: reasons and messages are those of their Go code. */
import type { Application, Condition, Deployment, PipelineRun, TaskRun } from '../../lib/kube/objects.ts';

export const SHA = '0123456789abcdef0123456789abcdef01234567';
export const at = (offsetSeconds: number, base = Date.parse('2026-11-23T10:00:00Z')) =>
  new Date(base + offsetSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

type RunOptions = { service?: string; sha?: string; subject?: string; author?: string; start?: string; end?: string };

export function pipelineRun(status: NonNullable<PipelineRun['status']>, options: RunOptions = {}): PipelineRun {
  const { service = 'ticket', sha = SHA, subject = 'Sell two at once', author = '홍길동' } = options;
  const name = `${service}-main-${sha.slice(0, 12)}`;
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: {
      name,
      namespace: 'ci',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: at(0),
      labels: {
        [label.service]: service,
        [label.environment]: 'dev',
        [label.commit]: sha,
        'tekton.dev/pipeline': 'deliver',
      },
      annotations: { [annotation.subject]: subject, [annotation.author]: author },
    },
    status: { startTime: options.start ?? at(0), ...status },
  } as PipelineRun;
}

const child = (run: string, task: string) => ({
  apiVersion: 'tekton.dev/v1',
  kind: 'TaskRun',
  name: `${run}-${task}`,
  pipelineTaskName: task,
});
const RUN = `ticket-main-${SHA.slice(0, 12)}`;
const children = (...tasks: string[]) => tasks.map((task) => child(RUN, task));

const condition = (status: Condition['status'], reason: string, message: string, time: string): Condition[] => [
  { type: 'Succeeded', status, reason, message, lastTransitionTime: time },
];

export const runs = {
  running: (options?: RunOptions) =>
    pipelineRun(
      {
        conditions: condition(
          'Unknown',
          'Running',
          'Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 4, Skipped: 0',
          at(20),
        ),
        childReferences: children('git-clone', 'unit-test', 'kaniko-build'),
      },
      options,
    ),
  released: (outcome = 'released', options: RunOptions = {}) =>
    pipelineRun(
      {
        conditions: condition(
          'True',
          'Succeeded',
          'Tasks Completed: 5 (Failed: 0, Cancelled 0), Skipped: 0',
          options.end ?? at(92),
        ),
        completionTime: options.end ?? at(92),
        results: [
          { name: 'image', value: `registry.internal:5000/ticket@sha256:${'a'.repeat(64)}` },
          { name: 'outcome', value: outcome },
          { name: 'release-commit', value: 'f'.repeat(40) },
        ],
        childReferences: children('git-clone', 'unit-test', 'kaniko-build', 'image-push', 'release'),
      },
      options,
    ),
  failed: (options: RunOptions = {}) =>
    pipelineRun(
      {
        conditions: condition(
          'False',
          'Failed',
          'Tasks Completed: 3 (Failed: 1, Cancelled 1), Skipped: 2',
          options.end ?? at(41),
        ),
        completionTime: options.end ?? at(41),
        childReferences: children('git-clone', 'unit-test', 'kaniko-build'),
      },
      options,
    ),
  cancelled: () =>
    pipelineRun({
      conditions: condition('False', 'Cancelled', `PipelineRun "${RUN}" was cancelled`, at(30)),
      completionTime: at(30),
      childReferences: children('git-clone', 'unit-test'),
    }),
  timedOut: () =>
    pipelineRun({
      conditions: condition(
        'False',
        'PipelineRunTimeout',
        `PipelineRun "${RUN}" failed to finish within "20m0s"`,
        at(1200),
      ),
      completionTime: at(1200),
      childReferences: children('git-clone', 'kaniko-build'),
    }),
  rejected: () =>
    pipelineRun({
      conditions: condition(
        'False',
        'ParameterMissing',
        `PipelineRun ci/${RUN} parameters is missing some parameters required by Pipeline ${RUN}'s parameters: pipelineRun missing parameters: [commit]`,
        at(0),
      ),
      completionTime: at(0),
    }),
};

function taskRun(task: string, status: NonNullable<TaskRun['status']>): TaskRun {
  const name = `${RUN}-${task}`;
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: {
      name,
      namespace: 'ci',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: at(0),
      labels: { 'tekton.dev/pipelineRun': RUN, 'tekton.dev/pipelineTask': task, 'tekton.dev/memberOf': 'tasks' },
    },
    status,
  } as TaskRun;
}

export const taskRuns = {
  cloned: () =>
    taskRun('git-clone', {
      conditions: condition('True', 'Succeeded', 'All Steps have completed executing', at(8)),
      completionTime: at(8),
      steps: [{ name: 'clone', terminationReason: 'Completed', terminated: { exitCode: 0, reason: 'Completed' } }],
    }),
  /** two steps: the first fails, the entrypoint skips the second */
  stepFailed: () =>
    taskRun('unit-test', {
      conditions: condition('False', 'StepFailed', '"step-test" exited with code 2: Error', at(38)),
      completionTime: at(38),
      steps: [
        { name: 'test', terminationReason: 'Error', terminated: { exitCode: 2, reason: 'Error' } },
        { name: 'report', terminationReason: 'Skipped', terminated: { exitCode: 1, reason: 'Error' } },
      ],
    }),
  outOfMemory: () =>
    taskRun('kaniko-build', {
      conditions: condition('False', 'StepOOM', '"step-build" exited with code 137: OOMKilled', at(38)),
      completionTime: at(38),
      steps: [{ name: 'build', terminationReason: 'OOMKilled', terminated: { exitCode: 137, reason: 'OOMKilled' } }],
    }),
  /** earlier than the failure beside it, which is the one to name */
  cancelledBeside: () =>
    taskRun('kaniko-build', {
      conditions: condition('False', 'TaskRunCancelled', `TaskRun "${RUN}-kaniko-build" was cancelled. `, at(37)),
      completionTime: at(37),
      steps: [
        {
          name: 'build',
          terminationReason: 'TaskRunCancelled',
          terminated: { exitCode: 1, reason: 'TaskRunCancelled' },
        },
      ],
    }),
  timedOut: () =>
    taskRun('kaniko-build', {
      conditions: condition(
        'False',
        'TaskRunTimeout',
        `TaskRun "${RUN}-kaniko-build" failed to finish within "10m0s"`,
        at(610),
      ),
      completionTime: at(610),
      steps: [
        { name: 'build', terminationReason: 'TaskRunTimeout', terminated: { exitCode: 1, reason: 'TaskRunTimeout' } },
      ],
    }),
  imagePull: () =>
    taskRun('kaniko-build', {
      conditions: condition(
        'False',
        'TaskRunImagePullFailed',
        `the step "build" in TaskRun "${RUN}-kaniko-build" failed to pull the image "". The pod errored with the message: "Back-off pulling image "registry.internal:5000/kaniko@sha256:00"."`,
        at(300),
      ),
      completionTime: at(300),
      steps: [{ name: 'build', waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } }],
    }),
};

type AppOptions = { service?: string; environment?: string };
type AppStatus = NonNullable<Application['status']>;

export const REVISION = 'b'.repeat(40);

export function application(
  status: AppStatus,
  { service = 'ticket', environment = 'dev' }: AppOptions = {},
): Application {
  const name = `${service}-${environment}`;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: at(0),
      labels: { [label.service]: service, [label.environment]: environment },
    },
    spec: { destination: { server: 'https://kubernetes.default.svc', namespace: environment } },
    status,
  } as Application;
}

const operation = (phase: string, message: string, extra: Partial<NonNullable<AppStatus['operationState']>> = {}) => ({
  phase,
  message,
  startedAt: at(100),
  finishedAt: at(104),
  syncResult: { revision: REVISION },
  ...extra,
});

export const applications = {
  /** released and serving; `end` is when it became healthy */
  live: (options: AppOptions & { end?: string; revision?: string } = {}) => {
    const { end = at(112), revision = REVISION } = options;
    return application(
      {
        sync: { status: 'Synced', revision },
        health: { status: 'Healthy', lastTransitionTime: end },
        operationState: operation('Succeeded', 'successfully synced (all tasks run)', {
          startedAt: at(-12, Date.parse(end)),
          finishedAt: at(-8, Date.parse(end)),
          syncResult: { revision },
        }),
      },
      options,
    );
  },
  progressing: (options?: AppOptions) =>
    application(
      {
        sync: { status: 'Synced', revision: REVISION },
        health: { status: 'Progressing', message: 'Caused by apps/Deployment:dev/ticket', lastTransitionTime: at(105) },
        operationState: operation('Succeeded', 'successfully synced (all tasks run)'),
      },
      options,
    ),
  waiting: (options?: AppOptions) =>
    application(
      {
        sync: { status: 'Synced', revision: REVISION },
        health: { status: 'Suspended', message: 'Caused by apps/Deployment:dev/ticket', lastTransitionTime: at(105) },
        operationState: operation('Succeeded', 'successfully synced (all tasks run)'),
      },
      options,
    ),
  syncFailed: (
    message = 'Deployment.apps "ticket" is invalid: spec.replicas: Invalid value: -1',
    finishedAt = at(104),
  ) =>
    application({
      sync: { status: 'OutOfSync', revision: REVISION },
      health: { status: 'Healthy', lastTransitionTime: at(12) },
      operationState: operation('Failed', 'one or more objects failed to apply, reason: invalid', {
        finishedAt,
        syncResult: {
          revision: REVISION,
          resources: [{ kind: 'Deployment', name: 'ticket', status: 'SyncFailed', message }],
        },
      }),
    }),
  retrying: () =>
    application({
      sync: { status: 'OutOfSync', revision: REVISION },
      health: { status: 'Healthy', lastTransitionTime: at(12) },
      operationState: operation(
        'Running',
        'one or more objects failed to apply, reason: timeout. Retrying attempt #2 at 2026-11-23T10:02:10Z.',
        { retryCount: 2 },
      ),
    }),
  degraded: (since = at(712)) =>
    application({
      sync: { status: 'Synced', revision: REVISION },
      health: { status: 'Degraded', message: 'Caused by apps/Deployment:dev/ticket', lastTransitionTime: since },
      operationState: operation('Succeeded', 'successfully synced (all tasks run)'),
    }),
  comparisonError: (since = at(200)) =>
    application({
      sync: { status: 'Unknown' },
      health: { status: 'Healthy', lastTransitionTime: at(12) },
      conditions: [
        {
          type: 'ComparisonError',
          message:
            'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = kustomize build failed',
          lastTransitionTime: since,
        },
      ],
    }),
};

type DeploymentOptions = AppOptions & { sha?: string; digest?: string; subject?: string };

export function deployment(
  status: 'live' | 'rolling' | 'stuck' | 'waiting',
  options: DeploymentOptions = {},
): Deployment {
  const { service = 'ticket', environment = 'dev', sha = SHA, digest = 'a', subject = 'Sell two at once' } = options;
  const waiting = status === 'waiting';
  const annotations = {
    [annotation.commit]: sha,
    [annotation.subject]: subject,
    [annotation.author]: '홍길동',
    [annotation.run]: `${service}-main-${sha.slice(0, 12)}`,
  };
  const progressing =
    status === 'stuck'
      ? {
          type: 'Progressing',
          status: 'False',
          reason: 'ProgressDeadlineExceeded',
          message: `ReplicaSet "${service}-5d4f8c7b9" has timed out progressing.`,
        }
      : {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: 'has successfully progressed.',
        };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: service,
      namespace: environment,
      uid: `uid-${environment}-${service}`,
      resourceVersion: '1',
      creationTimestamp: at(0),
      generation: 4,
      annotations: waiting ? {} : annotations,
    },
    spec: {
      replicas: 2,
      ...(waiting ? { paused: true } : {}),
      template: {
        spec: {
          containers: [{ name: service, image: `registry.internal:5000/${service}@sha256:${digest.repeat(64)}` }],
        },
      },
    },
    status:
      status === 'live'
        ? {
            observedGeneration: 4,
            replicas: 2,
            updatedReplicas: 2,
            readyReplicas: 2,
            availableReplicas: 2,
            conditions: [progressing],
          }
        : {
            observedGeneration: 4,
            replicas: 3,
            updatedReplicas: 1,
            readyReplicas: 2,
            availableReplicas: 2,
            conditions: [progressing],
          },
  } as Deployment;
}
