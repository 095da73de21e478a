import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';
import { cpuOf } from '../steps/shares.ts';

/** The tests run the code of a push, so they work on a copy: nothing they do may get into the image that is built at the same time. */
export const unitTest = (images: Images) =>
  task({
    name: 'unit-test',
    description: "Runs a repository's own tests on a copy, without credentials.",
    params: {
      image: 'image of the command, by digest',
      command: { list: 'the command and its arguments; run in the root of the repository' },
      reports: { list: 'files and folders that the analysis needs: coverage, compiled classes' },
      cachePaths: { list: 'folders of the image and the layer cache to link below HOME, as FOLDER=TARGET' },
    },
    results: { reason: 'which tests failed' },
    workspaces: {
      source: { readOnly: 'has the folder `repository`' },
      layerCache: { readOnly: 'has layers of dependencies that an earlier run saved' },
      reports: 'gets the reports; nothing else of the run is in reach of the tests',
    },
    volumes: { code: { empty: '1Gi' }, home: { empty: '2Gi' }, tmp: { empty: '2Gi' } },
    serviceAccount: 'build',
    reaches: ['internet'],
    // A spot node may be reclaimed. A failed test is final.
    retries: 1,
    timeout: '15m0s',
    steps: (own) => [
      {
        name: 'copy',
        image: images.git,
        command: ['cp', '-R', `${own.workspaces.source}/repository/.`, '/code/'],
        mounts: { code: '/code' },
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
      },
      {
        name: 'link-cache',
        // Links lead to files of this image.
        image: own.params.image,
        script: shell(new URL('./link-cache.sh', import.meta.url)),
        args: [own.params.cachePaths],
        env: { LAYERS: own.workspaces.layerCache, HOME: '/home/step' },
        mounts: { home: '/home/step' },
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
      },
      {
        name: 'test',
        image: own.params.image,
        script: shell(new URL('./test.sh', import.meta.url)),
        args: [own.params.command],
        workingDir: '/code',
        // GOPATH, because the one of Go's image is not writable for this user.
        env: {
          VERDICT: own.workspaces.reports,
          HOME: '/home/step',
          GOPATH: '/home/step/go',
          // Java ignores HOME. On few cores, its second compiler and parallel collector cost more than short tests gain.
          JAVA_TOOL_OPTIONS: '-Duser.home=/home/step -XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
        },
        // Java agents attach by a file in /tmp, whatever java.io.tmpdir is: without /tmp each waits twice ten seconds.
        mounts: { code: '/code', home: '/home/step', tmp: '/tmp' },
        resources: {
          requests: { cpu: cpuOf.longestWay, memory: '256Mi' },
          limits: { memory: '2Gi' },
          // Sources, compiled classes, downloaded packages; and tests log much.
          disk: { request: '512Mi', limit: '512Mi' },
        },
      },
      {
        name: 'report',
        image: images.programs,
        program: new URL('./hand-over.ts', import.meta.url),
        args: [own.params.reports],
        env: { REPORTS: own.workspaces.reports, VERDICT: own.workspaces.reports, HOME: '/home/step' },
        workingDir: '/code',
        mounts: { code: '/code', home: '/home/step' },
        resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
      },
    ],
  });
