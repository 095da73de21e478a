import type { Images } from '../../lib/images.ts';
import { task } from '../../lib/kube/tekton.ts';
import type { ForgeKind } from '../../lib/release/forge.ts';

export type ReleaseForge = { kind: ForgeKind; api: string; owner: string };

export const release = (images: Images, forge: ReleaseForge, registry: { insecure: boolean }) =>
  task({
    name: 'release',
    description:
      'Commits the digest of an image, of which it is signed where it comes from, to the release file of an environment, unless a newer one is there.',
    params: {
      environment: 'which environment gets it',
      service: 'name of the service; its repository is called so too',
      commit: 'the commit that the image was built from, 40 hex digits',
      subject: "first line of the commit's message",
      author: "name of the commit's author",
      run: 'name of the PipelineRun',
      image: '<registry>/<repository>, without tag',
      digest: 'digest, as the registry tells it',
    },
    results: {
      outcome: 'released, superseded (a newer release is there) or unchanged',
      releaseCommit: 'the commit of the platform repository that has the release',
      reason: 'why nothing was released',
    },
    workspaces: {},
    volumes: { login: { secret: 'registry-pull' } },
    serviceAccount: 'release',
    onDemand: true,
    retries: 2,
    timeout: '5m0s',
    steps: () => [
      {
        name: 'write',
        image: images.programs,
        program: new URL('./write-release.ts', import.meta.url),
        env: {
          FORGE_KIND: forge.kind,
          FORGE_API: forge.api,
          FORGE_OWNER: forge.owner,
          PLATFORM_REPOSITORY: 'platform',
          INSECURE: String(registry.insecure),
          DOCKER_CONFIG: '/login',
        },
        secrets: {
          FORGE_TOKEN: { secret: 'forge-write', key: 'token' },
          SIGNING_PUBLIC_KEY: { secret: 'signing-public-key', key: 'key' },
        },
        mounts: { login: '/login' },
        resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
      },
    ],
  });
