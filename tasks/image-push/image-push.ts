import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import type { SigningKey } from '../../overlays/overlay.ts';
import { ownCopy, verifyStep } from '../steps/verify-step.ts';

export const imagePush = (images: Images, registry: { insecure: boolean }, key: SigningKey) =>
  task({
    name: 'image-push',
    description:
      'Pushes a built image under the tag of its commit, and signs it, its provenance and its bill of materials.',
    params: {
      image: '<registry>/<repository>, without tag',
      digest: 'digest of the built image; another one in the registry is an error',
      service: 'name of the service',
      repository: 'URL of its repository',
      commit: 'the commit it was built from, also the tag',
      ref: 'the branch that had the commit when it was cloned, or none',
      run: 'name of the PipelineRun',
      bases: 'base images by digest, separated by spaces, or none',
    },
    results: {
      digest: 'digest in the registry',
      reference: '<registry>/<repository>@<digest>',
      reason: 'why nothing was pushed',
    },
    workspaces: { source: { readOnly: 'has the folder `image`' }, bom: { readOnly: 'has `bom.json`' } },
    volumes: { login: { secret: 'registry-push' }, provenance: { empty: '16Mi' }, ...ownCopy.volumes },
    serviceAccount: 'push',
    reaches: 'kms' in key ? ['registry', 'internet'] : ['registry'],
    retries: 2,
    timeout: '5m0s',
    steps: ({ params, workspaces }) => {
      /** cosign stores signatures beside the image. A retry signs again; any valid signature counts, so an extra one does no harm. */
      const sign = (name: string, ...what: string[]) => ({
        name,
        image: images.cosign,
        command: ['/ko-app/cosign'],
        args: [
          ...what,
          `--key=${'kms' in key ? key.kms : 'env://SIGNING_KEY'}`,
          // What the company builds stays out of public logs, and no service outside is needed.
          ...['--tlog-upload=false', '--use-signing-config=false', '--yes'],
          ...(registry.insecure ? ['--allow-http-registry'] : []),
          `${params.image}@${params.digest}`,
        ],
        env: { DOCKER_CONFIG: '/login', HOME: '/provenance' },
        secrets:
          'kms' in key
            ? {}
            : {
                SIGNING_KEY: { secret: key.secret, key: 'key' },
                COSIGN_PASSWORD: { secret: key.secret, key: 'password' },
              },
        mounts: { login: '/login', provenance: '/provenance' },
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      });
      return [
        verifyStep(images, workspaces.source),
        {
          name: 'push',
          image: images.crane,
          script: shell(new URL('./image-push.sh', import.meta.url), 'step', 'crane'),
          env: {
            LAYOUT: ownCopy.layout,
            INSECURE: String(registry.insecure),
            DOCKER_CONFIG: '/login',
          },
          mounts: { login: '/login', ...ownCopy.mounts },
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
        },
        {
          name: 'provenance',
          image: images.programs,
          program: new URL('./write-provenance.ts', import.meta.url),
          env: { PREDICATE: '/provenance/predicate.json' },
          mounts: { provenance: '/provenance' },
          resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        },
        sign('sign', 'sign'),
        sign('sign-bom', 'attest', '--type=cyclonedx', `--predicate=${workspaces.bom}/bom.json`),
        // Last: to backfill-replicas it means that all signatures are there.
        sign('sign-provenance', 'attest', '--type=slsaprovenance1', '--predicate=/provenance/predicate.json'),
      ];
    },
  });
