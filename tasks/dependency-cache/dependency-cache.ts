import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import { kanikoSettings, kanikoStep, type Registry } from '../kaniko-build/kaniko-build.ts';

/**
 * Layers with the dependencies of a service, kept between runs. No run can leave another one anything but what that would have made itself: they
 * are built apart, from nothing but the lock files and the part of the Dockerfile that reads them, and their name says all of that.
 */
export const dependencyBuild = (images: Images, registry: Registry) =>
  task({
    name: 'dependency-build',
    description:
      'Builds the layers of a service that follow from its lock files alone, for later runs. Nothing is pushed.',
    params: { bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' } },
    results: {},
    // Called as in kaniko-build, and with nothing of the repository in reach: what a Dockerfile did here with the rest of a push would be kept.
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
      // kaniko leaves its blobs to be read by their owner alone, and the task that keeps them is not root. Not after a build that failed, so
      // that half of the layers is never kept.
      {
        name: 'hand-over',
        image: images.git,
        command: ['sh', '-c'],
        args: ['chmod -R a+rX "$LAYERS" && : >"$LAYERS/complete"'],
        env: { LAYERS: own.workspaces.layers },
        root: { why: 'the files are of kaniko, and only their owner may open them to others', capabilities: [] },
        resources: { cpu: '10m', memory: '16Mi', memoryLimit: '64Mi' },
      },
    ],
  });

export const dependencyKeep = (images: Images, registry: Registry) =>
  task({
    name: 'dependency-keep',
    description: 'Keeps layers of dependencies in the registry, under a name that says all that they can come from.',
    params: {
      image: '<registry>/<repository> of the service, without tag',
      dependencies: 'the name',
    },
    results: {},
    workspaces: { layers: { readOnly: 'has the layers' } },
    volumes: { login: { secret: 'registry-push' }, work: { empty: '4Gi' } },
    // Not that of image-push, which may sign.
    serviceAccount: 'keep',
    retries: 0,
    timeout: '5m0s',
    steps: (own) => [
      {
        name: 'keep',
        image: images.crane,
        script: shell(new URL('./keep.sh', import.meta.url)),
        env: { LAYERS: own.workspaces.layers, INSECURE: String(registry.insecure), DOCKER_CONFIG: '/login' },
        mounts: { login: '/login', work: '/work' },
        resources: { cpu: '20m', memory: '64Mi', memoryLimit: '512Mi' },
      },
    ],
  });
