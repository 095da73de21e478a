import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/tekton.ts';

export const imagePush = (images: Images, registry: { insecure: boolean }) =>
  task({
    name: 'image-push',
    about: 'Pushes a built image under the tag of its commit, and reads its digest back from the registry.',
    params: {
      image: '<registry>/<repository>, without tag',
      commit: 'the tag',
      digest: 'what was built; anything else in the registry is an error',
    },
    results: { digest: 'digest, as the registry tells it', reference: '<registry>/<repository>@<digest>' },
    workspaces: { source: { readOnly: 'has the folder `image`' } },
    volumes: { login: { secret: 'registry-push' } },
    serviceAccount: 'push',
    retries: 2,
    timeout: '5m0s',
    steps: (own) => [
      {
        name: 'push',
        image: images.crane,
        script: shell(new URL('./image-push.sh', import.meta.url)),
        env: {
          SOURCE: own.workspaces.source,
          INSECURE: String(registry.insecure),
          DOCKER_CONFIG: '/login',
        },
        mounts: { login: '/login' },
        resources: { cpu: '50m', memory: '64Mi', memoryLimit: '512Mi' },
      },
    ],
  });
