import { expect, test } from '@jest/globals';
import { probes } from './probes.ts';
import { deployment, task } from './testing.ts';

test('a container with both probes passes, and a step needs none', () => {
  expect(probes([deployment({ livenessProbe: {}, readinessProbe: {} }), task({})])).toEqual([]);
});
test('a missing probe is a fault', () => {
  expect(probes([deployment({ livenessProbe: {} })])).toEqual([
    'rendered/dev/shop/x.yaml: shop has no readinessProbe; add one',
  ]);
});

test('what has no port needs no probe, but some time to be ready', () => {
  expect(probes([deployment({}, { minReadySeconds: 10 })])).toEqual([]);
  expect(probes([deployment({})])).toHaveLength(2);
  expect(probes([deployment({ ports: [{ containerPort: 1 }] }, { minReadySeconds: 10 })])).toHaveLength(2);
});
