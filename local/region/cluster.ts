import { readFileSync } from 'node:fs';
import type { Client } from '../../lib/kube/client.ts';
import {
  type Application,
  applications as ofArgoCd,
  type PipelineRun,
  pipelineRuns as runs,
  type TaskRun,
  taskRuns as tasks,
} from '../../lib/kube/objects.ts';
import { type Region, seoul } from '../topology.ts';
import { kubeconfig } from './region.ts';

const clients = new Map<string, Client>();
/** A recreated region has new keys, so a client with the old ones must be replaced. */
async function clientOf(region: Region): Promise<Client> {
  const keys = readFileSync(kubeconfig(region), 'utf8');
  const known = clients.get(keys);
  if (known) return known;
  // Half of the time that commands take to start, which mostly ask no cluster.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const { kubeClient } = await import('../../lib/kube/client.ts');
  const config = new KubeConfig();
  config.loadFromString(keys);
  const made = kubeClient(config);
  clients.set(keys, made);
  return made;
}

// From the cache, because we ask twice a second.
export const pipelineRuns = async (labelSelector?: string): Promise<PipelineRun[]> =>
  (await clientOf(seoul)).list(runs, 'ci', { labelSelector, fromCache: true });
export const taskRuns = async (run: string): Promise<TaskRun[]> =>
  (await clientOf(seoul)).list(tasks, 'ci', { labelSelector: `tekton.dev/pipelineRun=${run}`, fromCache: true });
// Not from the cache, which may be older than what was just written.
export const applications = async (region: Region): Promise<Application[]> =>
  (await clientOf(region)).list(ofArgoCd, 'argocd');
export async function application(name: string, region: Region = seoul): Promise<Application> {
  const found = await (await clientOf(region)).get(ofArgoCd, 'argocd', name);
  if (!found) throw new Error(`${region.name}: there is no Application ${name}`);
  return found;
}
