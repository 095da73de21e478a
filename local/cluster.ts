import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { seoul } from './paths.ts';
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

const api = () => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig(seoul));
  return config.makeApiClient(CustomObjectsApi);
};
let client: CustomObjectsApi | undefined;
const custom = () => {
  client ??= api();
  return client;
};

const tekton = { group: 'tekton.dev', version: 'v1', namespace: 'ci' };
const list = async <T>(plural: string, labelSelector?: string): Promise<T[]> =>
  (
    (await custom().listNamespacedCustomObject({ ...tekton, plural, ...(labelSelector ? { labelSelector } : {}) })) as {
      items: T[];
    }
  ).items;

export const pipelineRuns = (selector?: string) => list<Run>('pipelineruns', selector);
export const taskRuns = (run: string) =>
  list<Run & { metadata: { labels: Record<string, string> } }>('taskruns', `tekton.dev/pipelineRun=${run}`);
export const application = async (name: string) =>
  (await custom().getNamespacedCustomObject({
    group: 'argoproj.io',
    version: 'v1alpha1',
    namespace: 'argocd',
    plural: 'applications',
    name,
  })) as Application;

export const succeeded = (run: Run | undefined) => run?.status?.conditions?.find(({ type }) => type === 'Succeeded');
export const result = (run: Run | undefined, name: string) =>
  [...(run?.status?.results ?? []), ...(run?.status?.taskResults ?? [])].find((entry) => entry.name === name)?.value;
