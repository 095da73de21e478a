import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { annotation } from './labels.ts';
import type { Reach } from './network-policy.ts';
import { nonRoot, podDefaults, restrictedStep, rootStep, taskPod } from './pod-security.ts';
import { priority } from './priority.ts';
import { amounts, mebibytes, millicores, type Resources } from './resources.ts';
import { kebab, resultVariable, utf8, variable } from './variables.ts';

/**
 * Tekton Tasks and Pipelines as data with names that the compiler checks: a wrong result, param or workspace is an error in the editor.
 * Two rules hold by construction. A param reaches a step as an environment variable, never as script text: Tekton replaces
 * `$(params.x)` before a shell reads it, so text from a push would run as code. And a task that uses another one's result, or the
 * workspace that it wrote, runs after it.
 */

/** Name in camel case → description. A list expands to one argument per item. */
export type Params = Record<string, string | { list: string }>;
export type Results = Record<string, string>;
export type Workspaces = Record<string, string | { readOnly: string }>;

export type Step = {
  name: string;
  image: string;
  command?: readonly string[];
  /** A program of this project, in the image of its programs. Excludes command and script. */
  program?: URL;
  args?: readonly string[];
  /** POSIX shell from a file (`shell`); receives `args`. Excludes `command`. */
  script?: string;
  /** Settings of the platform. Params are environment variables without being listed here. */
  env?: Record<string, string>;
  /** Environment variables from Secrets of the namespace; only this step sees them. */
  secrets?: Record<string, { secret: string; key: string }>;
  /** Volume of the task → mount path. */
  mounts?: Record<string, string>;
  workingDir?: string;
  /** Why this step needs root, and which capabilities. Without this a step runs as a non-root user that can write to volumes only. */
  root?: { why: string; capabilities: readonly string[] };
  resources: Resources;
};

/** References for the steps of a task. `results` are paths of files; a step writes the value without a newline. */
type Own<P, R, W> = {
  params: { [key in keyof P]: string };
  results: { [key in keyof R]: string };
  workspaces: { [key in keyof W]: string };
};

export type Task<
  P extends Params = Params,
  R extends Results = Results,
  W extends Workspaces = Workspaces,
  S extends readonly Step[] = readonly Step[],
> = {
  name: string;
  description: string;
  params: P;
  results: R;
  workspaces: W;
  /** Files of a Secret (an `optional` one may be missing), or an emptyDir with its size limit (`empty`). */
  volumes?: Record<string, { secret: string; optional?: true } | { empty: string }>;
  serviceAccount: string;
  /** Its pods reach this and DNS, and nothing else. */
  reaches: readonly Reach[];
  /** Must not be interrupted: on-demand nodes only. Excludes workspaces, because Tasks that share a volume share a node. */
  onDemand?: boolean;
  /** Retries after a failure. Only for a task that is idempotent. */
  retries: number;
  /** A Go duration in full (`5m0s`), as the API server writes it; otherwise Argo CD shows a difference. */
  timeout: string;
  steps: S;
};

// Not below /workspace: Tekton adds an init container to a step with its working directory there.
const workspacePath = (name: string): string => `/${kebab(name)}`;

// The kubelet also replaces `$(NAME)` and `$$` in arguments, so a script that is passed as an argument must have neither.
const forbidden = /\$\(\s*[\w-]+(?:[.[][^)\n]*)?\)|\$\$/;

/** Where the image of the project's programs has one of them. */
export const bundlePath = (program: URL): string => `/app/${basename(program.pathname, '.ts')}.mjs`;
export const programCommand = (program: URL): string[] => ['node', bundlePath(program)];

/** Functions that scripts may use, in this order before their own text. */
const functions = { step: new URL('../step.sh', import.meta.url), crane: new URL('../crane.sh', import.meta.url) };

/** Reads the script of a task from the file beside it. */
export function shell(file: URL, ...uses: (keyof typeof functions)[]): string {
  const text = [...uses.map((name) => functions[name]), file].map((part) => readFileSync(part, 'utf8')).join('\n');
  const found = forbidden.exec(text);
  if (found)
    throw new Error(
      `${file.pathname}: ${JSON.stringify(found[0])} would be replaced before a shell reads it; take the value from the environment`,
    );
  return text.replaceAll(/\n#!\/bin\/sh(?=\n)/g, '');
}

/** The steps keep their literal types: what the program of one may read follows from them (lib/step.ts). */
export function task<
  const P extends Params,
  const R extends Results,
  const W extends Workspaces,
  const S extends readonly Step[],
>(definition: Omit<Task<P, R, W>, 'steps'> & { steps: (own: Own<P, R, W>) => S }): Task<P, R, W, S> {
  const named = <K extends string>(record: Record<K, unknown>, text: (name: K) => string) =>
    Object.fromEntries(Object.keys(record).map((name) => [name, text(name as K)])) as Record<K, string>;
  const { params, results, workspaces } = definition;
  const own = {
    params: named(params, (name) =>
      typeof params[name] === 'string' ? `$(params.${kebab(name)})` : `$(params.${kebab(name)}[*])`,
    ),
    results: named(results, (name) => `$(results.${kebab(name)}.path)`),
    workspaces: named(workspaces, workspacePath),
  };
  const steps = definition.steps(own as unknown as Own<P, R, W>);
  const twice = steps.find(({ name }, index) => steps.findIndex((other) => other.name === name) !== index);
  if (twice)
    throw new Error(`task ${definition.name}: has step ${twice.name} twice; every step needs a name of its own`);
  // Tekton keeps all pods of a volume on one node, whatever the node labels of a task; the pod could stay Pending for ever.
  if (definition.onDemand && Object.keys(workspaces).length > 0)
    throw new Error(
      `task ${definition.name}: is for on-demand nodes and has a workspace, which binds it to the node of the other tasks`,
    );
  return { ...definition, steps };
}

/** The sizes of the emptyDirs that a step is the first to mount. */
const firstMounts = ({ volumes = {}, steps }: Task, step: Step): string[] =>
  Object.entries(volumes).flatMap(([name, volume]) =>
    'empty' in volume && steps.find(({ mounts = {} }) => name in mounts) === step ? [volume.empty] : [],
  );

/**
 * Kubernetes adds up what the containers of a pod ask for, and steps run one after the other: so of CPU and memory only the step that asks for
 * most does. A step alone in its pod has all of the pod's share.
 */
function requestsOf({ steps }: Task, { resources: { requests } }: Step): Step['resources']['requests'] {
  const own = (name: 'cpu' | 'memory', size: (amount: string) => number) => {
    const most = steps
      .map(({ resources }) => resources.requests)
      .reduce((one, other) => (size(other[name]) > size(one[name]) ? other : one));
    return most === requests ? requests[name] : '0';
  };
  return { cpu: own('cpu', millicores), memory: own('memory', mebibytes) };
}

function stepObject(of: Task, step: Step): object {
  // Params first and secrets last: the kubelet expands `$(NAME)` in a value from the variables before it, so text that somebody
  // pushed can never name a secret.
  const env = [
    utf8,
    ...Object.entries(of.params).flatMap(([name, spec]) =>
      typeof spec === 'string' ? [{ name: variable(name), value: `$(params.${kebab(name)})` }] : [],
    ),
    ...Object.keys(of.results).map((name) => ({
      name: resultVariable(name),
      value: `$(results.${kebab(name)}.path)`,
    })),
    ...Object.entries(step.env ?? {}).map(([name, value]) => ({ name, value })),
    ...Object.entries(step.secrets ?? {}).map(([name, { secret, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
  ];
  return {
    name: step.name,
    image: step.image,
    // As an argument, not as Tekton's `script`: that costs every pod an init container, more than a second, and it needs a shell
    // at a fixed path, where this takes the one on the image's PATH.
    ...(step.script === undefined
      ? { command: step.program ? programCommand(step.program) : step.command, args: step.args }
      : { command: ['sh', '-c'], args: [step.script, ...(step.args ? [step.name, ...step.args] : [])] }),
    env,
    workingDir: step.workingDir,
    computeResources: amounts({ ...step.resources, requests: requestsOf(of, step) }, firstMounts(of, step)),
    securityContext: step.root ? rootStep([...step.root.capabilities]) : restrictedStep,
    volumeMounts: step.mounts
      ? Object.entries(step.mounts).map(([name, mountPath]) => ({ name, mountPath }))
      : undefined,
  };
}

export function taskObject(scope: Construct, of: Task): ApiObject {
  const reasons = of.steps.flatMap((step) => (step.root ? [`${step.name}: ${step.root.why}`] : []));
  return new ApiObject(scope, `task-${of.name}`, {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: {
      name: of.name,
      ...(reasons.length > 0 ? { annotations: { [annotation.runsAsRoot]: reasons.join('; ') } } : {}),
    },
    spec: withoutEmpty({
      description: of.description,
      params: paramSpecs(of.params),
      results: Object.entries(of.results).map(([name, description]) => ({
        name: kebab(name),
        type: 'string',
        description,
      })),
      workspaces: Object.entries(of.workspaces).map(([name, spec]) => ({
        name: kebab(name),
        mountPath: workspacePath(name),
        ...(typeof spec === 'string' ? { description: spec } : { description: spec.readOnly, readOnly: true }),
      })),
      volumes: of.volumes
        ? Object.entries(of.volumes).map(([name, volume]) =>
            'secret' in volume
              ? { name, secret: { secretName: volume.secret, ...(volume.optional ? { optional: true } : {}) } }
              : { name, emptyDir: { sizeLimit: volume.empty } },
          )
        : undefined,
      steps: of.steps.map((step) => stepObject(of, step)),
    }),
  });
}

/** Without empty lists, which the API server drops; otherwise Argo CD shows a difference. */
const withoutEmpty = (record: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => !Array.isArray(value) || value.length > 0));

const paramSpecs = (params: Params) =>
  Object.entries(params).map(([name, spec]) => ({
    name: kebab(name),
    ...(typeof spec === 'string' ? { type: 'string', description: spec } : { type: 'array', description: spec.list }),
  }));

/** A value that is known when the pipeline runs. `after`: the tasks that must finish first. */
export type Ref = { readonly text: string; readonly after: readonly string[] };
export type ListRef = { readonly list: string };
/** A workspace with the output of the tasks in `after`. */
export type WorkspaceRef = {
  readonly workspace: string;
  readonly after: readonly string[];
  /** The only folder of it that a task sees. */
  readonly folder?: string;
};

type RefsOf<P extends Params> = { [key in keyof P]: P[key] extends string ? Ref : ListRef };
type ValuesOf<P extends Params> = {
  [key in keyof P]: P[key] extends string ? string | Ref : readonly string[] | ListRef;
};

/** A task in a pipeline, as later tasks can use it. */
export type PipelineTask<R extends Results, W extends Workspaces> = {
  readonly name: string;
  readonly results: { [key in keyof R]: Ref };
  readonly workspaces: { [key in keyof W]: WorkspaceRef };
};

export type Run = <P extends Params, R extends Results, W extends Workspaces>(
  task: Task<P, R, W>,
  use: {
    params: ValuesOf<P>;
    workspaces: { [key in keyof W]: WorkspaceRef };
    /** Tasks that must succeed first, though this one uses nothing of theirs. */
    runAfter?: readonly { readonly name: string }[];
    /** Runs only if a result has this value. */
    when?: { result: Ref; is: string };
    /** `continue`: a failure does not fail the run. Nothing may depend on the task, and Tekton allows it no retries. */
    onError?: 'continue';
  },
) => PipelineTask<R, W>;

export type Pipeline<P extends Params = Params, W extends Workspaces = Workspaces> = {
  name: string;
  description: string;
  params: P;
  workspaces: W;
  tasks: Task[];
  spec: object;
};

/** The name of the PipelineRun. */
export const runName: Ref = { text: '$(context.pipelineRun.name)', after: [] };

export function pipeline<const P extends Params, const W extends Workspaces>(definition: {
  name: string;
  description: string;
  params: P;
  workspaces: W;
  flow: (
    params: RefsOf<P>,
    workspaces: { [key in keyof W]: WorkspaceRef },
    run: Run,
  ) => Record<string, { description: string; value: Ref }>;
}): Pipeline<P, W> {
  const { name, description, params, workspaces, flow } = definition;
  const tasks: Task[] = [];
  const steps: object[] = [];
  const record = <T>(keys: object, value: (key: string) => T) =>
    Object.fromEntries(Object.keys(keys).map((key) => [key, value(key)]));

  const run: Run = (of, use) => {
    if (tasks.some((other) => other.name === of.name)) throw new Error(`pipeline ${name}: runs task ${of.name} twice`);
    tasks.push(of as unknown as Task);
    const values = Object.entries(use.params) as [string, string | Ref | readonly string[] | ListRef][];
    const spaces = Object.entries(use.workspaces) as [string, WorkspaceRef][];
    const runAfter = new Set([
      ...values.flatMap(([, value]) => (typeof value === 'object' && 'after' in value ? value.after : [])),
      ...spaces.flatMap(([, space]) => space.after),
      ...(use.runAfter ?? []).map(({ name }) => name),
      ...(use.when?.result.after ?? []),
    ]);
    steps.push(
      withoutEmpty({
        name: of.name,
        taskRef: { kind: 'Task', name: of.name },
        params: values.map(([key, value]) => ({
          name: kebab(key),
          value:
            typeof value === 'string' ? value : 'text' in value ? value.text : 'list' in value ? [value.list] : value,
        })),
        workspaces: spaces.map(([key, { workspace, folder }]) => ({
          name: kebab(key),
          workspace,
          ...(folder ? { subPath: folder } : {}),
        })),
        runAfter: [...runAfter].sort(),
        when: use.when ? [{ input: use.when.result.text, operator: 'in', values: [use.when.is] }] : undefined,
        onError: use.onError,
        ...(of.retries > 0 ? { retries: of.retries } : {}),
        timeout: of.timeout,
      }),
    );
    return {
      name: of.name,
      results: record(of.results, (key) => ({ text: `$(tasks.${of.name}.results.${kebab(key)})`, after: [of.name] })),
      workspaces: Object.fromEntries(spaces.map(([key, space]) => [key, { ...space, after: [of.name] }])),
    } as never;
  };

  const results = flow(
    Object.fromEntries(
      Object.entries(params).map(([key, spec]) => [
        key,
        typeof spec === 'string'
          ? { text: `$(params.${kebab(key)})`, after: [] }
          : { list: `$(params.${kebab(key)}[*])` },
      ]),
    ) as RefsOf<P>,
    record(workspaces, (key) => ({ workspace: kebab(key), after: [] })) as unknown as {
      [key in keyof W]: WorkspaceRef;
    },
    run,
  );
  const spec = withoutEmpty({
    description,
    params: paramSpecs(params),
    workspaces: Object.entries(workspaces).map(([key, text]) => ({
      name: kebab(key),
      description: typeof text === 'string' ? text : text.readOnly,
    })),
    tasks: steps,
    results: Object.entries(results).map(([key, { description, value }]) => ({
      name: kebab(key),
      type: 'string',
      description,
      value: value.text,
    })),
  });
  return { name, description, params, workspaces, tasks, spec };
}

export const pipelineObject = (scope: Construct, of: Pipeline): ApiObject =>
  new ApiObject(scope, `pipeline-${of.name}`, {
    apiVersion: 'tekton.dev/v1',
    kind: 'Pipeline',
    metadata: { name: of.name },
    spec: of.spec,
  });

/** What `pipelineRunSpec` gives. */
export type RunSpec = ReturnType<typeof pipelineRunSpec>;

/** Params of a run of the pipeline. */
export type RunParams<P extends Params> = { [key in keyof P]: P[key] extends string ? string : readonly string[] };

/** A PipelineRun without apiVersion and metadata. `volumes`, one for each workspace, are created for the run and deleted with it. */
export function pipelineRunSpec<P extends Params, W extends Workspaces>(
  of: Pipeline<P, W>,
  given: {
    params: RunParams<P>;
    volumes: { [key in keyof W]: { storage: string; storageClassName: string } };
    timeouts: { pipeline: string; tasks: string; finally: string };
    /** Labels of the nodes for on-demand tasks. */
    onDemandNodes: Record<string, string>;
    /** Label and taint of the nodes for tasks with a workspace: they share its node, and some of them run what was pushed. */
    ownNodes: { key: string; value: string } | undefined;
  },
) {
  const { ownNodes, onDemandNodes } = given;
  const podTemplate = {
    ...podDefaults,
    priorityClassName: priority.run,
    securityContext: taskPod,
  };
  /** Of the run, so that Tekton's affinity assistant, which chooses the node of the volume, gets it too. */
  const own = ownNodes
    ? {
        nodeSelector: { [ownNodes.key]: ownNodes.value },
        tolerations: [{ ...ownNodes, operator: 'Equal', effect: 'NoSchedule' }],
      }
    : {};
  const elsewhere = (onDemand: boolean) => {
    const onDemandOnly = onDemand && Object.keys(onDemandNodes).length > 0;
    return {
      ...(onDemandOnly || ownNodes ? { nodeSelector: onDemandOnly ? onDemandNodes : anyNode } : {}),
      ...(ownNodes ? { tolerations: [everyPods] } : {}),
    };
  };
  return {
    pipelineRef: { name: of.name },
    params: Object.entries<string | readonly string[]>(given.params).map(([key, value]) => ({
      name: kebab(key),
      value,
    })),
    workspaces: Object.entries(given.volumes).map(([key, { storage, storageClassName }]) => ({
      name: kebab(key),
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
      },
    })),
    timeouts: given.timeouts,
    taskRunTemplate: { podTemplate: { ...podTemplate, ...own } },
    taskRunSpecs: of.tasks.map(({ name, serviceAccount, steps, workspaces, onDemand = false }) => ({
      pipelineTaskName: name,
      serviceAccountName: serviceAccount,
      // Tekton's own init containers then run as non-root too. Complete, because not every Tekton merges it with that of the run.
      ...(steps.some((step) => step.root)
        ? {}
        : {
            podTemplate: {
              ...podTemplate,
              ...(Object.keys(workspaces).length > 0 ? own : elsewhere(onDemand)),
              securityContext: { ...taskPod, ...nonRoot },
            },
          }),
    })),
  };
}

// Tekton merges the template of a task with that of the run, field by field, and drops an empty one. So what a task must not have of the run
// it has in a way that every pod has.
const anyNode = { 'kubernetes.io/os': 'linux' };
/** Kubernetes gives this toleration to every pod. */
const everyPods = {
  key: 'node.kubernetes.io/not-ready',
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
};
