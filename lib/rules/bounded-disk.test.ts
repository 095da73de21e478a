import { expect, test } from '@jest/globals';
import { boundedDisk } from './bounded-disk.ts';
import { deployment, placed, task } from './testing.ts';

const resources = { requests: { 'ephemeral-storage': '16Mi' }, limits: { 'ephemeral-storage': '128Mi' } };
const pod = (volumes: object[], container: object = { resources }) =>
  placed({ kind: 'Pod', spec: { containers: [{ name: 'shop', ...container }], volumes } });
const listener = (container: object) =>
  placed({
    kind: 'EventListener',
    spec: { resources: { kubernetesResource: { spec: { template: { spec: { containers: [container] } } } } } },
  });

test('a container, a step and an event listener with a bound pass, and an emptyDir that their limits hold', () => {
  const tree = [deployment({ resources }), task({ computeResources: resources }), listener({ name: '', resources })];
  expect(boundedDisk(tree)).toEqual([]);
  expect(
    boundedDisk([
      pod([
        { name: 'work', emptyDir: { sizeLimit: '64Mi' } },
        { name: 'login', secret: {} },
      ]),
    ]),
  ).toEqual([]);
});
test.each([
  ['container', deployment({})],
  ['step', task({ computeResources: {} })],
  ['event listener', listener({ name: '' })],
])('a %s without bounds is two faults', (_, object) => {
  expect(boundedDisk([object])).toHaveLength(2);
});
test('an emptyDir without a size is a fault', () => {
  expect(boundedDisk([pod([{ name: 'work', emptyDir: {} }])])).toEqual([
    'rendered/dev/shop/x.yaml: volume work is an emptyDir without end; set its sizeLimit',
  ]);
});
test('emptyDirs that the limits of the containers do not hold are a fault', () => {
  expect(boundedDisk([pod([{ name: 'work', emptyDir: { sizeLimit: '1Gi' } }])])).toEqual([
    expect.stringContaining('its emptyDirs of 1024Mi do not fit the limits of 128Mi'),
  ]);
});
