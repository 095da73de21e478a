import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { ask, callers } from '../e2e/callers.ts';
import { type Booked, buy, newShow, removeShows } from '../e2e/shows.ts';
import { toYaml } from '../lib/kube/yaml.ts';
import { command } from '../local/command.ts';
import { binary } from '../local/engines/engines.ts';
import { measureEntrance } from '../local/entrance/measure.ts';
import { cloneService, commitAndPush, follow, type Leg, legs } from '../local/loop.ts';
import { sleep, until } from '../local/machine/process.ts';
import { kubectl } from '../local/region/region.ts';
import { memory } from '../local/sandbox/sandbox.ts';
import { git, services } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { commitService, headOf } from '../local/seed/services.ts';
import { storesName } from '../local/stores/stores.ts';
import { regions, repository, seoul } from '../local/topology.ts';
import { renderTree } from '../main.ts';
import { environments } from '../overlays/environments/index.ts';
import { aws } from '../overlays/sites/aws.ts';

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
const table = (head: string[], rows: string[][]) =>
  console.log([head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n'), '\n');
type Service = NonNullable<Parameters<typeof renderTree>[1]>[number];
const generated = (count: number): Service[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `service-${index}`,
    stack: 'go',
    port: 8080,
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  }));

type Manifest = { apiVersion: string; kind: string; metadata: { name: string } };
/** The objects of a generated tree by file, in memory: the input of the other methods. */
const objectsOf = (count: number): [path: string, objects: Manifest[]][] =>
  [...renderTree(aws, generated(count))].map(([path, text]) => [
    path,
    parseAllDocuments(text).map((document) => document.toJS()),
  ]);
const isChart = (path: string) =>
  environments.some(({ name }) => path.startsWith(`rendered/${name}/`)) && !path.endsWith('kustomization.yaml');

function writeAll(files: Iterable<[string, string]>): void {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  rmSync(folder, { recursive: true });
}

/** Methods of rendering; each runs in its own process, so that none inherits another's heap. */
const ways: Record<string, (count: number) => number> = {
  /** This project's renderer: constructs, validation, text, files. */
  ours: (count) => {
    const begin = performance.now();
    writeAll(renderTree(aws, generated(count)));
    return performance.now() - begin;
  },
  /** The lower bound of any renderer: turning the same objects in memory into text and files. */
  floor: (count) => {
    const ready = objectsOf(count);
    const begin = performance.now();
    writeAll(ready.map(([path, objects]) => [path, objects.map((object) => toYaml(object)).join('---\n')]));
    return performance.now() - begin;
  },
  /** cdk8s's own method for the same objects: every chart in one App, then App.synth(). Creating the props is not counted. */
  synth: (count) => {
    const ready = objectsOf(count).filter(([path]) => isChart(path));
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const begin = performance.now();
    const app = new App({ outdir: folder });
    for (const [name, objects] of ready) {
      const chart = new Chart(app, name.replaceAll('/', '-'), { disableResourceNameHashes: true });
      for (const object of objects)
        new ApiObject(chart, `${object.kind}-${object.metadata.name}`.toLowerCase(), object);
    }
    app.synth();
    const took = performance.now() - begin;
    rmSync(folder, { recursive: true });
    return took;
  },
};

function measure(way: string, count: number): { ms: number; mb: number } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [import.meta.filename, '--one', way, String(count)], {
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(`${way} ${count}: ${stderr.slice(-500)}`);
  return JSON.parse(stdout);
}

function benchRender(): void {
  const whole = Array.from({ length: 5 }, () => {
    const begin = performance.now();
    execFileSync(process.execPath, ['scripts/render.ts', '--check'], { cwd: repository });
    return performance.now() - begin;
  });
  const kustomize = Array.from({ length: 5 }, () => {
    const begin = performance.now();
    execFileSync(binary('tools', 'kustomize'), ['build', 'rendered/dev/ticket'], { cwd: repository });
    return performance.now() - begin;
  });
  table(
    ['render', 'median of 5'],
    [
      ['the real tree, as a process (node scripts/render.ts --check)', seconds(median(whole))],
      ['kustomize build of one service of it, as Argo CD does', seconds(median(kustomize))],
    ],
  );
  const rows: string[][] = [];
  for (const [count, tries] of [
    [10, 5],
    [100, 5],
    [1000, 5],
  ] as const) {
    const ours = Array.from({ length: tries }, () => measure('ours', count));
    const floor = median(Array.from({ length: tries }, () => measure('floor', count).ms));
    // Quadratic, so the largest tree is rendered once.
    const synth = median(Array.from({ length: count > 100 ? 1 : tries }, () => measure('synth', count).ms));
    const ms = median(ours.map(({ ms }) => ms));
    rows.push([
      `${count} × 3`,
      seconds(ms),
      `${(ms / (count * 3)).toFixed(2)} ms`,
      `${Math.round(median(ours.map(({ mb }) => mb)))} MB`,
      seconds(floor),
      `${(ms / floor).toFixed(1)}×`,
      seconds(synth),
      `${(synth / ms).toFixed(1)}×`,
    ]);
  }
  table(
    ['services × overlays', 'ours', 'a chart', 'memory', 'floor', 'ours / floor', 'App.synth()', 'synth / ours'],
    rows,
  );
}

const script = (name: string, ...args: string[]): number => {
  const begin = performance.now();
  execFileSync(join(repository, 'scripts', name), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - begin;
};

/** `up` with built engines and nothing running, a second `up`, `down`, and the idle memory. */
async function benchPlatform(times: number): Promise<void> {
  const warm: number[] = [];
  const second: number[] = [];
  const down: number[] = [];
  script('down', '--purge');
  let idle = 0;
  for (let n = 0; n < times; n++) {
    warm.push(script('up'));
    second.push(script('up'));
    if (n === times - 1) {
      await sleep(120_000);
      idle = (memory() ?? 0) / 2 ** 30;
    }
    down.push(script('down', ...(n < times - 1 ? ['--purge'] : [])));
  }
  table(
    ['platform', `median of ${times}`],
    [
      ['up, engines built, nothing there', seconds(median(warm))],
      ['second up', seconds(median(second))],
      ['down', seconds(median(down))],
      ['memory, idle, everything together', `${idle.toFixed(2)} GB`],
    ],
  );
}

interface Task {
  metadata: { name: string };
  spec: {
    steps: { name: string; image: string; computeResources: unknown }[];
    volumes?: object[];
    workspaces?: { name: string; mountPath: string }[];
  };
}
/** Runs a Task of the pipeline as a plain pod: the same images, commands and environment, without Tekton. Returns seconds. */
async function bare(
  task: Task,
  params: Record<string, string | string[]>,
  results: Record<string, string>,
  name: string,
): Promise<number> {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const list = value.match(/^\$\(params\.([\w-]+)\[\*\]\)$/);
      if (list) return params[list[1] as string];
      return (
        value
          .replace(/\$\(params\.([\w-]+)\)/g, (_, key) => String(params[key] ?? results[key] ?? ''))
          // The digest is for other pods, the other results for later steps of the same pod.
          .replace('$(results.digest.path)', '/dev/termination-log')
          .replace(/\$\(results\.([\w-]+)\.path\)/g, '/results/$1')
      );
    }
    if (Array.isArray(value)) return value.flatMap((entry) => fill(entry) as never);
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fill(entry)]));
    return value;
  };
  const workspaces = task.spec.workspaces ?? [];
  const containers = (fill(task.spec.steps) as (Task['spec']['steps'][number] & { volumeMounts?: object[] })[]).map(
    ({ computeResources, ...step }) => ({
      ...step,
      resources: computeResources,
      volumeMounts: [
        ...(step.volumeMounts ?? []),
        { name: 'results', mountPath: '/results' },
        ...workspaces.map(({ name, mountPath }) => ({
          name: 'workspace',
          mountPath,
          ...(name === 'source' ? {} : { subPath: folders[name] ?? name }),
        })),
      ],
    }),
  );
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ci' },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { fsGroup: 65532 },
      initContainers: containers.slice(0, -1),
      containers: containers.slice(-1),
      volumes: [
        ...(task.spec.volumes ?? []),
        { name: 'results', emptyDir: {} },
        ...(workspaces.length > 0 ? [{ name: 'workspace', persistentVolumeClaim: { claimName: 'bench' } }] : []),
      ],
    },
  };
  const begin = performance.now();
  await kubectl(seoul, ['apply', '-f', '-'], JSON.stringify(pod));
  const phase = await until(name, 300, async () => {
    const now = await kubectl(seoul, ['get', 'pod', '-n', 'ci', name, '-o', 'jsonpath={.status.phase}']);
    return now === 'Succeeded' || now === 'Failed' ? now : undefined;
  });
  const took = performance.now() - begin;
  if (phase === 'Failed')
    throw new Error(
      // The containers after the one that failed never started, and have no log.
      `${name}: ${await kubectl(seoul, ['logs', '-n', 'ci', name, '--all-containers', '--ignore-errors', '--tail=5'])}`,
    );
  const output = await kubectl(seoul, [
    'get',
    'pod',
    '-n',
    'ci',
    name,
    '-o',
    'jsonpath={.status.containerStatuses[0].state.terminated.message}{.status.initContainerStatuses[*].state.terminated.message}',
  ]);
  const digest = output.match(/sha256:[0-9a-f]{64}/)?.[0];
  if (digest) results.digest = digest;
  await kubectl(seoul, ['delete', 'pod', '-n', 'ci', name, '--wait=false']);
  return took / 1000;
}

/** Workspace → folder of the run's volume, if the names differ. */
const folders: Record<string, string> = {
  'build-context': 'repository',
  'layer-cache': 'layers',
  'built-image': 'image',
};
const bareTasks = ['git-clone', 'unit-test', 'sonar-scan', 'kaniko-build', 'trivy-scan', 'image-push'];

async function benchLoop(service: string, times: number): Promise<void> {
  const times_: Partial<Record<Leg, number[]>> = {};
  const tools: Record<string, number[]> = {};
  const firstBuilds: number[] = [];
  // Measures the service of this checkout, not what the forge has.
  if (await commitService(service, 'As it is in this checkout')) {
    const { failure } = await follow(service, (await headOf(service)) as string, Date.now(), 600);
    if (failure) throw new Error(failure);
  }
  for (let n = 0; n < times; n++) {
    const { folder, remove } = await cloneService(service);
    writeFileSync(join(folder, 'change.txt'), `Bench ${n} at ${Date.now()}\n`);
    const commit = await commitAndPush(folder, `Bench ${n}\n`);
    const story = await follow(service, commit, Date.now(), 600);
    if (story.failure) throw new Error(story.failure);
    for (const leg of legs) {
      times_[leg] ??= [];
      times_[leg].push(story.times[leg] as number);
    }
    // The same tools as plain pods, on a commit that no pipeline has built: a branch starts none.
    writeFileSync(join(folder, 'change.txt'), `Bench ${n}, bare, at ${Date.now()}\n`);
    const bareCommit = await bareBranch(folder);
    remove();
    const [template] = [
      JSON.parse(await kubectl(seoul, ['get', 'triggertemplate', service, '-n', 'ci', '-o', 'json'])).spec
        .resourcetemplates,
    ];
    await kubectl(
      seoul,
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'bench', namespace: 'ci' },
        spec: template[0].spec.workspaces[0].volumeClaimTemplate.spec,
      }),
    );
    const given = template[0].spec.params as { name: string; value: string | string[] }[];
    const own = Object.fromEntries(given.map(({ name, value }) => [name, value]));
    const params: Record<string, string | string[]> = {
      ...own,
      commit: bareCommit,
      subject: 'Bench',
      author: 'Bench',
      run: `bench-${n}`,
      // Its commit is on a branch of the bench.
      ref: 'none',
      command: own['test-command'] as string[],
      cachePaths: own['cache-paths'] as string[],
      settings: own.analysis as string[],
    };
    const results: Record<string, string> = {};
    const timed = async (name: string, pod: string, other: Record<string, string> = {}) => {
      const task = JSON.parse(await kubectl(seoul, ['get', 'task', name, '-n', 'ci', '-o', 'json'])) as Task;
      return bare(task, { ...params, ...other }, results, pod);
    };
    for (const name of bareTasks) {
      tools[name] ??= [];
      const image = name === 'unit-test' ? { image: own['test-image'] as string } : {};
      tools[name].push(await timed(name, `bench-${n}-${name}`, image));
    }
    // Again with a cache miss: an image of another name has no layer cache.
    await timed('git-clone', `bench-${n}-git-clone-first`, { image: `${own.image}-first` });
    firstBuilds.push(await timed('kaniko-build', `bench-${n}-kaniko-build-first`));
    await kubectl(seoul, ['delete', 'pvc', 'bench', '-n', 'ci', '--wait=true']);
  }
  const sum = Object.values(tools).reduce((total, values) => total + median(values), 0);
  const loop = median(times_['new version served'] as number[]);
  table(
    [`${service}: stage`, `seconds after the push, median of ${times}`],
    legs.map((leg) => [leg, median(times_[leg] as number[]).toFixed(1)]),
  );
  table(
    [`${service}: plain pod`, `seconds, median of ${times}`],
    [
      ...Object.entries(tools).map(([name, values]) => [name, median(values).toFixed(1)]),
      ['sum', sum.toFixed(1)],
      ['loop to served / sum', `${(loop / sum).toFixed(2)}×`],
      ['kaniko-build, layer cache miss', median(firstBuilds).toFixed(1)],
    ],
  );
}

const percentile = (values: number[], part: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] as number;

const perSecond = (count: number, ms: number) => `${Math.round((count / ms) * 1000)} a second`;
const p50p99 = (times: number[]) => `${percentile(times, 0.5)} ms, ${percentile(times, 0.99)} ms`;

/** A rush and a sale in an environment, as it is: the figures in the order of `storeFigures`. */
async function sell(environment: 'dev' | 'prod'): Promise<string[]> {
  const stamp = Date.now();
  const rush = await newShow(environment, { admitPerSecond: { N: '1000' }, admitWindow: { N: '10000' } });
  const join = (n: number) =>
    ask('booking', environment, '/queue', { body: { show: rush }, as: `bench-${stamp}-${n}` });
  // A JVM is slow at first.
  await callers(50, 2_000, join);
  let begin = Date.now();
  await callers(200, joins, (n) => join(n + 2_000));
  const joined = Date.now() - begin;

  const show = await newShow(environment, { rows: { N: '20' }, seatsPerRow: { N: String(seats / 20) } });
  const { answer } = await ask('booking', environment, `/shows/${show}`);
  const free: string[] = answer.seats.map(({ seat }: { seat: string }) => seat);
  const took: number[] = [];
  begin = Date.now();
  await callers(32, seats, async (n) => {
    const as = `bench-${stamp}-${n}`;
    const from = Date.now();
    const hold = await ask('booking', environment, '/holds', { body: { show, seat: free[n] }, as });
    await ask('booking', environment, '/bookings', { body: { hold: hold.answer.id }, as });
    took.push(Date.now() - from);
  });
  const booked = Date.now() - begin;

  const delays: number[] = [];
  const last = await newShow(environment);
  for (let n = 0; n < 100; n++) {
    const as = `bench-${stamp}-${n}`;
    const one = (await buy(environment, last, as)) as Booked;
    const from = Date.now();
    while ((await ask('ticket', environment, `/tickets?booking=${one.id}`, { as })).status === 404) await sleep(5);
    delays.push(Date.now() - from);
  }
  await removeShows();
  return [perSecond(joins, joined), perSecond(seats, booked), p50p99(took), p50p99(delays)];
}
const joins = 4_000;
const seats = 900;
const storeFigures = [
  `joins of the queue, 200 callers, ${joins}`,
  `holds with their bookings, 32 callers, ${seats}`,
  '… p50, p99 of both requests',
  'ticket after its booking, 100 one by one: p50, p99',
];

/** The services on their stores: dev has one replica of booking, prod gets three; the autoscaler takes none away within five minutes. */
async function benchStores(): Promise<void> {
  const dev = await sell('dev');
  await kubectl(seoul, 'scale deployment/booking -n prod --replicas=3');
  await kubectl(seoul, 'rollout status deployment/booking -n prod --timeout=180s');
  const prod = await sell('prod');
  const memories = regions.map((region) => memory(storesName(region)) ?? 0);
  table(
    ['stores', 'dev, one replica of booking', 'prod, three'],
    storeFigures.map((name, n) => [name, dev[n] as string, prod[n] as string]),
  );
  console.log(
    `\nmemory of the stores of both regions: ${Math.round(memories.reduce((sum, one) => sum + one, 0) / 2 ** 20)} MB\n`,
  );
}

/** What the entrance adds to a lookup, beside the ingress and the service alone. */
async function benchEntrance(): Promise<void> {
  const { lookup, rounds } = await measureEntrance('prod');
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  table(
    [`GET ${lookup}, 500 a second, median of 3 times 20 s`, 'service alone', 'through the entrance', 'adds'],
    [
      ...(['p50', 'p99'] as const).map((part) => {
        const [alone, through] = [middle((round) => round.alone[part]), middle((round) => round.through[part])];
        return [`${part}, ms`, alone.toFixed(2), through.toFixed(2), (through - alone).toFixed(2)];
      }),
      [
        'answers a second',
        ...[middle((round) => round.alone.rate), middle((round) => round.through.rate)].map(String),
        `${((1 - middle((round) => round.through.rate / round.alone.rate)) * 100).toFixed(1)} % less`,
      ],
    ],
  );
  const others = rounds.flatMap(({ alone, through }) => [alone.others, through.others]);
  if (others.some((some) => Object.keys(some).length > 0)) console.log(`other answers: ${JSON.stringify(others)}\n`);
}

async function bareBranch(folder: string): Promise<string> {
  await git(['add', '--all', '.'], folder);
  await git(['commit', '--quiet', '--message', 'Bare'], folder);
  await git(['push', '--quiet', '--force', 'origin', 'HEAD:bench'], folder, secrets().developerToken);
  return (await git(['rev-parse', 'HEAD'], folder)).trim();
}

const one = process.argv.indexOf('--one');
if (one > 0) {
  const [way, count] = process.argv.slice(one + 1) as [string, string];
  const ms = (ways[way] as (count: number) => number)(Number(count));
  console.log(JSON.stringify({ ms, mb: process.resourceUsage().maxRSS / 1024 }));
} else
  await command(
    `
npm run bench: measures, and prints tables. Ratios are taken within one run, because machines differ

  --render     the generator, beside App.synth(), kustomize and the floor
  --loop       a push of each service until it is served, beside the same tools as plain pods, one after the other (needs the platform up)
  --stores     joins, bookings and tickets of dev and prod (needs the platform up)
  --entrance   what firewall, gateway and accelerator add to a request (needs the platform up)
  --platform   up, second up, down, memory (takes the platform down, and its data)

Without a flag: all of it. Takes more than an hour.
`,
    ['--render', '--loop', '--stores', '--entrance', '--platform'],
    async (given) => {
      const all = given.size === 0;
      console.log(
        `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}\n`,
      );
      if (all || given.has('--render')) benchRender();
      if (all || given.has('--platform')) {
        await benchPlatform(5);
        if (all) script('up');
      }
      if (all || given.has('--stores')) await benchStores();
      if (all || given.has('--entrance')) await benchEntrance();
      if (all || given.has('--loop')) for (const service of services) await benchLoop(service, 5);
    },
  );
