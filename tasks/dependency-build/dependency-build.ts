import type { Images } from '../../lib/images.ts';
import { task } from '../../lib/kube/tekton.ts';
import { kanikoSettings, kanikoStep, type Registry } from '../kaniko-build/kaniko-build.ts';

/**
 * No run can poison the cache: it holds only what the next run would build itself, from nothing but the lock files and the part of the
 * Dockerfile that reads them, and its key says all of that.
 */
export const dependencyBuild = (images: Images, registry: Registry) =>
  task({
    name: 'dependency-build',
    description:
      'Builds the layers of a service that follow from its lock files alone, for later runs. Nothing is pushed.',
    params: { bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' } },
    results: {},
    // Called as in kaniko-build, and with nothing of the repository in reach: what a Dockerfile did here with the rest of a push would be cached.
    workspaces: {
      buildContext: { readOnly: 'is what the layers follow from' },
      layers: 'gets the layers, a folder each',
    },
    serviceAccount: 'build',
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
      // kaniko leaves its blobs to be read by their owner alone, and the task that saves them is not root. Not after a build that failed, so
      // that half of the layers is never saved.
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
