import { readFileSync } from 'node:fs';
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { type Region, seoul } from '../topology.ts';
import { kubeconfig } from './region.ts';

/** The few fields of Tekton's and Argo CD's objects that the loop and the tests look at. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message?: string;
}
export interface Run {
  metadata: {
    name: string;
    uid: string;
    creationTimestamp: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  status?: {
    conditions?: Condition[];
    startTime?: string;
    completionTime?: string;
    results?: { name: string; value: string }[];
    taskResults?: { name: string; value: string }[];
    podName?: string;
  };
}
export interface Application {
  metadata: { name: string };
  status?: {
    sync?: { status?: string; revision?: string };
    health?: { status?: string };
    conditions?: { type: string; message: string }[];
    history?: { revision: string }[];
  };
}

const clients = new Map<string, CustomObjectsApi>();
/** A region that was made anew has other keys: the client of its old ones would be refused for ever. */
const custom = (region = seoul): CustomObjectsApi => {
  const keys = readFileSync(kubeconfig(region), 'utf8');
  const known = clients.get(keys);
  if (known) return known;
  const config = new KubeConfig();
  config.loadFromString(keys);
  const made = config.makeApiClient(CustomObjectsApi);
  clients.set(keys, made);
  return made;
};

const tekton = { group: 'tekton.dev', version: 'v1', namespace: 'ci' };
/**
 * As the API server has them in memory, which is what its watchers know at that moment. Without a resourceVersion it reads and decodes all
 * that etcd has of the kind, whatever the selector: 0.25 s of its time for the tasks of one run in ten, and we ask twice a second.
 */
const list = async <T>(plural: string, labelSelector?: string): Promise<T[]> => {
  const asked = { ...tekton, plural, resourceVersion: '0', ...(labelSelector ? { labelSelector } : {}) };
  return ((await custom().listNamespacedCustomObject(asked)) as { items: T[] }).items;
};

export const pipelineRuns = (selector?: string) => list<Run>('pipelineruns', selector);
export const taskRuns = (run: string) =>
  list<Run & { metadata: { labels: Record<string, string> } }>('taskruns', `tekton.dev/pipelineRun=${run}`);
export const application = async (name: string, region: Region = seoul) =>
  (await custom(region).getNamespacedCustomObject({
    group: 'argoproj.io',
    version: 'v1alpha1',
    namespace: 'argocd',
    plural: 'applications',
    name,
  })) as Application;

export const succeeded = (run: Run | undefined) => run?.status?.conditions?.find(({ type }) => type === 'Succeeded');
export const result = (run: Run | undefined, name: string) =>
  [...(run?.status?.results ?? []), ...(run?.status?.taskResults ?? [])].find((entry) => entry.name === name)?.value;
