import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { nodePools, priorityClasses } from './nodes.ts';

const objects = manifests(undefined, (chart) => {
  priorityClasses(chart);
  nodePools(chart, {
    cluster: 'shop',
    role: 'shop-node',
    image: 'al2023@latest',
    limits: { cpu: '10', memory: '40Gi' },
  });
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
