import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { aws } from '../overlays/sites/aws.ts';
import { environmentQuota, runClass, runQuota } from './quotas.ts';

const hard = (build: Parameters<typeof manifests>[1]) =>
  manifests(undefined, build).find(({ kind }) => kind === 'ResourceQuota')?.spec.hard;

test('an environment has room for its pods, and for nothing else', () => {
  expect(hard((chart) => environmentQuota(chart, 'prod', 24))).toEqual({
    pods: '24',
    persistentvolumeclaims: '0',
    'requests.storage': '0',
    'services.loadbalancers': '0',
    'services.nodeports': '0',
  });
});

test('the runs of a service are counted by the class of their volumes, those of each by itself', () => {
  const build = (chart: Parameters<typeof runQuota>[0]) =>
    runQuota(chart, 'ci', ['ticket', 'live'], { ...aws.runs, atOnce: 3 });
  const classes = manifests(undefined, build).filter(({ kind }) => kind === 'StorageClass');
  expect(classes.map(({ metadata }) => metadata.name)).toEqual(['ticket', 'live'].map(runClass));
  expect(hard(build)).toMatchObject({
    'run-ticket.storageclass.storage.k8s.io/persistentvolumeclaims': '3',
    'run-live.storageclass.storage.k8s.io/persistentvolumeclaims': '3',
    'count/pipelineruns.tekton.dev': '200',
    persistentvolumeclaims: '6',
    'requests.storage': '12Gi',
    pods: '40',
  });
});
