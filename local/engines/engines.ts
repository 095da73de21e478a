import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../machine/process.ts';
import { cache, logs, repository } from '../topology.ts';

/** The Go toolchain for all engines; Go downloads it through its module proxy. */
const toolchain = 'go1.27.1';

/** Packages that one `go build` makes, from one pinned module of `engines/`. */
export interface Engine {
  module: 'kubernetes' | 'delivery' | 'forge' | 'builder' | 'scanner' | 'signer' | 'registry';
  packages: string[];
  ldflags?: string;
  tags?: string;
  /** Links C code: Debian's SQLite, statically, because compiling it here takes minutes. */
  sqlite?: boolean;
  /** Another toolchain, if the module does not build with that of the others. */
  toolchain?: string;
  /** GOEXPERIMENT that the module needs. */
  experiment?: string;
}

// Tekton rejects an API server without a valid version.
const kubernetesVersion = 'v1.37.2';
const stamp = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .map((p) => `-X ${p}.gitVersion=${kubernetesVersion} -X ${p}.gitMajor=1 -X ${p}.gitMinor=37`)
  .join(' ');

const under = (prefix: string, ...names: string[]) => names.map((name) => `${prefix}/${name}`);

/** In the order in which a cold start needs them. */
export const engines = {
  kubernetes: {
    module: 'kubernetes',
    packages: under(
      'k8s.io/kubernetes/cmd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
      'kube-proxy',
      'kubectl',
    ),
    ldflags: stamp,
  },
  tools: {
    module: 'delivery',
    packages: [
      'github.com/google/go-containerregistry/cmd/crane',
      'sigs.k8s.io/kustomize/kustomize/v5',
      './dns',
      './volumes',
    ],
  },
  registry: { module: 'registry', packages: ['.'] },
  tekton: {
    module: 'kubernetes',
    packages: under(
      'github.com/tektoncd/pipeline/cmd',
      'controller',
      'webhook',
      'entrypoint',
      'nop',
      'workingdirinit',
      'sidecarlogresults',
    ),
  },
  triggers: {
    module: 'kubernetes',
    packages: under('github.com/tektoncd/triggers/cmd', 'controller', 'webhook', 'interceptors', 'eventlistenersink'),
  },
  forge: {
    module: 'forge',
    packages: ['code.gitea.io/gitea'],
    tags: 'sqlite sqlite_unlock_notify libsqlite3',
    sqlite: true,
  },
  argocd: {
    module: 'delivery',
    packages: ['github.com/argoproj/argo-cd/v3/cmd'],
    ldflags: '-X github.com/argoproj/argo-cd/v3/common.version=3.6.1',
  },
  kaniko: { module: 'builder', packages: ['github.com/chainguard-dev/kaniko/cmd/executor'] },
  trivy: {
    module: 'scanner',
    packages: ['github.com/aquasecurity/trivy/cmd/trivy', './database'],
    ldflags: '-X github.com/aquasecurity/trivy/pkg/version/app.ver=0.74.0',
    // It uses the JSON package of Go 1.26's experiment, which Go 1.27 released under other names.
    toolchain: 'go1.26.8',
    experiment: 'jsonv2',
  },
  cosign: { module: 'signer', packages: ['./cosign'] },
  metrics: { module: 'delivery', packages: ['sigs.k8s.io/metrics-server/cmd/metrics-server'] },
} satisfies Record<string, Engine>;

export type EngineName = keyof typeof engines;

/** The environment of every `go`: the pinned toolchain, and exactly the versions of go.mod. */
const goEnv = { GOTOOLCHAIN: toolchain, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' };
const folder = (module: Engine['module']) => join(repository, 'engines', module);

/** The folder of an engine's binaries; its name changes with any pin, flag or source of ours. */
export function engineFolder(name: EngineName): string {
  const engine: Engine = engines[name];
  const source = folder(engine.module);
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(source, file)).isFile())
    .sort();
  const hash = createHash('sha256').update(JSON.stringify([toolchain, engine]));
  // go.mod and go.sum pin packages of other modules; `./…` packages are the Go files beside them.
  for (const file of files) hash.update(file).update(readFileSync(join(source, file)));
  return join(cache, 'engines', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/** Path of one binary of a built engine. */
export const binary = (name: EngineName, file: string) => join(engineFolder(name), file);
export const isBuilt = (name: EngineName) => existsSync(engineFolder(name));

/** Runs `go` in an engine's module, with the settings of its build. */
const goOf = (name: EngineName, verb: 'build' | 'list', args: string[], env: Record<string, string> = {}) => {
  const engine: Engine = engines[name];
  return run('go', [verb, '-tags', engine.tags ?? '', ...args, ...engine.packages], {
    cwd: folder(engine.module),
    env: {
      ...goEnv,
      GOTOOLCHAIN: engine.toolchain ?? toolchain,
      ...(engine.experiment ? { GOEXPERIMENT: engine.experiment } : {}),
      GOCACHE: join(cache, 'go-build'),
      ...(engine.sqlite ? { CGO_ENABLED: '1' } : {}),
      ...env,
    },
    log: join(logs, 'build', `${name}.log`),
  });
};

/** Downloads only the modules of an engine, while another engine compiles. */
export const fetchModules = (name: EngineName) => goOf(name, 'list', ['-deps', '-f', '']);

/** Builds an engine once. An interrupted build leaves nothing that counts as built. */
export async function build(name: EngineName, sqlite?: { include: string; lib: string }): Promise<void> {
  const engine: Engine = engines[name];
  const out = engineFolder(name);
  if (existsSync(out)) return;
  const part = `${out}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  await goOf(
    name,
    'build',
    ['-trimpath', '-ldflags', `-s -w ${engine.ldflags ?? ''}`, '-o', `${part}/`],
    sqlite ? { CGO_CFLAGS: `-O2 -I${sqlite.include}`, CGO_LDFLAGS: `-L${sqlite.lib} -lm` } : {},
  );
  renameSync(part, out);
}

/** The source folder of a module that an `engines/` module requires: manifests and CRDs come from the version that runs. */
export const moduleFolder = async (module: Engine['module'], path: string): Promise<string> =>
  (await run('go', ['list', '-m', '-f', '{{.Dir}}', path], { cwd: folder(module), env: goEnv })).trim();

/** The source folder of a module that is not built (Traefik's CRDs; its binary needs modules that the proxy lacks). */
export async function readOnlyModule(module: string): Promise<string> {
  const found = JSON.parse(
    await run('go', ['mod', 'download', '-json', module], { cwd: '/', env: { ...goEnv, GOFLAGS: '' } }),
  );
  return found.Dir;
}

/** The folder of the Go toolchain, for the build image of Go services. */
export const goRoot = async (): Promise<string> =>
  (await run('go', ['env', 'GOROOT'], { cwd: '/', env: goEnv })).trim();
export const goVersion = toolchain;
