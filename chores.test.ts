import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/**
 * The chores of docs/adding-a-service.md, done in a copy of the repository, rendered and tested there. A chore that needs more files than
 * it writes here fails: it does not compile, does not render, or breaks a house rule or a document.
 */
/** File → pieces of it, and what replaces each. */
type Edits = Record<string, [from: RegExp, to: string][]>;
type Chore = {
  name: string;
  /** New files, with their text. */
  adds: Record<string, string>;
  edits: Edits;
  /** Where people read of it, and what the stories on the running platform know. */
  records?: Edits;
};

const chores: Chore[] = [
  {
    name: 'a service',
    adds: {
      'apps/refund.ts': `import type { Service } from './service.ts';

export const refund: Service = {
  name: 'refund',
  stack: 'go',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
};
`,
    },
    edits: {
      'apps/index.ts': [
        [/^/, "import { refund } from './refund.ts';\n"],
        [/\[booking, /, '[booking, refund, '],
      ],
    },
  },
  {
    name: 'a component of the platform',
    adds: {
      'apps/platform/reports.ts': `import { k8s } from 'cdk8s-plus-27';
import { restricted } from '../../charts/namespace.ts';
import type { Component } from '../app.ts';

export const reports: Component = {
  name: 'reports',
  namespace: 'reports',
  makesNamespace: restricted,
  wave: 0,
  on: () => true,
  charts: {
    'apps/platform/reports.ts': (chart) => {
      new k8s.KubeLimitRange(chart, 'limits', { metadata: { name: 'limits' }, spec: { limits: [] } });
    },
  },
};
`,
    },
    edits: {
      'apps/platform/index.ts': [
        [/^/, "import { reports } from './reports.ts';\n"],
        [/\[cluster, /, '[cluster, reports, '],
      ],
    },
  },
  {
    name: 'an alert channel',
    adds: {
      'alerts/channels/pager.ts': `import type { ChannelKind } from './channel.ts';

export const pager: ChannelKind = {
  variable: 'PAGER_WEBHOOK_URL',
  open: () => ({ longestSendMs: 1000, send: async () => ({ outcome: 'sent' }) }),
};
`,
    },
    edits: { 'alerts/channels/index.ts': [[/$/, "export { pager } from './pager.ts';\n"]] },
  },
  {
    name: 'an alert channel that is on',
    adds: {},
    edits: {
      'overlays/secrets.ts': [
        [/ExternalSecret\[\] = \[\n/, "$&  { namespace: 'notifier', name: 'pager', keys: ['url'] },\n"],
      ],
      'local/seed/cluster-secrets.ts': [[/ {2}slack: \{ url: slackUrl \},\n/, '$&  pager: { url: slackUrl },\n']],
    },
    records: {
      'docs/security.md': [[/\| `slack` \|.*\n/, '$&| `pager` | the notifier | page people |\n']],
    },
  },
  {
    name: 'a task',
    adds: {
      'tasks/spell-check/spell-check.ts': `import type { Images } from '../../lib/images.ts';
import { shell, task } from '../../lib/kube/tekton.ts';

export const spellCheck = (images: Images) =>
  task({
    name: 'spell-check',
    description: 'Checks the spelling of a repository.',
    params: {},
    results: {},
    workspaces: { source: { readOnly: 'has the folder \`repository\`' } },
    serviceAccount: 'scan',
    reaches: [],
    retries: 1,
    timeout: '5m0s',
    steps: () => [
      {
        name: 'check',
        image: images.git,
        script: shell(new URL('./spell-check.sh', import.meta.url)),
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
      },
    ],
  });
`,
      'tasks/spell-check/spell-check.sh': '#!/bin/sh\nset -eu\necho "spell-check: nothing found"\n',
    },
    edits: {
      'pipelines/deliver/deliver.ts': [
        [/^/, "import { spellCheck } from '../../tasks/spell-check/spell-check.ts';\n"],
        [
          /(\n *)(const \{ source \} = cloned\.workspaces;)/,
          '$1$2$1run(spellCheck(images), { params: {}, workspaces: { source } });',
        ],
      ],
    },
    records: {
      'docs/gates.md': [[/\| `unit-test` \|.*\n/, '$&| `spell-check` | a wrong word | |\n']],
      'e2e/reach.ts': [[/ {2}'unit-test': 'ci',\n/, "$&  'spell-check': 'ci',\n"]],
    },
  },
  {
    name: 'the account of a region',
    adds: {},
    edits: { 'overlays/regions/tokyo.ts': [[/111122223333/, '444455556666']] },
  },
  {
    name: 'the version of an image',
    adds: {},
    edits: { 'overlays/images.ts': [[/trivy:[\d.]+@sha256:[0-9a-f]{64}/, `trivy:0.75.0@sha256:${'7'.repeat(64)}`]] },
  },
];

const here = import.meta.dirname;
const node = process.execPath;
let copy: string;
const read = (path: string) => readFileSync(join(copy, path), 'utf8');
const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, encoding: 'utf8' });
  return `${status} ${stdout}${stderr}`;
};

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'chores-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: here,
    encoding: 'utf8',
  });
  for (const path of listed.split('\0').filter((path) => path && existsSync(join(here, path)))) {
    mkdirSync(join(copy, dirname(path)), { recursive: true });
    cpSync(join(here, path), join(copy, path), { verbatimSymlinks: true });
  }
  symlinkSync(join(here, 'node_modules'), join(copy, 'node_modules'));
  for (const { adds, edits, records } of chores) {
    for (const [path, text] of Object.entries(adds)) {
      mkdirSync(join(copy, dirname(path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    for (const [path, changes] of Object.entries({ ...edits, ...records })) {
      const before = read(path);
      const after = changes.reduce((text, [from, to]) => text.replace(from, to), before);
      if (changes.some(([from]) => !from.test(before)))
        throw new Error(`${path}: no longer has ${changes.map(([from]) => from)}`);
      writeFileSync(join(copy, path), after);
    }
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What the compiler knows of the copy before, which differs little: it judges anew what changed. */
const known = join(here, 'node_modules/.cache/chores.tsbuildinfo');
/** What jest transformed of the copies before. */
const transformed = join(here, 'node_modules/.cache/chores');

test('all chores together compile and render', () => {
  if (existsSync(known)) cpSync(known, join(copy, 'dist/tsbuildinfo'));
  const incremental = ['--incremental', '--tsBuildInfoFile', 'dist/tsbuildinfo'];
  expect(run(node, 'node_modules/typescript/bin/tsc', ...incremental)).toBe('0 ');
  cpSync(join(copy, 'dist/tsbuildinfo'), known);
  expect(run(node, 'scripts/render.ts')).toMatch(/^0 render: /);
}, 180_000);

/** Those of house rules, documents, names and lists; what a single part does, its own tests say. */
const tests = [
  ...['main.test.ts', 'imports.test.ts', 'README.test.ts', 'scripts/guarantees.test.ts', 'overlays/names.test.ts'],
  ...['apps/platform/argocd.test.ts', 'apps/platform/programs.test.ts', 'apps/definition.test.ts'],
  ...['local/seed/cluster-secrets.test.ts', 'alerts/webhooks.test.ts'],
];

test('they break no house rule and no document', () => {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/.bin/jest'];
  // What commands say of themselves, no chore changes.
  const others = ['--testNamePattern=^(?!.* explains itself$)', '--rootDir=.', '--silent', '--maxWorkers=1'];
  others.push(`--cacheDirectory=${transformed}`, '--runTestsByPath');
  expect(run(node, ...jest, ...others, ...tests)).toMatch(/^0 /);
  // Of this copy alone.
  for (const name of readdirSync(transformed).filter((name) => !name.startsWith('jest-transform-cache-')))
    rmSync(join(transformed, name), { recursive: true, force: true });
}, 180_000);

describe('what each chore brings', () => {
  test('a service: its objects in each environment, its trigger, its Applications and release files', () => {
    for (const path of [
      ...['dev', 'prod', 'dr'].flatMap((environment) => [
        `rendered/${environment}/refund/refund.yaml`,
        `releases/${environment}/refund/kustomization.yaml`,
      ]),
      'rendered/seoul/ci/trigger-refund.yaml',
      'rendered/seoul/ci/externalsecret-webhook-refund.yaml',
      'rendered/seoul/argocd/application-refund-prod.yaml',
      'rendered/tokyo/argocd/application-refund-dr.yaml',
    ])
      expect([path, existsSync(join(copy, path))]).toEqual([path, true]);
  });

  test('a component: its namespace, objects and Application, and the kinds that its project allows', () => {
    expect(read('rendered/tokyo/reports/limitrange-limits.yaml')).toContain('kind: LimitRange');
    expect(read('rendered/tokyo/cluster/namespace-reports.yaml')).toContain(
      'pod-security.kubernetes.io/enforce: restricted',
    );
    expect(read('rendered/tokyo/argocd/application-reports.yaml')).toContain('path: rendered/tokyo/reports');
    expect(read('rendered/tokyo/argocd/appproject-platform.yaml')).toContain('kind: LimitRange');
  });

  test('a channel: its variable switches it on', () => {
    const program =
      "import { readWebhooks } from './alerts/webhooks.ts'; console.log(JSON.stringify(readWebhooks(process.env)))";
    const { stdout } = spawnSync(node, ['--input-type=module', '--eval', program], {
      cwd: copy,
      encoding: 'utf8',
      env: { PAGER_WEBHOOK_URL: 'https://pager.example/x' },
    });
    expect(JSON.parse(stdout)).toEqual({
      webhooks: [{ channel: 'pager', url: 'https://pager.example/x' }],
      faults: [],
    });
  });

  test('a channel that is on: its Secret, and the variable of the notifier', () => {
    expect(read('rendered/tokyo/notifier/externalsecret-pager.yaml')).toContain('platform/notifier/pager');
    expect(read('rendered/tokyo/notifier/deployment-notifier.yaml')).toContain('PAGER_WEBHOOK_URL');
  });

  test('a task: its Task, and its place in the Pipeline', () => {
    expect(read('rendered/seoul/ci/task-spell-check.yaml')).toContain('kind: Task');
    expect(read('rendered/seoul/ci/pipeline-deliver.yaml')).toContain('name: spell-check');
  });

  test('the account of a region: every registry of the region, and no other', () => {
    const kustomization = (environment: string) => read(`rendered/${environment}/ticket/kustomization.yaml`);
    expect(kustomization('dr')).toContain('444455556666.dkr.ecr.ap-northeast-1.amazonaws.com');
    expect(kustomization('prod')).toContain('111122223333.dkr.ecr.ap-northeast-2.amazonaws.com');
    expect(spawnSync('grep', ['-rl', '111122223333.dkr.ecr.ap-northeast-1', join(copy, 'rendered')]).status).toBe(1);
  });

  test('the version of an image: the step that runs it', () => {
    expect(read('rendered/seoul/ci/task-trivy-scan.yaml')).toContain(`trivy:0.75.0@sha256:${'7'.repeat(64)}`);
  });
});

// As the house wants it; the code of a task is its folder. A Secret has a value on the embedded platform too.
test.each(chores)('$name takes one new file or folder at most, and one changed file', ({ name, adds, edits }) => {
  const units = new Set(Object.keys(adds).map((path) => (path.startsWith('tasks/') ? dirname(path) : path)));
  expect(units.size).toBeLessThanOrEqual(1);
  expect(Object.keys(edits)).toHaveLength(name === 'an alert channel that is on' ? 2 : 1);
});
