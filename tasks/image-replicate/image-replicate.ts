import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/tekton.ts';

/** How images get into the registry of the standby's region: copied by this task, or by the registries themselves (ECR). */
export type Replication = { copy: boolean; insecure: boolean };

export const imageReplicate = (images: Images, { copy, insecure }: Replication) =>
  task({
    name: 'image-replicate',
    about:
      "Confirms that the standby's registry has an image under the same digest, or says that it is late. Never fails a run.",
    params: {
      image: '<registry>/<repository>, without tag',
      replica: 'the same in the registry of the standby',
      commit: 'the tag',
      digest: 'what was pushed',
    },
    results: { outcome: 'confirmed or late' },
    workspaces: {},
    volumes: { login: { secret: 'registry-replicate' } },
    serviceAccount: 'replicate',
    retries: 2,
    timeout: '10m0s',
    steps: () => [
      {
        name: 'confirm',
        image: images.crane,
        script: shell(new URL('./image-replicate.sh', import.meta.url)),
        env: {
          COPY: String(copy),
          INSECURE: String(insecure),
          // ECR replicates most images within minutes; its documentation promises none (30 min at worst).
          WAIT: copy ? '60' : '300',
          DOCKER_CONFIG: '/login',
        },
        mounts: { login: '/login' },
        resources: { cpu: '50m', memory: '64Mi', memoryLimit: '512Mi' },
      },
    ],
  });
