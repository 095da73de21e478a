import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';

/** The tests work on a copy: they run the code of a push, and what they do must not get into the image that is built meanwhile. */
export const unitTest = (images: Images) =>
  task({
    name: 'unit-test',
    description: "Runs a repository's own tests, on a copy of it and without any credentials.",
    params: {
      image: 'what the command runs in, by digest',
      command: { list: 'the command and its arguments; run in the root of the repository' },
      reports: { list: 'files and folders that it leaves and an analysis wants: coverage, compiled classes' },
      cachePaths: { list: 'folders of the layer cache that the command looks for below HOME, as FOLDER=TARGET' },
    },
    results: { reason: 'which tests failed' },
    workspaces: {
      source: { readOnly: 'has the folder `repository`' },
      layerCache: { readOnly: 'has layers of dependencies that an earlier run saved' },
      reports: 'gets the reports; nothing else of the run is in reach of the tests',
    },
    volumes: { code: { empty: '1Gi' }, home: { empty: '2Gi' }, tmp: { empty: '2Gi' } },
    serviceAccount: 'build',
    // Its node may be taken away. A test that failed is not run again: it is a fact about the code.
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
        image: images.git,
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
        // GOPATH, because Go's image names a folder of its root, where this user cannot keep the modules of a service.
        env: {
          VERDICT: own.workspaces.reports,
          HOME: '/home/step',
          GOPATH: '/home/step/go',
          // Java asks the list of users instead of HOME. Its second compiler and parallel collector take the time of tests themselves, on few
          // cores: these end before it pays.
          JAVA_TOOL_OPTIONS: '-Duser.home=/home/step -XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
        },
        // Java's agents are attached by a file in /tmp, wherever its temporary files are: without it each waits ten seconds, twice.
        mounts: { code: '/code', home: '/home/step', tmp: '/tmp' },
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '2Gi' } },
      },
      {
        name: 'report',
        image: images.git,
        script: shell(new URL('./report.sh', import.meta.url), 'step'),
        args: [own.params.reports],
        env: { REPORTS: own.workspaces.reports, VERDICT: own.workspaces.reports, HOME: '/home/step' },
        workingDir: '/code',
        mounts: { code: '/code', home: '/home/step' },
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
      },
    ],
  });
