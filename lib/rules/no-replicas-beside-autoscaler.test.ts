import { expect, test } from '@jest/globals';
import { noReplicasBesideAutoscaler } from './no-replicas-beside-autoscaler.ts';
import { deployment, placed } from './testing.ts';

const autoscaler = (name: string) =>
  placed({ kind: 'HorizontalPodAutoscaler', spec: { scaleTargetRef: { kind: 'Deployment', name } } });

test('without replicas, or without an autoscaler, it passes', () => {
  expect(noReplicasBesideAutoscaler([deployment({}), autoscaler('shop')])).toEqual([]);
  expect(noReplicasBesideAutoscaler([deployment({}, { replicas: 1 }), autoscaler('other')])).toEqual([]);
});
test('both are a fault', () => {
  expect(noReplicasBesideAutoscaler([deployment({}, { replicas: 1 }), autoscaler('shop')])).toHaveLength(1);
});
