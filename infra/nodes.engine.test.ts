import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readOnlyModule } from '../local/engines/engines.ts';
import { sleep, until } from '../local/machine/process.ts';
import { type Kwok, startKwok } from './kwok.testing.ts';
import { prices, pricesOf } from './models/prices.ts';
import type { Json } from './rules/stacks.ts';

/** The rendered pools, but for the class of their nodes: AWS's needs AWS. */
const repository = dirname(import.meta.dirname);
const rendered = (path: string): Json => parse(readFileSync(join(repository, 'rendered/seoul', path), 'utf8'));
const pools: Json[] = readdirSync(join(repository, 'rendered/seoul/cluster'))
  .filter((name) => name.startsWith('nodepool-'))
  .map((name) => rendered(`cluster/${name}`));
const run = rendered('ci/triggertemplate-ticket.yaml').spec.resourcetemplates.find(
  ({ kind }: Json) => kind === 'PipelineRun',
);
const build = run.spec.taskRunSpecs.find(({ pipelineTaskName }: Json) => pipelineTaskName === 'unit-test').podTemplate;
const key = 'karpenter.sh/do-not-disrupt';

let on: Kwok;
beforeAll(async () => {
  on = await startKwok();
  const classes = { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: 'default' };
  on.apply(
    { apiVersion: 'karpenter.kwok.sh/v1alpha1', kind: 'KWOKNodeClass', metadata: { name: 'default' }, spec: {} },
    ...['service', 'run'].map((name) => rendered(`cluster/priorityclass-${name}.yaml`)),
    ...pools.map((pool) => {
      const copy = structuredClone(pool);
      copy.spec.template.spec.nodeClassRef = classes;
      return copy;
    }),
  );
  await on.karpenter('spot', 'on-demand');
  // The first time it compiles Kubernetes and Karpenter.
}, 60 * 60_000);
afterAll(() => on?.stop());

const deployment = (name: string, replicas: number, spec: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        priorityClassName: 'service',
        containers: [{ name, image: 'none', resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
        ...spec,
      },
    },
  },
});
/** A pod of a run, with what the pipeline gives it. */
const buildPod = (name: string, annotations: object = { [key]: run.metadata.annotations[key] }, cpu = '1'): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', annotations, labels: { app: 'build' } },
  spec: {
    ...{ nodeSelector: build.nodeSelector, tolerations: build.tolerations, priorityClassName: build.priorityClassName },
    containers: [{ name: 'step', image: 'none', resources: { requests: { cpu, memory: '2Gi' } } }],
  },
});

/** For `until`: true, or why not yet. */
function check(isSo: boolean, why: string): true {
  if (!isSo) throw new Error(why);
  return true;
}

/** Nodes with the pods of these names, once all of them have one. */
async function nodesOf(app: string, pods: number): Promise<Json[]> {
  return until(`${pods} pods of ${app} have nodes`, 180, async () => {
    const placed = on
      .get('pods', '-l', `app=${app}`)
      .filter(({ spec, metadata }) => spec.nodeName && !metadata.deletionTimestamp);
    const names = new Set(placed.map(({ spec }) => spec.nodeName));
    if (placed.length !== pods) throw new Error(`${placed.length} of ${pods}`);
    return on.get('nodes').filter(({ metadata }) => names.has(metadata.name));
  });
}
const of = (nodes: readonly Json[], label: string): string[] =>
  [...new Set(nodes.map(({ metadata }) => metadata.labels[label]))].sort();
const capacity = 'karpenter.sh/capacity-type';
const pool = 'karpenter.sh/nodepool';

test('S7: pods of services get spot nodes, of the types that the pools allow', async () => {
  on.apply(deployment('web', 12));
  const nodes = await nodesOf('web', 12);
  expect([of(nodes, capacity), of(nodes, pool)]).toEqual([['spot'], ['spot']]);
  // Two others were cheaper, and no pool allows them.
  for (const type of of(nodes, 'node.kubernetes.io/instance-type')) expect(type).toMatch(/^[cmr](?:[5-9])/);
}, 240_000);

test('S7: a pod that selects on-demand gets it while there is spot', async () => {
  on.apply(
    deployment('notifier', 1, {
      nodeSelector: rendered('notifier/deployment-notifier.yaml').spec.template.spec.nodeSelector,
    }),
  );
  const nodes = await nodesOf('notifier', 1);
  expect([of(nodes, capacity), of(nodes, pool)]).toEqual([['on-demand'], ['on-demand']]);
}, 240_000);

test('S7: builds have a pool of their own, and nothing else comes to its nodes', async () => {
  on.apply(buildPod('build-1'));
  const nodes = await nodesOf('build', 1);
  expect([of(nodes, capacity), of(nodes, pool)]).toEqual([['spot'], ['runs']]);
  on.apply(deployment('web', 30));
  const others = await nodesOf('web', 30);
  // Some may be beside the notifier, where there is room; none is beside a build.
  expect(of(others, pool)).toContain('spot');
  expect(of(others, pool)).not.toContain('runs');
}, 240_000);

test('S7: what is idle goes', async () => {
  const cores = () =>
    on
      .get('nodes')
      .filter(({ metadata }) => metadata.labels[pool] === 'spot')
      .reduce((sum, { status }) => sum + Number.parseFloat(status.capacity.cpu), 0);
  const before = cores();
  on.apply(deployment('web', 2));
  await until(
    'fewer cores',
    400,
    async () => check(cores() <= before / 2, `${cores()} of ${before} cores are there`),
    3000,
  );
  expect(await nodesOf('web', 2)).not.toEqual([]);
}, 500_000);

test('S7: a node with a run stays, though its run would fit on another one, until nothing forbids it', async () => {
  const runs = () => on.get('nodes').filter(({ metadata }) => metadata.labels[pool] === 'runs');
  // The node of build-1 has no room for these two; when the great one has ended, the other node has room for build-1.
  on.apply(buildPod('build-great', undefined, '5'), buildPod('build-2'));
  await nodesOf('build', 3);
  expect(runs()).toHaveLength(2);
  on.kubectl('delete', 'pod', 'build-great', '--wait=false');
  // Twice what Karpenter waits before it takes an idle node, and more.
  await sleep(150_000);
  expect(runs()).toHaveLength(2);
  expect(on.get('pods', '-l', 'app=build').map(({ metadata }) => metadata.name)).toEqual(['build-1', 'build-2']);
  // As if the pipeline had not said so.
  on.kubectl('annotate', 'pod', '-l', 'app=build', `${key}-`);
  await until('one node of runs', 400, async () => check(runs().length < 2, 'both are there'), 3000);
  on.kubectl('delete', 'pod', '-l', 'app=build', '--wait=false');
  await until('no node of runs', 400, async () => check(runs().length === 0, 'one is there'), 3000);
}, 1_200_000);

test('S7: where spot is refused, on-demand comes in its place', async () => {
  on.kubectl('delete', 'deployment', 'web', 'notifier');
  await until(
    'no node',
    400,
    async () => {
      if (on.get('nodes').length > 0) throw new Error('there is one');
      return true;
    },
    3000,
  );
  await on.karpenter('on-demand');
  on.apply(deployment('web', 6), buildPod('build-2'));
  const [services, builds] = [await nodesOf('web', 6), await nodesOf('build', 1)];
  expect([of(services, capacity), of(services, pool)]).toEqual([['on-demand'], ['on-demand']]);
  expect([of(builds, capacity), of(builds, pool)]).toEqual([['on-demand'], ['runs']]);
}, 900_000);

test('the prices are those of their day', async () => {
  const folder = await readOnlyModule(pricesOf.module);
  const all: Json[] = JSON.parse(readFileSync(join(folder, 'data/instances.json'), 'utf8'));
  const found = Object.fromEntries(
    all
      .filter(({ instance_type: name }) => name in prices)
      .map(({ instance_type: name, vCPU: cpus, memory, pricing }) => {
        const { ondemand, spot_avg: spot } = pricing[pricesOf.region].linux;
        return [name, { cpus, gibibytes: memory, onDemand: Number(ondemand), spot: Number(spot) }];
      }),
  );
  expect(found).toEqual(prices);
}, 120_000);
