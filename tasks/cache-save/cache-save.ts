import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import { copyStep } from '../steps/copy-step.ts';

export const cacheSave = (images: Images, registry: { insecure: boolean }) =>
  task({
    name: 'cache-save',
    description: 'Saves dependency layers in the registry, under a key of all their inputs.',
    params: {
      image: '<registry>/<repository> of the service, without tag',
      cacheKey: 'key of the layers',
    },
    results: {},
    workspaces: { layers: { readOnly: 'has the layers' } },
    volumes: { login: { secret: 'registry-push' }, work: { empty: '4Gi' } },
    // Not the account of image-push, which may sign.
    serviceAccount: 'cache-save',
    reaches: ['registry'],
    retries: 0,
    timeout: '5m0s',
    steps: (own) => [
      copyStep(images, { [own.workspaces.layers]: '/work/layers' }, { work: '/work' }),
      {
        name: 'save',
        image: images.crane,
        script: shell(new URL('./cache-save.sh', import.meta.url), 'step', 'crane'),
        env: { LAYERS: '/work/layers', INSECURE: String(registry.insecure), DOCKER_CONFIG: '/login' },
        mounts: { login: '/login', work: '/work' },
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      },
    ],
  });
