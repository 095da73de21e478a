import { expect, test } from '@jest/globals';
import { tuned } from './manifests.ts';

test('no engine fills the disk, whatever its manifests leave open', () => {
  const engine = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'repo-server' },
    spec: {
      template: {
        spec: {
          initContainers: [{ name: 'copy' }],
          containers: [{ name: 'serve', resources: { limits: { memory: '1Gi' } } }],
          volumes: [
            { name: 'tmp', emptyDir: {} },
            { name: 'keys', secret: {} },
          ],
        },
      },
    },
  };
  const [object] = tuned([engine]);
  const { initContainers, containers, volumes } = object.spec.template.spec;
  expect(containers[0].resources.limits).toEqual({ memory: '1Gi', 'ephemeral-storage': '1Gi' });
  expect(initContainers[0].resources.limits).toEqual({ 'ephemeral-storage': '1Gi' });
  expect(volumes).toEqual([
    { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'keys', secret: {} },
  ]);
});
