import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { inTurn } from '../machine/lock.ts';
import { run, writeFile } from '../machine/process.ts';
import { sqlite } from '../sandbox/rootfs.ts';
import { cache, logs, repository } from '../topology.ts';

/** The Go toolchain for all engines; Go downloads it through its module proxy. */
const toolchain = 'go1.27.1';

/** Packages of different engines are compiled once if they are compiled alike: with C or without, package net is then the same. */
const commonTags = 'netgo osusergo';
/** Nobody debugs an engine, and what a debugger reads takes a tenth of the compiler's time. */
const compileFlags = ['-trimpath', '-gcflags=all=-dwarf=false'];

/** Packages that one `go build` makes, from one pinned module of `engines/`. */
export type Engine = {
  module:
    | 'kubernetes'
    | 'delivery'
    | 'forge'
    | 'builder'
    | 'scanner'
    | 'signer'
    | 'registry'
    | 'monitoring'
    | 'stores'
    | 'infra'
    | 'karpenter'
    | 'plans'
    | 'entrance';
  packages: string[];
  /** Names by which one program is called, each with the program. */
  links?: Record<string, string>;
  ldflags?: string;
  tags?: string;
  /** Links C code: Debian's SQLite, statically, because compiling it here takes minutes. */
  sqlite?: boolean;
  /** A module that is not built as it is: what is changed in a copy of it, and the folder of packages that replace its own. */
  edited?: { module: string; edits?: Record<string, Edit[]>; packages?: string };
};
/** A text that must be there, and what replaces it. */
export type Edit = readonly [from: string, to: string];

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
    // kubectl starts often and so is small.
    packages: ['./hyperkube', 'k8s.io/kubernetes/cmd/kubectl'],
    links: Object.fromEntries(
      ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map((name) => [
        name,
        'hyperkube',
      ]),
    ),
    ldflags: stamp,
  },
  tools: {
    module: 'delivery',
    packages: [
      'github.com/google/go-containerregistry/cmd/crane',
      'sigs.k8s.io/kustomize/kustomize/v5',
      './dns',
      './netpol',
      './volumes',
    ],
  },
  registry: { module: 'registry', packages: ['.'] },
  // Coraza with the OWASP core rule set, before the API.
  firewall: {
    module: 'entrance',
    packages: ['./firewall'],
    edited: {
      module: 'github.com/corazawaf/coraza/v3',
      edits: {
        // It writes each rule down in the variable RULE, whether it finds anything or not: a quarter of its work, and no rule of ours reads that.
        'internal/corazawaf/rule.go': [
          ['\truleCol := tx.variables.rule\n', '\tif ruleCol := tx.variables.rule; false {\n'],
          ['\t// SecMark and SecAction uses nil operator\n\tif r', '\t}\n\tif r'],
        ],
      },
    },
  },
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
    // A test asks deliveries what Triggers makes of the bodies of webhooks.
    packages: [
      ...under('github.com/tektoncd/triggers/cmd', 'controller', 'webhook', 'interceptors', 'eventlistenersink'),
      './deliveries',
    ],
  },
  forge: {
    module: 'forge',
    packages: ['code.gitea.io/gitea'],
    tags: 'sqlite sqlite_unlock_notify libsqlite3',
    sqlite: true,
    // What takes over repositories from other forges, with a client of each.
    edited: { module: 'code.gitea.io/gitea', packages: 'gitea' },
  },
  argocd: {
    module: 'delivery',
    packages: ['github.com/argoproj/argo-cd/v3/cmd'],
    ldflags: '-X github.com/argoproj/argo-cd/v3/common.version=3.6.1',
  },
  // A test asks bases how Kaniko itself reads Dockerfiles.
  kaniko: { module: 'builder', packages: ['github.com/chainguard-dev/kaniko/cmd/executor', './bases'] },
  trivy: {
    module: 'scanner',
    packages: ['github.com/aquasecurity/trivy/cmd/trivy', './database'],
    ldflags: '-X github.com/aquasecurity/trivy/pkg/version/app.ver=0.74.0',
    tags: 'sqlite_unlock_notify libsqlite3',
    sqlite: true,
    edited: {
      module: 'github.com/aquasecurity/trivy',
      edits: {
        // Go 1.27 released the JSON package of Go 1.26's experiment without this name.
        'pkg/x/json/json.go': [
          ['\t"encoding/json/v2"\n', '\t"encoding/json/v2"\n\t"errors"\n'],
          ['json.SkipFunc', 'errors.ErrUnsupported'],
        ],
        'pkg/iac/scanners/cloudformation/parser/parameter.go': [['json.SkipFunc', 'errors.ErrUnsupported']],
        'cmd/trivy/main.go': [['modernc.org/sqlite', 'engines/scanner/sqlite']],
      },
      // What scans configuration and clusters, which takes most of its build.
      packages: 'trivy',
    },
  },
  cosign: { module: 'signer', packages: ['./cosign'] },
  metrics: { module: 'delivery', packages: ['sigs.k8s.io/metrics-server/cmd/metrics-server'] },
  monitoring: {
    module: 'monitoring',
    packages: [
      ...under('github.com/prometheus', 'prometheus/cmd/prometheus', 'prometheus/cmd/promtool', 'node_exporter'),
      'github.com/prometheus/alertmanager/cmd/alertmanager',
    ],
    // Of the ways to find targets only Kubernetes' own: the others bring the clients of a dozen clouds.
    tags: 'remove_all_sd enable_kubernetes_sd',
    edited: {
      module: 'github.com/prometheus/alertmanager',
      edits: {
        // Prometheus brings a version of this library that the other two do not know. Go itself reads GOMEMLIMIT.
        'cmd/alertmanager/main.go': [
          ['\t"github.com/KimMachineGun/automemlimit/memlimit"\n', ''],
          [
            `memlimit.SetGoMemLimitWithOpts(
\t\t\tmemlimit.WithRatio(*memlimitRatio),
\t\t\tmemlimit.WithRefreshInterval(*memlimitRefreshInterval),
\t\t\tmemlimit.WithProvider(
\t\t\t\tmemlimit.ApplyFallback(
\t\t\t\t\tmemlimit.FromCgroup,
\t\t\t\t\tmemlimit.FromSystem,
\t\t\t\t),
\t\t\t),
\t\t\tmemlimit.WithLogger(logger.With("component", "automemlimit")),
\t\t)`,
            '0, error(nil)',
          ],
        ],
      },
      // Its module lacks the built web interface that it embeds.
      packages: 'alertmanager',
    },
  },
  'kube-state-metrics': {
    module: 'monitoring',
    packages: ['k8s.io/kube-state-metrics/v2'],
    edited: {
      module: 'k8s.io/kube-state-metrics/v2',
      edits: {
        'pkg/app/server.go': [
          ['\t"github.com/KimMachineGun/automemlimit/memlimit"\n', ''],
          [
            `memlimit.SetGoMemLimitWithOpts(
\t\t\tmemlimit.WithRatio(opts.AutoGoMemlimitRatio),
\t\t\tmemlimit.WithProvider(
\t\t\t\tmemlimit.ApplyFallback(
\t\t\t\t\tmemlimit.FromCgroup,
\t\t\t\t\tmemlimit.FromSystem,
\t\t\t\t),
\t\t\t),
\t\t)`,
            '0, error(nil)',
          ],
        ],
        // Kubernetes 1.37 asks more of a store than the last version that the module proxy has. It keeps no versions, so nothing is to be done.
        'pkg/metrics_store/metrics_store.go': [
          [
            '// Resync implements',
            `// Bookmark implements the Bookmark method of the store interface.
func (s *MetricsStore) Bookmark(_ string) {}

// LastStoreSyncResourceVersion implements the method of the store interface.
func (s *MetricsStore) LastStoreSyncResourceVersion() string { return "" }

// Resync implements`,
          ],
        ],
      },
    },
  },
  // S3, and what makes topics.
  stores: { module: 'stores', packages: ['github.com/versity/versitygw/cmd/versitygw', './broker'] },
  // Nothing of the platform runs it: tests of infra/ build it when they need it.
  tofu: {
    module: 'infra',
    packages: ['github.com/opentofu/opentofu/cmd/tofu'],
    ldflags: '-X github.com/opentofu/opentofu/version.dev=no',
  },
  // What Trivy checks in configuration; `trivy` itself is built without, because the platform scans images alone.
  plans: { module: 'plans', packages: ['.'] },
  // Karpenter with nodes that are objects alone: tests of infra/ build it when they need it.
  karpenter: { module: 'karpenter', packages: ['sigs.k8s.io/karpenter/kwok'] },
  // Nor this: a test asks the firewall what the core rule set's own tests ask.
  regression: { module: 'entrance', packages: ['./regression'] },
} satisfies Record<string, Engine>;

export type EngineName = keyof typeof engines;
const ofTests: readonly EngineName[] = ['tofu', 'plans', 'regression', 'karpenter'];
/** The engines that a platform runs, with the stores and the monitoring or without them. */
export const engineNames = ({ stores, monitoring }: { stores: boolean; monitoring: boolean }): EngineName[] =>
  (Object.keys(engines) as EngineName[]).filter(
    (name) =>
      !ofTests.includes(name) && (stores || name !== 'stores') && (monitoring || engines[name].module !== 'monitoring'),
  );

/**
 * Modules that share no versions with the others (align.ts): the last ones that are compiled and little of them, or by tests alone. So the
 * platform's libraries do not move with theirs.
 */
export const apart: readonly Engine['module'][] = ['monitoring', 'stores', 'infra', 'karpenter', 'plans', 'entrance'];

/** The environment of every `go`: the pinned toolchain, and exactly the versions of go.mod. */
const goEnv = { GOTOOLCHAIN: toolchain, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' };
const folder = (module: string) => join(repository, 'engines', module);

/** The modules of `engines/none` that a module has in place of others. */
const stubs = (module: string) =>
  [...readFileSync(join(folder(module), 'go.mod'), 'utf8').matchAll(/^replace \S+ => \.\.\/(none\/\S+)$/gm)].map(
    ([, stub]) => stub as string,
  );

/** Our own files that an engine is built from. go.mod and go.sum pin packages of other modules. */
export const sources = (module: Engine['module']): string[] =>
  [module, ...stubs(module)]
    .flatMap((path) =>
      readdirSync(folder(path), { recursive: true, encoding: 'utf8' }).map((file) => join(folder(path), file)),
    )
    .filter((file) => statSync(file).isFile())
    .sort();

/** The folder of an engine's binaries; its name changes with any pin, flag or source of ours. */
export function engineFolder(name: EngineName): string {
  const engine: Engine = engines[name];
  const hash = createHash('sha256').update(JSON.stringify([toolchain, compileFlags, engine]));
  for (const file of sources(engine.module)) hash.update(relative(repository, file)).update(readFileSync(file));
  return join(cache, 'engines', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/** Path of one binary of a built engine. */
export const binary = (name: EngineName, file: string) => join(engineFolder(name), file);
export const isBuilt = (name: EngineName) => existsSync(engineFolder(name));

/** @throws where a text is not there: the module is another than the edits were written for */
export const edited = (file: string, text: string, edits: readonly Edit[]): string =>
  edits.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`${file}: ${JSON.stringify(from)} is not there to be edited`);
    return now.replace(from, () => to);
  }, text);

/** A go.mod that is the engine's own but for an edited copy of one module; undefined where nothing is edited. */
async function editedModule(name: EngineName): Promise<string | undefined> {
  const { module, edited: copied }: Engine = engines[name];
  if (!copied) return undefined;
  const out = join(cache, 'edited', basename(engineFolder(name)));
  const modfile = join(out, 'go.mod');
  if (existsSync(modfile)) return modfile;
  rmSync(out, { recursive: true, force: true });
  const found = await run('go', ['mod', 'download', '-json', copied.module], { cwd: folder(module), env: goEnv });
  cpSync(JSON.parse(found).Dir, join(out, 'source'), {
    recursive: true,
    filter: (path) => basename(path) !== 'testdata',
  });
  for (const [file, edits] of Object.entries(copied.edits ?? {})) {
    const path = join(out, 'source', file);
    const text = edited(file, readFileSync(path, 'utf8'), edits);
    chmodSync(path, 0o644);
    writeFile(path, text);
  }
  const packages = join(folder(module), copied.packages ?? '');
  const files = copied.packages
    ? readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.go'))
    : [];
  for (const path of new Set(files.map(dirname)))
    for (const file of readdirSync(join(out, 'source', path)))
      if (file.endsWith('.go')) rmSync(join(out, 'source', path, file));
  for (const file of files) cpSync(join(packages, file), join(out, 'source', file));
  writeFile(join(out, 'go.sum'), readFileSync(join(folder(module), 'go.sum'), 'utf8'));
  const own = readFileSync(join(folder(module), 'go.mod'), 'utf8');
  writeFile(modfile, `${own}\nreplace ${copied.module} => ${join(out, 'source')}\n`);
  return modfile;
}

/** Runs `go` in an engine's module, with the settings of its build. */
async function goOf(name: EngineName, verb: 'build' | 'list' | 'test', ...args: string[]): Promise<void> {
  const engine: Engine = engines[name];
  const modfile = await editedModule(name);
  const found = engine.sqlite ? await sqlite() : undefined;
  const options = [
    ...(modfile ? [`-modfile=${modfile}`] : []),
    `-tags=${[engine.tags, commonTags].filter(Boolean).join(' ')}`,
    ...compileFlags,
    ...args,
  ];
  await run('go', [verb, ...options, ...engine.packages], {
    cwd: folder(engine.module),
    env: {
      ...goEnv,
      GOCACHE: join(cache, 'go-build'),
      ...(found
        ? {
            CGO_ENABLED: '1',
            CGO_CFLAGS: `-O2 -I${found.include}`,
            CGO_LDFLAGS: `-L${found.lib} -lm`,
          }
        : {}),
    },
    log: join(logs, 'build', `${name}.log`),
  });
}

/** One at a time for each engine, here and in other processes: they share its edited module. */
const alone = <T>(name: EngineName, work: () => Promise<T>) => inTurn(`build-${basename(engineFolder(name))}`, work);

/** Downloads only the modules of an engine, while another engine compiles. */
export async function fetchModules(name: EngineName): Promise<void> {
  if (!isBuilt(name)) await alone(name, () => goOf(name, 'list', '-deps', '-f', ''));
}

/** Has Go put an engine's go.mod and go.sum in order, as its edited module needs them. */
export async function tidy(name: EngineName): Promise<void> {
  const { module, edited: copied }: Engine = engines[name];
  const own = (file: string) => join(folder(module), file);
  const modfile = await editedModule(name);
  await run('go', ['mod', 'tidy', ...(modfile ? [`-modfile=${modfile}`] : [])], {
    cwd: folder(module),
    env: { ...goEnv, GOFLAGS: '' },
  });
  if (!modfile || !copied) return;
  // Go sees a folder in place of the edited module and drops its hashes; the copy is made of what they prove.
  const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
  const proof = lines(own('go.sum')).filter((line) => line.startsWith(`${copied.module} `));
  writeFile(own('go.sum'), `${[...new Set([...lines(modfile.replace(/mod$/, 'sum')), ...proof])].sort().join('\n')}\n`);
  writeFile(own('go.mod'), readFileSync(modfile, 'utf8').replace(/\n+replace \S+ => \/\S+\n/, '\n'));
}

/** Compiles all packages of an engine into the build cache; what then is left of its build is to link. */
export async function compile(name: EngineName): Promise<void> {
  if (!isBuilt(name)) await alone(name, () => goOf(name, 'list', '-export', '-f', ''));
}

/** Runs the Go tests of an engine's own packages. @throws with what they printed, where one fails */
export async function goTest(name: EngineName): Promise<void> {
  await alone(name, async () => {
    await goOf(name, 'test');
    rmSync(join(cache, 'edited', basename(engineFolder(name))), { recursive: true, force: true });
  });
}

/** Builds an engine once, also if two processes need it. An interrupted build leaves nothing that counts as built. */
export async function build(name: EngineName): Promise<void> {
  const engine: Engine = engines[name];
  const out = engineFolder(name);
  if (existsSync(out)) return;
  await alone(name, async () => {
    if (existsSync(out)) return;
    const part = `${out}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    // SQLite's program is linked statically as a whole: the C library of this machine may be newer than that of its file system.
    const ldflags = ['-s -w', engine.ldflags, ...(engine.sqlite ? ['-extldflags=-static'] : [])];
    await goOf(name, 'build', `-ldflags=${ldflags.filter(Boolean).join(' ')}`, '-o', `${part}/`);
    for (const [link, program] of Object.entries(engine.links ?? {})) symlinkSync(program, join(part, link));
    renameSync(part, out);
    rmSync(join(cache, 'edited', basename(out)), { recursive: true, force: true });
  });
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
