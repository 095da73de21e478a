import type { Commit, Failure, Link, RunEnded, RunResult } from '../alerts/event.ts';
import { annotation, label } from '../lib/kube/labels.ts';
import { type PipelineRun, resultOf, succeeded, type TaskRun, taskName } from '../lib/kube/objects.ts';
import { oneLine } from '../lib/text.ts';

/** Addresses for people; the forge's includes the owner, e.g. `https://github.com/tickets-example`. */
export type Addresses = { forge: string; argocd: string | undefined };

export function endedAt(run: PipelineRun): Date {
  return new Date(
    run.status?.completionTime ?? succeeded(run)?.lastTransitionTime ?? run.metadata.creationTimestamp ?? 0,
  );
}

export function runResult(run: PipelineRun): RunResult {
  const condition = succeeded(run);
  if (condition?.status === 'True') {
    const outcome = resultOf(run, 'outcome');
    return outcome === 'released' || outcome === 'superseded' || outcome === 'unchanged' ? outcome : 'succeeded';
  }
  switch (condition?.reason) {
    case 'Cancelled':
      return 'cancelled';
    case 'PipelineRunTimeout':
      return 'timed out';
    case 'Failed':
    case 'CreateRunFailed': // the API server refused a TaskRun (quota, admission): the run itself was valid
    case 'CouldntGetPipelineResult':
      return 'failed';
    case 'PipelineValidationFailed':
      return 'rejected';
    default: // about thirty reasons (PipelineRunReason…): a missing parameter, an unknown task, a wrong workspace, …
      return run.status?.childReferences?.length ? 'failed' : 'rejected';
  }
}

export function runEvent(run: PipelineRun, taskRuns: TaskRun[], addresses: Addresses): RunEnded {
  const { labels = {}, name, namespace } = run.metadata;
  const service = labels[label.service] ?? name;
  const result = runResult(run);
  const event: RunEnded = {
    kind: 'run',
    result,
    service,
    environment: labels[label.environment] ?? '',
    at: endedAt(run),
    subject: `${namespace}/${name}`,
    links: [],
  };
  const commit = commitOf(labels[label.commit], run.metadata.annotations);
  if (commit) {
    event.commit = commit;
    event.links.push(commitLink(addresses, service, commit.sha));
  }
  if (run.status?.startTime && run.status.completionTime) {
    event.duration = (Date.parse(run.status.completionTime) - Date.parse(run.status.startTime)) / 1000;
  }
  const notes: string[] = [];
  if (run.metadata.annotations?.[annotation.redelivered] === 'true')
    notes.push(
      `The webhook of this push started no run; the push was redelivered. If every push of ${service} says so, correct its webhook on the forge: content type application/json, event push, its own secret.`,
    );
  const off = run.metadata.annotations?.[annotation.gatesOff];
  if (off) notes.push(`Off on this platform: ${off}.`);
  for (const name of ['quality', 'scan']) {
    const summary = resultOf(run, name);
    if (summary !== undefined) notes.push(summary);
  }
  if (resultOf(run, 'replica') === 'late')
    notes.push('The replica registry does not have the image yet: dr stays at its last release until it has.');
  if (notes.length > 0) event.note = notes.join('\n');
  if (succeeded(run)?.status === 'False') event.failure = failureOf(run, taskRuns);
  return event;
}

export function commitOf(sha: string | undefined, annotations: Record<string, string> = {}): Commit | undefined {
  // Only a full hash is linked: the value stands in an address.
  if (sha === undefined || !/^[0-9a-f]{40}$/.test(sha)) return undefined;
  return {
    sha,
    subject: annotations[annotation.subject] ?? '',
    author: annotations[annotation.author] ?? '',
  };
}

/** GitHub and Gitea share this form of address. */
export function commitLink(addresses: Addresses, service: string, sha: string): Link {
  return { label: 'commit', url: `${addresses.forge}/${encodeURIComponent(service)}/commit/${sha}` };
}

/** With `onError: continue` a failed task ends no run (Tekton writes the annotation on its TaskRuns). */
const mayFail = ({ metadata }: TaskRun) =>
  metadata.annotations?.['pipeline.tekton.dev/pipeline-task-on-error'] === 'continue';

/**
 * The task that ended the run: of the failed ones the first that failed by itself (its end stopped the others, which then show
 * TaskRunCancelled), else the first that was cancelled or timed out with the run.
 */
function failureOf(run: PipelineRun, taskRuns: TaskRun[]): Failure {
  const own = succeeded(run);
  const children = new Map((run.status?.childReferences ?? []).map((child) => [child.name, child.pipelineTaskName]));
  const failed = taskRuns
    .filter((taskRun) => succeeded(taskRun)?.status === 'False' && !mayFail(taskRun))
    .sort((a, b) => Number(isCancelled(a)) - Number(isCancelled(b)) || timeOf(a) - timeOf(b));
  const first = failed[0];
  const condition = first && succeeded(first);
  if (!first || !condition) return { reason: own?.reason ?? 'Unknown', message: own?.message ?? '' };
  // A gate says in a result of its own why it did not pass; Tekton only that a step ended with a status.
  // In one line: the code of a push can write the results of its own pod, and further lines would read as the notifier's own.
  const verdict = oneLine(resultOf(first, 'reason') ?? '', 1000);
  const message = verdict || (condition.message ?? '');
  const failure: Failure = { reason: condition.reason ?? 'Unknown', message };
  const task = taskName(first) ?? children.get(first.metadata.name);
  if (task !== undefined) failure.task = task;
  // After the step that failed, the entrypoint ends the others with exit code 1 and "Skipped"; "Continued" is onError: continue.
  const step = first.status?.steps?.find(
    ({ terminated, terminationReason }) =>
      (terminated?.exitCode ?? 0) !== 0 && terminationReason !== 'Skipped' && terminationReason !== 'Continued',
  );
  if (step) {
    if (step.name !== undefined) failure.step = step.name;
    // The step that gives a reason only sums up what another one said.
    const of = verdict ? '--all-containers' : `-c step-${step.name}`;
    if (step.name !== undefined && first.status?.podName)
      failure.message += `\nkubectl logs -n ${first.metadata.namespace} ${first.status.podName} ${of}`;
    if (step.terminated?.exitCode !== undefined) failure.exitCode = step.terminated.exitCode;
    const how = step.terminationReason ?? step.terminated?.reason;
    if (how !== undefined && how !== 'Error' && how !== failure.reason) failure.reason += ` (${how})`;
  } else {
    // A pod that never ran: the container says why (ImagePullBackOff, CreateContainerConfigError, …).
    const waiting = first.status?.steps?.find((candidate) => candidate.waiting?.reason);
    if (waiting?.name !== undefined) failure.step = waiting.name;
    if (waiting?.waiting?.reason && waiting.waiting.reason !== failure.reason)
      failure.reason += ` (${waiting.waiting.reason})`;
  }
  return failure;
}

const isCancelled = (taskRun: TaskRun) => succeeded(taskRun)?.reason === 'TaskRunCancelled';
const timeOf = (taskRun: TaskRun) => Date.parse(taskRun.status?.completionTime ?? '9999-12-31T00:00:00Z');
