import type { Images } from '../../lib/images.ts';
import { task } from '../../lib/kube/tekton.ts';
import type { ForgeKind } from '../../lib/release/forge.ts';

export type ReleaseForge = { kind: ForgeKind; api: string; owner: string };

export const release = (images: Images, forge: ReleaseForge, registry: { insecure: boolean }) =>
  task({
    name: 'release',
    description:
      'Commits a provenance-verified digest to the release file of an environment, unless a newer release is there.',
    params: {
      environment: 'environment of the release',
      service: 'name of the service and of its repository',
      commit: 'the commit the image was built from, 40 hex digits',
      subject: "first line of the commit's message",
      author: "name of the commit's author",
      run: 'name of the PipelineRun',
      image: '<registry>/<repository>, without tag',
      digest: 'digest in the registry',
    },
    results: {
      outcome: 'released, superseded (a newer release is there) or unchanged',
      releaseCommit: 'commit of the release in the platform repository',
      reason: 'why nothing was released',
    },
    workspaces: {},
    volumes: { login: { secret: 'registry-pull' } },
    serviceAccount: 'release',
    reaches: ['forge', 'registry'],
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
