/**
 * Objects as the API server returns them: of Tekton (tekton.dev/v1), Argo CD (argoproj.io/v1alpha1) and Kubernetes the fields that
 * some program here reads, with the names and optionality of their Go types.
 */
export type ObjectMeta = {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  /** Deployments only */
  lastUpdateTime?: string;
};

/** A result is a string unless its Task declares an array or an object. */
export type Result = { name: string; value: string | string[] | Record<string, string> };

export type PipelineRun = {
  metadata: ObjectMeta;
  status?: {
    conditions?: Condition[];
    startTime?: string;
    completionTime?: string;
    results?: Result[];
    childReferences?: { kind?: string; name?: string; pipelineTaskName?: string }[];
  };
};

export type TaskRun = {
  metadata: ObjectMeta;
  status?: {
    conditions?: Condition[];
    startTime?: string;
    completionTime?: string;
    podName?: string;
    results?: Result[];
    steps?: {
      name?: string;
      terminationReason?: string;
      terminated?: { exitCode?: number; reason?: string; message?: string };
      waiting?: { reason?: string; message?: string };
    }[];
  };
};

export type Application = {
  metadata: ObjectMeta;
  spec?: { destination?: { server?: string; name?: string; namespace?: string } };
  /** a requested operation that the controller has not taken up yet */
  operation?: unknown;
  status?: {
    sync?: { status?: string; revision?: string };
    health?: { status?: string; message?: string; lastTransitionTime?: string };
    conditions?: { type: string; message?: string; lastTransitionTime?: string }[];
    resources?: { kind?: string; name?: string; status?: string; health?: { status?: string; message?: string } }[];
    /** one entry a sync; Argo CD keeps the last ten */
    history?: { revision?: string }[];
    operationState?: {
      phase?: string;
      message?: string;
      startedAt?: string;
      finishedAt?: string;
      retryCount?: number;
      syncResult?: {
        revision?: string;
        resources?: { kind?: string; name?: string; status?: string; hookPhase?: string; message?: string }[];
      };
    };
  };
};

export type Deployment = {
  metadata: ObjectMeta;
  spec?: {
    replicas?: number;
    paused?: boolean;
    template?: { spec?: { containers?: { name: string; image?: string }[] } };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: Condition[];
  };
};

/** Tekton moves this condition of a run from Unknown to True or False once, for good. */
export const succeeded = (run: PipelineRun | TaskRun | undefined): Condition | undefined =>
  run?.status?.conditions?.find(({ type }) => type === 'Succeeded');

export function hasEnded(run: PipelineRun | TaskRun): boolean {
  const status = succeeded(run)?.status;
  return status === 'True' || status === 'False';
}

/** The string result of that name; undefined where there is none. */
export function resultOf(run: PipelineRun | TaskRun | undefined, name: string): string | undefined {
  const value = run?.status?.results?.find((result) => result.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The name that the Pipeline gives to the task of a TaskRun. */
export const taskName = (taskRun: TaskRun): string | undefined => taskRun.metadata.labels?.['tekton.dev/pipelineTask'];

/** A namespaced kind as its path spells it, and the type of its objects. */
export type Resource<T> = { group: string; version: string; plural: string; object?: T };
export const pipelineRuns: Resource<PipelineRun> = { group: 'tekton.dev', version: 'v1', plural: 'pipelineruns' };
export const taskRuns: Resource<TaskRun> = { group: 'tekton.dev', version: 'v1', plural: 'taskruns' };
export const applications: Resource<Application> = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
};
export const deployments: Resource<Deployment> = { group: 'apps', version: 'v1', plural: 'deployments' };
