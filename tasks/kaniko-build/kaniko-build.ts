import type { Images } from '../../lib/images.ts';
import { type Step, task } from '../../lib/kube/tekton.ts';

/** Where plain http is spoken instead of https: a registry of the local machine. */
export type Registry = { host: string; insecure: boolean };

/** What every build has in common, so that layers of one are known by the other. */
export const kanikoSettings = (registry: Registry) => [
  // By time, size, mode and owner: reading every file of the base twice takes longer than small builds do.
  '--snapshot-mode=redo',
  '--image-download-retry=3',
  '--image-fs-extract-retry=3',
  '--cache=true',
  // Their name ends them, after a week.
  '--cache-ttl=8760h',
  ...(registry.insecure ? [`--insecure-registry=${registry.host}`] : []),
];
/** kaniko's image is its program alone, so everything goes by arguments. */
export const kanikoStep = (images: Images, args: string[]): Step => ({
  name: 'build',
  image: images.kaniko,
  command: ['/kaniko/executor'],
  args,
  root: {
    why: 'kaniko unpacks base images over its own root and keeps their owners',
    capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
  },
  resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '3Gi' } },
});
export const kanikoBuild = (images: Images, registry: Registry) =>
  task({
    name: 'kaniko-build',
    description:
      'Builds the Dockerfile in the root of a repository into an OCI layout in the workspace. Nothing is pushed.',
    params: {
      commit: 'the commit that is built; Dockerfiles get it as build argument COMMIT',
      bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' },
    },
    results: { digest: 'digest of the image' },
    // The code of a push runs as root here, so of the run it sees what it needs and writes the image alone: what is judged, and what is saved
    // for later runs, is out of its reach. The names are folders in every build, and none that a Dockerfile would use.
    workspaces: {
      buildContext: { readOnly: 'is the repository' },
      layerCache: { readOnly: 'has layers of dependencies that an earlier run saved' },
      builtImage: 'gets the image, an OCI layout',
    },
    serviceAccount: 'build',
    // Its node may be taken away, and a base image may not come. A Dockerfile that fails is built twice, too.
    retries: 1,
    timeout: '15m0s',
    steps: (own) => [
      // What a try before left half written kaniko would take for whole.
      {
        name: 'clear',
        image: images.git,
        command: ['find', own.workspaces.builtImage, '-mindepth', '1', '-delete'],
        root: { why: 'the files are of kaniko', capabilities: [] },
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
      },
      kanikoStep(images, [
        `--context=dir://${own.workspaces.buildContext}`,
        '--dockerfile=Dockerfile',
        `--build-arg=COMMIT=${own.params.commit}`,
        own.params.bases,
        '--no-push',
        `--oci-layout-path=${own.workspaces.builtImage}`,
        ...kanikoSettings(registry),
        // Cached layers of dependencies; what this build makes is cached nowhere, because the code of a push made it.
        `--cache-repo=oci:${own.workspaces.layerCache}/layers`,
        '--no-push-cache',
        // Compressed for good in the next step.
        '--compression-level=1',
      ]),
      // The same commit gives the same digest, so that a build of it that is repeated meets its own tag.
      {
        name: 'make-reproducible',
        image: images.programs,
        program: new URL('./make-reproducible.ts', import.meta.url),
        env: { IMAGE: own.workspaces.builtImage },
        root: { why: 'the files are of kaniko, and only their owner may open them to others', capabilities: [] },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      },
    ],
  });
