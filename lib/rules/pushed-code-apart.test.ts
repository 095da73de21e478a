import { expect, test } from '@jest/globals';
import { pushedCodeApart } from './pushed-code-apart.ts';
import { deployment, placed } from './testing.ts';

const own = { key: 'example/nodes', value: 'runs' };
const there = {
  nodeSelector: { 'example/nodes': 'runs' },
  tolerations: [{ ...own, operator: 'Equal', effect: 'NoSchedule' }],
};
const elsewhere = { nodeSelector: { 'kubernetes.io/os': 'linux' }, tolerations: [{ key: 'x', operator: 'Exists' }] };
const task = (name: string, workspaces: object[]) => placed({ kind: 'Task', metadata: { name }, spec: { workspaces } });
const tasks = [task('build', [{ name: 'source' }]), task('release', [])];
const run = (podTemplate: object, specs: Record<string, object | undefined>) =>
  placed({
    kind: 'TriggerTemplate',
    spec: {
      resourcetemplates: [
        {
          spec: {
            taskRunTemplate: { podTemplate },
            taskRunSpecs: Object.entries(specs).map(([pipelineTaskName, template]) => ({
              pipelineTaskName,
              ...(template ? { podTemplate: template } : {}),
            })),
          },
        },
      ],
    },
  });
const pool = (labels: object | undefined, taints: object[]) =>
  placed({ kind: 'NodePool', spec: { template: { metadata: { labels }, spec: { taints } } } });
const faults = (...objects: Parameters<typeof pushedCodeApart>[0]) => pushedCodeApart([...tasks, ...objects], own);

test('what shares a volume with a push is on nodes of its own, and what does not is elsewhere', () => {
  expect(
    faults(
      run(there, { build: undefined, release: elsewhere }),
      pool({ [own.key]: own.value }, [{ ...own, effect: 'NoSchedule' }]),
      pool(undefined, []),
      deployment({}),
    ),
  ).toEqual([]);
});
test.each<[string, object, object | undefined]>([
  ['without a node selector', { tolerations: there.tolerations }, undefined],
  ['without a toleration', { nodeSelector: there.nodeSelector }, undefined],
  ['sent elsewhere', there, elsewhere],
])('a task with a workspace %s is a fault', (_, ofRun, ofTask) => {
  expect(faults(run(ofRun, { build: ofTask }))).toEqual([expect.stringContaining('build has a workspace')]);
});
test.each<[string, object | undefined]>([
  ['by the template of its run', undefined],
  ['by a toleration of everything', { ...elsewhere, tolerations: [{ operator: 'Exists' }] }],
  ['by its selector', { ...elsewhere, nodeSelector: there.nodeSelector }],
])('a task without a workspace that may be there %s is a fault', (_, ofTask) => {
  expect(faults(run(there, { release: ofTask }))).toEqual([expect.stringContaining('release has no workspace')]);
});
test('any other pod that tolerates the taint is a fault', () => {
  const pod = (tolerations: object[]) => placed({ kind: 'Pod', spec: { containers: [], tolerations } });
  for (const tolerations of [there.tolerations, [{ operator: 'Exists' }], [{ key: own.key, operator: 'Exists' }]])
    expect(faults(pod(tolerations))).toHaveLength(1);
  expect(faults(pod([{ key: own.key, operator: 'Equal', value: 'other' }]))).toEqual([]);
});
test('a node pool with the label or the taint alone is a fault', () => {
  expect(faults(pool({ [own.key]: own.value }, []))).toHaveLength(1);
  expect(faults(pool(undefined, [{ ...own, effect: 'NoSchedule' }]))).toHaveLength(1);
});
