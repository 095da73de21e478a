import type { Images } from '../../lib/images.ts';
import { task } from '../../lib/kube/tekton.ts';
import { kanikoSettings, kanikoStep, type Registry } from '../kaniko-build/kaniko-build.ts';

/**
 * No run can poison the cache: it holds only what the next run would build itself, from the lock files and the part of the Dockerfile that
 * reads them. Its key covers both.
 */
export const dependencyBuild = (images: Images, registry: Registry) =>
  task({
    name: 'dependency-build',
    description: 'Builds the layers that depend on the lock files alone, for later runs. Pushes nothing.',
    params: { bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' } },
    results: {},
    // Mounted as in kaniko-build, without the rest of the repository: whatever a Dockerfile did with that here would be cached.
    workspaces: {
      buildContext: { readOnly: 'has the lock files and the part of the Dockerfile' },
      layers: 'gets the layers, a folder each',
    },
    serviceAccount: 'build',
    // Packages of the lock files.
    reaches: ['registry', 'internet'],
    retries: 0,
    timeout: '15m0s',
    steps: (own) => [
      kanikoStep(images, [
        `--context=dir://${own.workspaces.buildContext}`,
        '--dockerfile=Dockerfile',
        own.params.bases,
        '--no-push',
        ...kanikoSettings(registry),
        `--cache-repo=oci:${own.workspaces.layers}/layers`,
      ]),
      // Only their owner may read kaniko's blobs, and the task that saves them is not root. A failed build never gets here, so an
      // incomplete set of layers is never saved.
      {
        name: 'hand-over',
        image: images.git,
        command: ['sh', '-c'],
        args: ['chmod -R a+rX "$LAYERS" && : >"$LAYERS/complete"'],
        env: { LAYERS: own.workspaces.layers },
        root: { why: 'the files are of kaniko, and only their owner may open them to others', capabilities: [] },
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
      },
    ],
  });
