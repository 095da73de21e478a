import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';

/** How images get into the replica registry: copied by this task, or by the registries themselves (ECR). */
export type Replication = { copy: boolean; insecure: boolean };

export const imageReplicate = (images: Images, { copy, insecure }: Replication) => {
  const login = { env: { INSECURE: String(insecure), DOCKER_CONFIG: '/login' }, mounts: { login: '/login' } };
  return task({
    name: 'image-replicate',
    description:
      'Confirms that the replica registry has an image under the same digest, with the provenance signed for it, or says that it is late. Never fails a run.',
    params: {
      image: '<registry>/<repository>, without tag',
      replica: 'the same in the replica registry',
      service: 'name of the service',
      commit: 'the commit it was built from, also the tag',
      digest: 'digest of the image',
    },
    results: { outcome: 'confirmed or late' },
    workspaces: {},
    // Optional: without the Secret the pod would wait until the timeout, and the run with it. So the replica is just late.
    volumes: { login: { secret: 'registry-replicate', optional: true } },
    serviceAccount: 'replicate',
    reaches: ['registry'],
    retries: 2,
    timeout: '10m0s',
    steps: () => [
      ...(copy
        ? [
            {
              name: 'copy',
              image: images.crane,
              script: shell(new URL('./image-replicate.sh', import.meta.url), 'step', 'crane'),
              env: { ...login.env, WAIT: '60' },
              mounts: login.mounts,
              resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
            },
          ]
        : []),
      {
        name: 'confirm',
        image: images.programs,
        program: new URL('./confirm-replica.ts', import.meta.url),
        // ECR replicates most images within minutes, and promises no time (its documentation says 30 min for most).
        env: { ...login.env, WAIT: copy ? '0' : '300' },
        secrets: { SIGNING_PUBLIC_KEY: { secret: 'signing-public-key', key: 'key' } },
        mounts: login.mounts,
        resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
      },
    ],
  });
};
