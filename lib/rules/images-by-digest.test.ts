import { expect, test } from '@jest/globals';
import { imagesByDigest } from './images-by-digest.ts';
import { deployment, placed, task } from './testing.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const faults = (...tree: Parameters<typeof imagesByDigest>[0]) => imagesByDigest(tree).length;
const run = (value: string) =>
  placed({ kind: 'TriggerTemplate', spec: { params: [{ name: 'bases', value: [value] }] } });

test('an image by digest passes', () => {
  expect(
    faults(
      deployment({ image: `docker.io/library/redis:8@${digest}` }),
      task({ image: `gcr.io/x/y@${digest}` }),
      run(`--build-arg=GO_IMAGE=docker.io/library/golang:1@${digest}`),
    ),
  ).toBe(0);
});
test('the bare name of a service passes, because its release file replaces it', () => {
  expect(faults(deployment({ image: 'shop' }))).toBe(0);
  const job = (image: string, kind = 'Job') =>
    placed({
      kind,
      metadata: { name: 'shop-migrate', namespace: 'dev' },
      spec: { template: { spec: { serviceAccountName: 'shop', containers: [{ image }] } } },
    });
  expect([faults(job('shop')), faults(job('stock')), faults(job('shop-migrate'))]).toEqual([0, 1, 1]);
  expect(faults(job('shop', 'StatefulSet'))).toBe(1);
});
test('a parameter passes, and its value is judged where it is given', () => {
  expect(faults(task({ image: '$(params.image)' }))).toBe(0);
  expect(faults(run('docker.io/library/golang:1.26'))).toBe(1);
  expect(faults(run('--build-arg=GO_IMAGE=docker.io/library/golang:1.26'))).toBe(1);
});
test.each(['docker.io/library/redis:8', 'redis', `redis@sha256:abc`, 'registry.example/platform/notifier:1.2.3', ''])(
  'the image %j is a fault',
  (image) => {
    expect(faults(deployment({ image }))).toBe(1);
    expect(faults(task({ image }))).toBe(1);
  },
);
