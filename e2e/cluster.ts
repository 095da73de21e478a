import { label } from '../lib/kube/labels.ts';
import { hasEnded, type PipelineRun, succeeded, type TaskRun, taskName } from '../lib/kube/objects.ts';
import { until } from '../local/machine/process.ts';
import { pipelineRuns, taskRuns } from '../local/region/cluster.ts';
import { kubectl } from '../local/region/region.ts';
import { type Region, seoul } from '../local/topology.ts';
import { shortHash } from './forge.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, of which a test reads what it is about
export const object = async (region: Region, ...what: string[]): Promise<any> =>
  JSON.parse(await kubectl(region, ['get', ...what, '-o', 'json']));

export const runsOf = (commit: string) => pipelineRuns(`${label.commit}=${commit}`);

export const started = (commit: string, seconds = 120): Promise<PipelineRun> =>
  until(`run of ${shortHash(commit)}`, seconds, async () => (await runsOf(commit))[0]);

const endOf = (what: string, selector: string, seconds: number): Promise<PipelineRun> =>
  until(
    what,
    seconds,
    async () => {
      const [run] = await pipelineRuns(selector);
      return run && hasEnded(run) ? run : undefined;
    },
    // Asking costs the cluster, too.
    1000,
  );
/** Waits for the end of the run of a commit. */
export const ended = (commit: string, seconds = 450): Promise<PipelineRun> =>
  endOf(`end of the run of ${shortHash(commit)}`, `${label.commit}=${commit}`, seconds);

/** A task of the run of a commit, if that has come to it. */
export const taskOf = async (commit: string, task: string): Promise<TaskRun | undefined> =>
  (await taskRuns((await started(commit)).metadata.name)).find((taskRun) => taskName(taskRun) === task);

/** The tasks of a run that failed by themselves. */
export const failedTasks = async (run: PipelineRun): Promise<TaskRun[]> =>
  (await taskRuns(run.metadata.name)).filter(
    (task) => succeeded(task)?.status === 'False' && !/Cancel/.test(succeeded(task)?.reason ?? ''),
  );
export const stoppedAt = async (commit: string) => (await failedTasks(await ended(commit))).map(taskName);

export type Pod = {
  metadata: { name: string; uid: string; labels: Record<string, string>; annotations: Record<string, string> };
  status: { phase: string };
};
/** The pods of the run of a commit, as they are now. */
export async function podsOf(commit: string): Promise<(Pod & { task: string })[]> {
  const [run] = await runsOf(commit);
  const { items } = await object(seoul, 'pods', '-n', 'ci', '-l', `tekton.dev/pipelineRun=${run?.metadata.name}`);
  return (items as Pod[]).map((pod) => ({ ...pod, task: pod.metadata.labels['tekton.dev/pipelineTask'] as string }));
}

/** Waits until no run has a volume any more. */
export const noVolumes = () =>
  until('volumes', 120, async () => (await kubectl(seoul, ['get', 'pvc', '-n', 'ci', '-o', 'name'])) === '');

/** The run that a service's trigger template makes, for a commit. */
export const runFromTemplate = async (service: string, commit: string) => {
  const { spec } = await object(seoul, 'triggertemplate', service, '-n', 'ci');
  const given: Record<string, string> = {
    ...{ commit, short: shortHash(commit) },
    ...{ subject: 'From a test', author: 'Kim', redelivered: '' },
  };
  return JSON.parse(
    JSON.stringify(spec.resourcetemplates[0]).replace(/\$\(tt\.params\.(\w+)\)/g, (_, name) => given[name] as string),
  );
};

type PipelineTask = { name: string; runAfter?: string[] };
/** As long as the tests before and the slowest build take on two busy cores. */
const partSeconds = 420;

/**
 * Runs some tasks of the Pipeline `deliver` over a commit of a service, with what they need of it: the rendered Tasks, with the params,
 * accounts and workspaces of a push, without the rest, and without the gates in `without`. As the administrator, because the
 * EventListener may start the whole only; and without the labels of a service's run, so that nobody is notified. Gives the run when
 * it has ended.
 */
export async function runTasks(
  service: string,
  commit: string,
  names: string[],
  without: string[] = [],
): Promise<PipelineRun> {
  const { spec } = await object(seoul, 'pipeline', 'deliver', '-n', 'ci');
  const all = (spec.tasks as PipelineTask[])
    .filter((task) => !without.includes(task.name))
    .map(({ runAfter = [], ...task }) => ({ ...task, runAfter: runAfter.filter((name) => !without.includes(name)) }));
  const needed = new Set<string>();
  const need = (name: string) => {
    needed.add(name);
    for (const before of all.find((task) => task.name === name)?.runAfter ?? []) need(before);
  };
  for (const name of names) need(name);
  const run = await runFromTemplate(service, commit);
  const name = `part-${service}-${shortHash(commit)}-${Date.now()}`;
  run.metadata = { name, namespace: 'ci', labels: { part: name }, annotations: run.metadata.annotations };
  delete run.spec.pipelineRef;
  run.spec.pipelineSpec = {
    params: spec.params,
    workspaces: spec.workspaces,
    tasks: all.filter((task) => needed.has(task.name)),
  };
  run.spec.taskRunSpecs = (run.spec.taskRunSpecs as { pipelineTaskName: string }[]).filter(({ pipelineTaskName }) =>
    needed.has(pipelineTaskName),
  );
  await kubectl(seoul, ['create', '-f', '-'], JSON.stringify(run));
  return endOf(name, `part=${name}`, partSeconds);
}

/** Deletes a run with its pods and its volume. */
export const deleteRun = (name: string, ...options: string[]) =>
  kubectl(seoul, ['delete', 'pipelinerun', '-n', 'ci', '--ignore-not-found', ...options, name]);

/** What one step of a task of a run wrote. */
export const logOf = (taskRun: TaskRun | undefined, step: string) =>
  kubectl(seoul, ['logs', '-n', 'ci', taskRun?.status?.podName ?? 'none', '-c', `step-${step}`]);
