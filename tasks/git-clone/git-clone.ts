import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';

export const gitClone = (images: Images, registry: { insecure: boolean }) =>
  task({
    name: 'git-clone',
    description:
      'Clones one commit of a private repository into the folder `repository` of the workspace, and restores the cached layers of its dependencies. Refuses base images without a digest, and what would be built as something else.',
    params: {
      repository: 'http(s) URL to clone from, without user and token',
      commit: 'the commit, 40 hex digits; never a branch, which may have moved on',
      image: '<registry>/<repository> of the service, without tag',
      lockFiles: { list: 'files that decide the dependencies' },
      bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' },
    },
    results: {
      ref: 'refs/heads/main if that has the commit, or none',
      bases: 'base images of the Dockerfile by digest, separated by spaces, or none',
      reason: 'why the commit is not built',
      cacheKey: 'cache key of the dependency layers, or none',
      cache: 'hit, miss, or none if there is no key',
    },
    workspaces: { source: 'gets the folders `repository`, `dependencies` and `layers`' },
    volumes: { login: { secret: 'registry-pull' } },
    serviceAccount: 'build',
    // Of base images that a push chose it asks their registry.
    reaches: ['forge', 'registry', 'internet'],
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
        // kaniko's own image too: another version may compute other keys.
        args: [own.params.lockFiles, '--', own.params.bases, images.kaniko],
        env: { SOURCE: own.workspaces.source, VERDICT: own.workspaces.source },
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      },
      {
        name: 'refuse-triggers',
        image: images.crane,
        script: shell(new URL('./refuse-triggers.sh', import.meta.url), 'step', 'crane'),
        args: [own.params.bases],
        env: { INSECURE: String(registry.insecure), DOCKER_CONFIG: '/login', VERDICT: own.workspaces.source },
        mounts: { login: '/login' },
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } },
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
