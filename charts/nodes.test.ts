import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { nodePools, priorityClasses } from './nodes.ts';

const nodes = {
  cluster: 'shop',
  role: 'shop-node',
  image: 'al2023@latest',
  limits: { cpu: '10', memory: '40Gi' },
};
const objects = manifests(undefined, (chart) => {
  priorityClasses(chart);
  nodePools(chart, nodes, { key: 'example/nodes', value: 'runs' });
});
const named = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

test('spot weighs more than on-demand', () => {
  const [spot, onDemand] = ['spot', 'on-demand'].map((name) => named('NodePool', name)?.spec);
  expect(spot.weight).toBeGreaterThan(onDemand.weight);
  const capacity = (spec: typeof spot) =>
    spec.template.spec.requirements.find(({ key }: { key: string }) => key === 'karpenter.sh/capacity-type').values;
  expect([capacity(spot), capacity(onDemand)]).toEqual([['spot'], ['on-demand']]);
});

test('runs have nodes of their own, by label and taint, and no other pool has either', () => {
  const templates = Object.fromEntries(
    objects.filter(({ kind }) => kind === 'NodePool').map(({ metadata, spec }) => [metadata.name, spec.template]),
  );
  expect(templates.runs.metadata.labels).toEqual({ 'example/nodes': 'runs' });
  expect(templates.runs.spec.taints).toEqual([{ key: 'example/nodes', value: 'runs', effect: 'NoSchedule' }]);
  for (const pool of ['spot', 'on-demand'])
    expect([templates[pool].metadata, templates[pool].spec.taints]).toEqual([undefined, undefined]);
});

test('where there are no runs there is no pool for them', () => {
  const names = manifests(undefined, (chart) => nodePools(chart, nodes, undefined)).map(
    ({ metadata }) => metadata.name,
  );
  expect(names).toEqual(['default', 'spot', 'on-demand']);
});

test('the metadata service of a node does not answer pods', () => {
  expect(named('EC2NodeClass', 'default')?.spec.metadataOptions).toMatchObject({
    httpTokens: 'required',
    httpPutResponseHopLimit: 1,
  });
});

test('services have priority over runs, and runs preempt nobody', () => {
  const [service, run] = [named('PriorityClass', 'service'), named('PriorityClass', 'run')];
  expect(service?.value).toBeGreaterThan(run?.value);
  expect(run?.preemptionPolicy).toBe('Never');
});
