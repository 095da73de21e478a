import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import type { SigningKey } from '../../overlays/overlay.ts';

export const imagePush = (images: Images, registry: { insecure: boolean }, key: SigningKey) =>
  task({
    name: 'image-push',
    description:
      'Pushes a built image under the tag of its commit, and signs it, its provenance and its bill of materials.',
    params: {
      image: '<registry>/<repository>, without tag',
      digest: 'what was built; anything else in the registry is an error',
      service: 'whose image it is',
      repository: 'URL of its repository',
      commit: 'the commit that it was built from, and the tag',
      run: 'name of the PipelineRun',
      bases: 'its base images by digest, with a space between, or none',
    },
    results: {
      digest: 'digest, as the registry tells it',
      reference: '<registry>/<repository>@<digest>',
      reason: 'why nothing was pushed',
    },
    workspaces: { source: { readOnly: 'has the folder `image`' }, bom: { readOnly: 'has `bom.json`' } },
    volumes: { login: { secret: 'registry-push' }, provenance: { empty: '16Mi' } },
    serviceAccount: 'push',
    retries: 2,
    timeout: '5m0s',
    steps: ({ params, workspaces }) => {
      /** cosign keeps what it signs beside the image. Tried again, it signs again: any of the signatures counts, so none is in the way. */
      const sign = (name: string, ...what: string[]) => ({
        name,
        image: images.cosign,
        command: ['/ko-app/cosign'],
        args: [
          ...what,
          `--key=${'kms' in key ? key.kms : 'env://SIGNING_KEY'}`,
          // No public log of what a company builds, and nothing to ask outside of it.
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
        {
          name: 'push',
          image: images.crane,
          script: shell(new URL('./image-push.sh', import.meta.url), 'step', 'crane'),
          env: {
            SOURCE: workspaces.source,
            INSECURE: String(registry.insecure),
            DOCKER_CONFIG: '/login',
          },
          mounts: { login: '/login' },
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
        // Last: backfill-replicas takes it for the sign that nothing is missing.
        sign('sign-provenance', 'attest', '--type=slsaprovenance1', '--predicate=/provenance/predicate.json'),
      ];
    },
  });
