import type { Images } from '../../lib/images.ts';
import { type Step, task } from '../../lib/kube/tekton.ts';
import { cpuOf } from '../steps/shares.ts';

/** `insecure`: plain HTTP, for a registry on the local machine. */
export type Registry = { host: string; insecure: boolean };

/** The same for every build, so that they share cache keys. */
export const kanikoSettings = (registry: Registry) => [
  // Compares time, size, mode and owner: hashing every file of the base twice takes longer than a small build.
  '--snapshot-mode=redo',
  '--image-download-retry=3',
  '--image-fs-extract-retry=3',
  // Without it Kaniko leaves out what is written to /var/run, as if a token were always mounted there.
  '--ignore-var-run=false',
  '--cache=true',
  // The cache key ends them after a week.
  '--cache-ttl=8760h',
  ...(registry.insecure ? [`--insecure-registry=${registry.host}`] : []),
];
/** kaniko's image has no shell, so everything is an argument. */
export const kanikoStep = (images: Images, args: string[]): Step => ({
  name: 'build',
  image: images.kaniko,
  command: ['/kaniko/executor'],
  args,
  root: {
    why: 'kaniko unpacks base images over its root file system and keeps the owners of files',
    capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
  },
  resources: {
    requests: { cpu: cpuOf.besideIt, memory: '512Mi' },
    limits: { memory: '3Gi' },
    // One stage at a time unpacked (500 MB of a JDK with Maven, and what is installed into it), what later stages copy from it, and each layer
    // as a file. A stage of 3 GB still builds.
    disk: { request: '2Gi', limit: '8Gi' },
  },
});
export const kanikoBuild = (images: Images, registry: Registry) =>
  task({
    name: 'kaniko-build',
    description:
      'Builds the Dockerfile in the root of a repository into an OCI layout in the workspace. Pushes nothing.',
    params: {
      commit: 'the commit; Dockerfiles get it as build argument COMMIT',
      bases: { list: 'build arguments that choose the base images, as --build-arg=NAME=image' },
    },
    results: { digest: 'digest of the image', reason: 'why the image is not what its Dockerfile says' },
    // The code of a push runs as root here. So it sees only what it needs, and can write only the image: verdicts and the layer cache are
    // out of its reach. The workspaces are folders in every build, with names that no Dockerfile uses.
    workspaces: {
      buildContext: { readOnly: 'is the repository' },
      layerCache: { readOnly: 'has layers of dependencies that an earlier run saved' },
      builtImage: 'gets the image, an OCI layout',
    },
    serviceAccount: 'build',
    reaches: ['registry', 'internet'],
    // A spot node may be reclaimed, and the pull of a base image may fail. So a broken Dockerfile is built twice too.
    retries: 1,
    timeout: '15m0s',
    steps: (own) => [
      // kaniko would take what an interrupted attempt left for complete.
      {
        name: 'clear',
        image: images.git,
        command: ['find', own.workspaces.builtImage, '-mindepth', '1', '-delete'],
        root: { why: 'root owns the files of kaniko', capabilities: [] },
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
        // Reads the layer cache, and never writes it: the code of a push made these layers.
        `--cache-repo=oci:${own.workspaces.layerCache}/layers`,
        '--no-push-cache',
        // The next step compresses again.
        '--compression-level=1',
      ]),
      // The same commit gives the same digest, so a retried build meets its own tag.
      {
        name: 'make-reproducible',
        image: images.programs,
        program: new URL('./make-reproducible.ts', import.meta.url),
        env: { IMAGE: own.workspaces.builtImage, LEFT_BEHIND: '/workspace' },
        root: { why: 'the files are of kaniko, and only their owner may open them to others', capabilities: [] },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      },
    ],
  });
