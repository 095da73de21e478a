import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Chart } from 'cdk8s';
import { annotation } from './labels.ts';
import { manifests } from './render.ts';
import { pipeline, pipelineObject, pipelineRunSpec, shell, task, taskObject } from './tekton.ts';

const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } };
type Step = { computeResources: { requests: Record<string, string> } };
const settings = { serviceAccount: 'build', reaches: [], retries: 0, timeout: '1m0s' };
const image = `tool@sha256:${'a'.repeat(64)}`;

const fetched = task({
  ...settings,
  name: 'fetch',
  description: 'fetches',
  params: { url: 'where from' },
  results: { commitTime: 'when' },
  workspaces: { source: 'gets it' },
  steps: (own) => [{ name: 'go', image, script: 'echo "$URL"', env: { SOURCE: own.workspaces.source }, resources }],
});
const built = task({
  ...settings,
  name: 'build',
  description: 'builds',
  retries: 2,
  params: { commitTime: 'when', flags: { list: 'flags' } },
  results: { digest: 'digest' },
  workspaces: { source: { readOnly: 'has it' } },
  steps: (own) => [
    {
      name: 'go',
      image,
      command: ['build'],
      args: [own.params.flags, `--digest=${own.results.digest}`, `--time=${own.params.commitTime}`],
      secrets: { TOKEN: { secret: 'login', key: 'token' } },
      env: { SETTING: 'x' },
      root: { why: 'it unpacks', capabilities: ['CHOWN'] },
      resources,
    },
  ],
});
const checked = task({
  ...settings,
  name: 'check',
  description: 'checks',
  params: {},
  results: {},
  workspaces: { source: 'has it' },
  steps: () => [{ name: 'go', image, command: ['check'], resources }],
});

const flow = pipeline({
  name: 'flow',
  description: 'all of it',
  params: { url: 'where from', flags: { list: 'flags' } },
  workspaces: { source: 'the sources' },
  flow: (params, workspaces, run) => {
    const first = run(fetched, { params: { url: params.url }, workspaces });
    const gate = run(checked, { params: {}, workspaces: first.workspaces });
    const second = run(built, {
      params: { commitTime: first.results.commitTime, flags: params.flags },
      workspaces: { source: workspaces.source },
      runAfter: [gate],
    });
    return { imageDigest: { description: 'digest', value: second.results.digest } };
  },
});

const render = (build: (chart: Chart) => void) => manifests('ci', build)[0];

describe('task', () => {
  const step = (of: Parameters<typeof taskObject>[1]) => render((chart) => taskObject(chart, of)).spec.steps[0];

  test('params and results reach a step as environment variables, and a script is passed as it is', () => {
    const { command, args, env } = step(fetched as never);
    expect([command, args]).toEqual([['sh', '-c'], ['echo "$URL"']]);
    expect(env).toEqual([
      { name: 'LANG', value: 'C.UTF-8' },
      { name: 'URL', value: '$(params.url)' },
      { name: 'RESULT_COMMIT_TIME_PATH', value: '$(results.commit-time.path)' },
      { name: 'SOURCE', value: '/source' },
    ]);
  });

  // The kubelet expands $(TOKEN) in a value only from variables before it.
  test('secrets come after everything that somebody else may choose', () => {
    expect(step(built as never).env.map(({ name }: { name: string }) => name)).toEqual([
      'LANG',
      'COMMIT_TIME',
      'RESULT_DIGEST_PATH',
      'SETTING',
      'TOKEN',
    ]);
  });

  test('a list is passed whole', () => {
    expect(step(built as never).args).toEqual([
      '$(params.flags[*])',
      '--digest=$(results.digest.path)',
      '--time=$(params.commit-time)',
    ]);
  });

  test('a step is an ordinary user without a writable root, unless the task says why not', () => {
    expect(step(checked as never).securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const root = render((chart) => taskObject(chart, built as never));
    expect(root.metadata.annotations[annotation.runsAsRoot]).toBe('go: it unpacks');
    expect(root.spec.steps[0].securityContext).toMatchObject({
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['CHOWN'] },
    });
  });

  test('refuses two steps of one name', () => {
    const step = { name: 'go', image, command: ['x'], resources };
    const twice = () =>
      task({
        ...settings,
        name: 'twice',
        description: '',
        params: {},
        results: {},
        workspaces: {},
        steps: () => [step, step],
      });
    expect(twice).toThrow('task twice: has step go twice');
  });

  test('asks for what the greatest of its steps asks for, because they run one after the other', () => {
    const asks = (cpu: string, memory: string) => ({ ...resources, requests: { cpu, memory } });
    const steps = [asks('50m', '1Gi'), asks('1', '64Mi'), asks('500m', '512Mi')].map((resources, n) => ({
      ...{ name: `step-${n}`, image, command: ['true'], resources },
    }));
    const of = task({
      ...settings,
      name: 'many',
      description: 'x',
      params: {},
      results: {},
      workspaces: {},
      steps: () => steps,
    });
    const { steps: rendered } = render((chart) => taskObject(chart, of as never)).spec;
    expect(rendered.map(({ computeResources: { requests } }: Step) => [requests.cpu, requests.memory])).toEqual([
      ['0', '1Gi'],
      ['1', '0'],
      ['0', '0'],
    ]);
  });

  test('has no empty lists, which the API server would drop', () => {
    expect(Object.keys(render((chart) => taskObject(chart, checked as never)).spec).sort()).toEqual([
      'description',
      'steps',
      'workspaces',
    ]);
  });
});

describe('pipeline', () => {
  const { spec } = render((chart) => pipelineObject(chart, flow as never));

  test('a task runs after those whose results and workspaces it uses, and after its gates', () => {
    const order = Object.fromEntries(
      spec.tasks.map((entry: { name: string; runAfter?: string[] }) => [entry.name, entry.runAfter ?? []]),
    );
    expect(order).toEqual({ fetch: [], check: ['fetch'], build: ['check', 'fetch'] });
  });

  test('values are passed by reference, lists whole', () => {
    expect(spec.tasks[2].params).toEqual([
      { name: 'commit-time', value: '$(tasks.fetch.results.commit-time)' },
      { name: 'flags', value: ['$(params.flags[*])'] },
    ]);
    expect(spec.results).toEqual([
      { name: 'image-digest', type: 'string', description: 'digest', value: '$(tasks.build.results.digest)' },
    ]);
  });

  test('a task that shares a volume has no node of its own: the pods of a volume run on one', () => {
    const onDemand = () => task({ ...fetched, onDemand: true, steps: () => [] });
    expect(onDemand).toThrow(
      'task fetch: is for on-demand nodes and has a workspace, which binds it to the node of the other tasks',
    );
  });

  test('refuses to run a task twice', () => {
    const twice = () =>
      pipeline({
        name: 'twice',
        description: '',
        params: {},
        workspaces: { source: '' },
        flow: (_, workspaces, run) => {
          run(checked, { params: {}, workspaces });
          run(checked, { params: {}, workspaces });
          return {};
        },
      });
    expect(twice).toThrow('pipeline twice: runs task check twice');
  });

  test('a run gives every task its account, and root only to the one that says why', () => {
    const run = pipelineRunSpec(flow, {
      params: { url: 'http://x', flags: ['-v'] },
      volumes: { source: { storage: '2Gi', storageClassName: 'fast' } },
      timeouts: { pipeline: '3m0s', tasks: '2m0s', finally: '1m0s' },
      onDemandNodes: { lifetime: 'long' },
      ownNodes: undefined,
      // biome-ignore lint/suspicious/noExplicitAny: an object of the API, read field by field
    }) as any;
    expect(run.params).toEqual([
      { name: 'url', value: 'http://x' },
      { name: 'flags', value: ['-v'] },
    ]);
    expect(run.workspaces).toEqual([
      {
        name: 'source',
        volumeClaimTemplate: {
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'fast',
            resources: { requests: { storage: '2Gi' } },
          },
        },
      },
    ]);
    const user = (name: string) =>
      run.taskRunSpecs.find((entry: { pipelineTaskName: string }) => entry.pipelineTaskName === name).podTemplate
        ?.securityContext.runAsUser;
    expect([user('fetch'), user('build')]).toEqual([65532, undefined]);
    expect(run.taskRunTemplate.podTemplate).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { fsGroup: 65532 },
    });
  });
});

// It is the compiler that has to refuse these, and `npm run check` fails when it does not.
const wrong = () =>
  pipeline({
    name: 'wrong',
    description: '',
    params: { url: '', flags: { list: '' } },
    workspaces: { source: '' },
    flow: (params, workspaces, run) => {
      const first = run(fetched, { params: { url: params.url }, workspaces });
      // @ts-expect-error a param that the task does not have
      run(fetched, { params: { uri: params.url }, workspaces });
      // @ts-expect-error a param that is missing
      run(fetched, { params: {}, workspaces });
      // @ts-expect-error a list for a text
      run(fetched, { params: { url: params.flags }, workspaces });
      // @ts-expect-error a text for a list
      run(built, { params: { commitTime: '', flags: params.url }, workspaces });
      // @ts-expect-error a workspace that is missing
      run(fetched, { params: { url: params.url }, workspaces: {} });
      // @ts-expect-error a workspace that the pipeline does not have
      run(fetched, { params: { url: params.url }, workspaces: { source: workspaces.cache } });
      // @ts-expect-error a param that the pipeline does not have
      run(fetched, { params: { url: params.uri }, workspaces });
      // @ts-expect-error a result that the task does not have
      return { time: { description: '', value: first.results.time } };
    },
  });
const wrongOwn = () =>
  task({
    ...settings,
    name: 'wrong',
    description: '',
    params: { url: '' },
    results: { digest: '' },
    workspaces: {},
    // @ts-expect-error a result that the task does not have
    steps: (own) => [{ name: 'go', image, args: [own.results.image], resources }],
  });

test('wrong names are left to the compiler: what it refuses above is never run', () => {
  expect([typeof wrong, typeof wrongOwn]).toEqual(['function', 'function']);
});

describe('shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shell-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (text: string) => {
    writeFileSync(join(folder, 'x.sh'), text);
    return () => shell(pathToFileURL(join(folder, 'x.sh')));
  };

  test.each([
    'echo $(params.commit)',
    'echo "$(tasks.build.results.digest)"',
    'cat $(results.digest.path)',
    'echo $(params["commit"])',
    'echo $(params.list[*])',
    'echo $(context.taskRun.name)',
    'cd $(pwd)',
    'echo $$',
  ])('refuses %s, which would be replaced before a shell reads it', (line) => {
    expect(read(`set -e\n${line}\n`)).toThrow('would be replaced before a shell reads it');
  });

  test.each(['x=$(git rev-parse HEAD)', `x=$(printf '%s' "$Y" | base64)`, '[ "$' + '{#X}" -eq 40 ]'])(
    'keeps %s',
    (line) => {
      expect(read(line)()).toBe(line);
    },
  );
});
