import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountConfig, kubeClient } from '../../lib/kube/client.ts';
import { label } from '../../lib/kube/labels.ts';
import { isEndNotified } from '../../lib/kube/notified.ts';
import { hasEnded, type PipelineRun, pipelineRuns } from '../../lib/kube/objects.ts';

/** What the program reads of a PipelineRun; all of them whole would be some 20 kB each. */
export type Run = {
  name: string;
  uid: string;
  resourceVersion: string;
  service: string | undefined;
  createdAt: string;
  isDone: boolean;
  /** The notifier has notified its end. */
  isNotified: boolean;
};

export type Cluster = ReturnType<typeof openCluster>;

/** `account` is the folder that the kubelet mounts into a pod, with the token, the API server's authority and the namespace. */
export function openCluster({ api, account, signal }: { api: string; account: string; signal: AbortSignal }) {
  const client = kubeClient(accountConfig(api, account), { signal });
  const namespace = readFileSync(join(account, 'namespace'), 'utf8').trim();
  return {
    runs: async (): Promise<Run[]> => (await client.list(pipelineRuns, namespace, { pageSize: 100 })).map(runOf),
    hasRun: async (name: string) => (await client.get(pipelineRuns, namespace, name)) !== undefined,
    /** Deletes the run as it was read, and with it its pods and volumes; false where it has changed since, or is gone. */
    deleteRun: (run: Run) => client.delete(pipelineRuns, namespace, run),
    /** The same, and the run is there until all that it owns is gone: a new run of its name would take those tasks for its own. */
    deleteRunLast: (run: Run) => client.delete(pipelineRuns, namespace, run, 'Foreground'),
  };
}

function runOf(run: PipelineRun): Run {
  const { name, uid, resourceVersion, labels, annotations, creationTimestamp } = run.metadata;
  return {
    name,
    uid,
    resourceVersion,
    service: labels?.[label.service],
    createdAt: creationTimestamp,
    isDone: hasEnded(run),
    isNotified: isEndNotified(annotations),
  };
}
