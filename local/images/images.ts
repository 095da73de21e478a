import { basename, join } from 'node:path';
import { bundleProgram } from '../../lib/bundle.ts';
import { archives, unpackArchive } from '../engines/archives.ts';
import { binary, type EngineName, goRoot, moduleFolder } from '../engines/engines.ts';
import type { RootfsName } from '../sandbox/rootfs.ts';
import { cache, nodeBinary, repository } from '../topology.ts';
import { goCache, goCachePath, pause, scanDatabase, scannerJava } from './contents.ts';

/** A container image: files on an empty base, or on a Debian file system. */
export type Image = {
  base: 'nothing' | Exclude<RootfsName, 'node' | 'browser'>;
  /** The engine that its files come from. */
  engine?: EngineName;
  /** Target path → source path on this machine. */
  files: () => Promise<Record<string, string>>;
  /** Link → target. */
  links?: Record<string, string>;
  entrypoint: string[];
  user?: string;
  env?: Record<string, string>;
  workdir?: string;
  /** A tag that settings of the engines refer to, besides the digest. */
  tag?: string;
};

export const certificates = '/etc/ssl/certs/ca-certificates.crt';

const single = (engine: EngineName, file: string, target: string, more: Partial<Image> = {}): Image => ({
  base: 'nothing',
  engine,
  files: async () => ({ [target]: binary(engine, file) }),
  entrypoint: [target],
  user: '65532:65532',
  ...more,
});
const ko = (engine: EngineName, file: string, more: Partial<Image> = {}) =>
  single(engine, file, `/ko-app/${file}`, more);
/** Programs of this project, each bundled into one file: target path → source path. */
const programs = (bundles: () => Promise<Record<string, string>>): Image => ({
  base: 'base',
  files: async () => {
    const files: Record<string, string> = { '/usr/local/bin/node': nodeBinary };
    for (const [target, entry] of Object.entries(await bundles())) {
      const bundle = join(cache, 'programs', basename(target));
      await bundleProgram(entry, bundle);
      files[target] = bundle;
    }
    return files;
  },
  entrypoint: ['node'],
  user: '65532:65532',
  env: { SSL_CERT_FILE: certificates, NODE_EXTRA_CA_CERTS: certificates },
});

const argocdModule = 'github.com/argoproj/argo-cd/v3';
const argocdNames = [
  'server',
  'repo-server',
  'application-controller',
  'cmp-server',
  'dex',
  'notifications',
  'applicationset-controller',
  'k8s-auth',
];

export const images = {
  pause: {
    base: 'nothing',
    files: async () => ({ '/pause': await pause() }),
    entrypoint: ['/pause'],
    user: '65535:65535',
    tag: 'current',
  },
  coredns: single('tools', 'dns', '/coredns', { user: '0:0' }),
  'tekton-controller': ko('tekton', 'controller'),
  'tekton-webhook': ko('tekton', 'webhook'),
  'tekton-entrypoint': ko('tekton', 'entrypoint'),
  'tekton-nop': ko('tekton', 'nop'),
  'tekton-workingdirinit': ko('tekton', 'workingdirinit'),
  'tekton-sidecarlogresults': ko('tekton', 'sidecarlogresults'),
  'triggers-controller': ko('triggers', 'controller'),
  'triggers-webhook': ko('triggers', 'webhook'),
  'triggers-interceptors': ko('triggers', 'interceptors'),
  'triggers-eventlistenersink': ko('triggers', 'eventlistenersink'),
  argocd: {
    base: 'base',
    engine: 'argocd',
    files: async () => ({
      '/usr/local/bin/argocd': binary('argocd', 'cmd'),
      '/usr/local/bin/kustomize': binary('tools', 'kustomize'),
      // The repo-server runs git and gpg through these.
      '/usr/local/bin/gpg-wrapper.sh': join(await moduleFolder('delivery', argocdModule), 'hack/gpg-wrapper.sh'),
      '/usr/local/bin/git-verify-wrapper.sh': join(
        await moduleFolder('delivery', argocdModule),
        'hack/git-verify-wrapper.sh',
      ),
    }),
    links: Object.fromEntries(argocdNames.map((name) => [`/usr/local/bin/argocd-${name}`, '/usr/local/bin/argocd'])),
    entrypoint: ['/usr/bin/tini', '--'],
    // Argo CD's manifests require a numeric user; that of its image is 999.
    user: '999:999',
    env: { HOME: '/home/argocd', USER: 'argocd' },
  },
  redis: { base: 'base', files: async () => ({}), entrypoint: ['redis-server'], user: '999:999' },
  git: { base: 'base', files: async () => ({}), entrypoint: ['git'], user: '65532:65532', env: { HOME: '/tmp' } },
  crane: {
    base: 'base',
    engine: 'tools',
    files: async () => ({ '/usr/local/bin/crane': binary('tools', 'crane') }),
    entrypoint: ['crane'],
    user: '65532:65532',
  },
  kaniko: single('kaniko', 'executor', '/kaniko/executor', {
    user: '0:0',
    files: async () => ({
      '/kaniko/executor': binary('kaniko', 'executor'),
      '/kaniko/ssl/certs/ca-certificates.crt': certificates,
    }),
    env: {
      HOME: '/root',
      PATH: '/usr/local/bin:/kaniko',
      SSL_CERT_DIR: '/kaniko/ssl/certs',
      DOCKER_CONFIG: '/kaniko/.docker/',
    },
    workdir: '/workspace',
  }),
  golang: {
    base: 'base',
    files: async () => ({ '/usr/local/go': await goRoot(), [goCachePath]: await goCache() }),
    entrypoint: ['/bin/sh', '-c'],
    env: {
      PATH: '/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      GOTOOLCHAIN: 'local',
    },
    user: '0:0',
  },
  maven: {
    base: 'java',
    files: async () => ({}),
    entrypoint: [],
    user: '0:0',
  },
  jre: {
    base: 'jre',
    files: async () => ({}),
    entrypoint: [],
    user: '65532:65532',
    // A start takes 6 CPU-seconds with the second compiler and 3.6 without. Replicas start all the time here, and share two cores with everything.
    env: { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' },
  },
  python: {
    base: 'python',
    files: async () => ({}),
    entrypoint: [],
    user: '0:0',
    env: { SSL_CERT_FILE: certificates, PIP_CERT: certificates },
  },
  static: { base: 'nothing', files: async () => ({}), entrypoint: [], user: '65532:65532' },
  'metrics-server': single('metrics', 'metrics-server', '/metrics-server'),
  prometheus: single('monitoring', 'prometheus', '/bin/prometheus'),
  alertmanager: single('monitoring', 'alertmanager', '/bin/alertmanager'),
  'node-exporter': single('monitoring', 'node_exporter', '/bin/node_exporter'),
  'kube-state-metrics': single('kube-state-metrics', 'kube-state-metrics', '/kube-state-metrics'),
  trivy: {
    base: 'base',
    engine: 'trivy',
    files: async () => ({
      '/usr/local/bin/trivy': binary('trivy', 'trivy'),
      '/database': await scanDatabase(),
    }),
    entrypoint: ['trivy'],
    user: '65532:65532',
  },
  cosign: single('cosign', 'cosign', '/ko-app/cosign'),
  // With the Java 21 that SonarQube provides for scanners.
  'sonar-scanner': {
    base: 'base',
    files: async () => ({
      '/usr/local/share/sonar-scanner': await unpackArchive(archives.scanner),
      '/usr/local/share/java': await scannerJava(),
    }),
    links: {
      '/usr/local/bin/sonar-scanner': '../share/sonar-scanner/bin/sonar-scanner',
      '/usr/local/bin/java': '../share/java/bin/java',
    },
    entrypoint: ['sonar-scanner'],
    user: '65532:65532',
    env: { JAVA_HOME: '/usr/local/share/java' },
  },
  // Loaded when the image is made: the Tasks that declare the programs bring the whole generator.
  programs: programs(async () => (await import('../../apps/platform/programs.ts')).stepPrograms()),
  notifier: programs(async () => ({ '/app/notifier.mjs': join(repository, 'notifier/main.ts') })),
} satisfies Record<string, Image>;

export type ImageName = keyof typeof images;
