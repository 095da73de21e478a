import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';

export const gitClone = (images: Images, registry: { insecure: boolean }) =>
  task({
    name: 'git-clone',
    description:
      'Puts the files of one commit of a private repository into the workspace, in the folder `repository`, and the cached layers of its dependencies. Refuses base images without a digest.',
    params: {
      repository: 'http(s) URL to clone from, without user and token',
      commit: 'the commit, 40 hex digits; never a branch, which may have moved on',
      image: '<registry>/<repository> of the service, without tag',
      lockFiles: { list: 'files that say which dependencies there are' },
      bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' },
    },
    results: {
      bases: 'the base images that its Dockerfile names, by digest, with a space between, or none',
      reason: 'why the commit is not built',
      cacheKey: 'key of the layers of its dependencies, or none',
      cache: 'hit, miss, or none: whether there were any',
    },
    workspaces: { source: 'gets the folders `repository`, `dependencies` and `layers`' },
    volumes: { login: { secret: 'registry-pull' } },
    serviceAccount: 'build',
    retries: 2,
    timeout: '5m0s',
    steps: (own) => [
      {
        name: 'clone',
        image: images.git,
        script: shell(new URL('./git-clone.sh', import.meta.url), 'step'),
        env: { SOURCE: own.workspaces.source, VERDICT: own.workspaces.source },
        secrets: { FORGE_TOKEN: { secret: 'forge-read', key: 'token' } },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      },
      {
        name: 'read-dockerfile',
        image: images.programs,
        program: new URL('./read-dockerfile.ts', import.meta.url),
        // kaniko too: another one may know layers by other names.
        args: [own.params.lockFiles, '--', own.params.bases, images.kaniko],
        env: { SOURCE: own.workspaces.source, VERDICT: own.workspaces.source },
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      },
      {
        name: 'restore-cache',
        image: images.crane,
        script: shell(new URL('./restore-cache.sh', import.meta.url), 'crane'),
        env: { SOURCE: own.workspaces.source, INSECURE: String(registry.insecure), DOCKER_CONFIG: '/login' },
        mounts: { login: '/login' },
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      },
    ],
  });
