import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

/** Chores, done in a copy of the repository as a person does them, and then rendered: each may take so many files and lines, and no more. */
type Chore = {
  title: string;
  /** New files. */
  adds?: Record<string, string>;
  /** Changed files: what is replaced by what. */
  changes: Record<string, [string | RegExp, string][]>;
  /** Texts that rendered files have from then on. */
  shows: Record<string, string[]>;
  /** New files, changed files, changed lines. */
  costs: [number, number, number];
};

const chores: Chore[] = [
  {
    title: 'add a service',
    adds: {
      'apps/refund.ts': `import type { Service } from './service.ts';

export const refund: Service = {
  name: 'refund',
  stack: 'go',
  port: 8080,
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
};
`,
    },
    changes: {
      'apps/index.ts': [
        [/^/, "import { refund } from './refund.ts';\n"],
        [/\];\n$/, ', refund];\n'],
      ],
    },
    shows: {
      'rendered/dr/refund/refund.yaml': ['kind: Deployment', 'host: refund.dr.'],
      'rendered/seoul/argocd/application-refund-prod.yaml': ['namespace: prod'],
      'rendered/seoul/ci/triggertemplate-refund.yaml': ['refund.git'],
      'releases/dev/refund/kustomization.yaml': ['refund'],
    },
    costs: [1, 1, 2],
  },
  {
    title: 'add a component of the platform',
    adds: {
      'apps/platform/status-page.ts': `import { k8s } from 'cdk8s-plus-27';
import { restricted } from '../../charts/namespace.ts';
import type { Component } from '../app.ts';

export const statusPage: Component = {
  name: 'status-page',
  namespace: 'status-page',
  wave: 0,
  on: () => true,
  makesNamespace: restricted,
  charts: {
    'apps/platform/status-page.ts': (chart) => {
      new k8s.KubeConfigMap(chart, 'page', { metadata: { name: 'page' }, data: { title: 'Tickets' } });
      new k8s.KubeClusterRole(chart, 'role', { metadata: { name: 'status-page' }, rules: [] });
    },
  },
};
`,
    },
    changes: {
      'apps/platform/index.ts': [
        [/^/, "import { statusPage } from './status-page.ts';\n"],
        [/argocd\];\n$/, 'statusPage, argocd];\n'],
      ],
    },
    shows: {
      'rendered/tokyo/status-page/configmap-page.yaml': ['namespace: status-page'],
      'rendered/tokyo/cluster/namespace-status-page.yaml': ['kind: Namespace'],
      'rendered/tokyo/argocd/application-status-page.yaml': ['path: rendered/tokyo/status-page'],
      'rendered/tokyo/argocd/appproject-platform.yaml': [
        'kind: ConfigMap',
        'namespace: status-page',
        'kind: ClusterRole',
      ],
    },
    costs: [1, 1, 2],
  },
  {
    title: 'add a task',
    adds: {
      'tasks/lint/lint.ts': `import type { Images } from '../../lib/images.ts';
import { task } from '../../lib/kube/tekton.ts';

export const lint = (images: Images) =>
  task({
    name: 'lint',
    description: 'Looks over the sources.',
    params: {},
    results: {},
    workspaces: { source: { readOnly: 'has the sources' } },
    serviceAccount: 'lint',
    retries: 0,
    timeout: '5m0s',
    steps: () => [
      {
        name: 'lint',
        image: images.git,
        command: ['git', 'diff', '--check'],
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
      },
    ],
  });
`,
    },
    changes: {
      'pipelines/deliver/deliver.ts': [
        [/^/, "import { lint } from '../../tasks/lint/lint.ts';\n"],
        [
          '      const { source } = cloned.workspaces;\n',
          '      const { source } = cloned.workspaces;\n      run(lint(images), { params: {}, workspaces: { source } });\n',
        ],
      ],
    },
    shows: {
      'rendered/seoul/ci/task-lint.yaml': ['kind: Task', 'git'],
      'rendered/seoul/ci/pipeline-deliver.yaml': ['name: lint'],
      'rendered/seoul/ci/serviceaccount-lint.yaml': ['name: lint'],
      'rendered/seoul/ci/triggertemplate-ticket.yaml': ['pipelineTaskName: lint'],
    },
    costs: [1, 1, 2],
  },
  {
    title: 'add an alert channel',
    adds: {
      'alerts/channels/pager.ts': `import type { ChannelKind } from './channel.ts';

export const pager: ChannelKind = {
  variable: 'PAGER_WEBHOOK_URL',
  open: () => ({ longestSendMs: 1000, send: async () => ({ outcome: 'sent' }) }),
};
`,
    },
    changes: { 'alerts/channels/index.ts': [[/$/, "export { pager } from './pager.ts';\n"]] },
    shows: {},
    costs: [1, 1, 1],
  },
  {
    title: 'switch an alert channel on',
    changes: {
      'overlays/secrets.ts': [
        [
          /ExternalSecret\[\] = \[\n/,
          "ExternalSecret[] = [\n  { namespace: 'notifier', name: 'pager', keys: ['url'] },\n",
        ],
      ],
    },
    shows: {
      'rendered/tokyo/notifier/deployment-notifier.yaml': ['PAGER_WEBHOOK_URL'],
      'rendered/tokyo/notifier/externalsecret-pager.yaml': ['platform/notifier/pager'],
    },
    costs: [0, 1, 1],
  },
  {
    title: "change a region's account and place",
    changes: {
      'overlays/regions/tokyo.ts': [[/aws: \{.*\}/, "aws: { region: 'ap-northeast-3', account: '444455556666' }"]],
    },
    shows: {
      'rendered/dr/ticket/kustomization.yaml': ['444455556666.dkr.ecr.ap-northeast-3.amazonaws.com/ticket'],
      'rendered/seoul/ci/ecrauthorizationtoken-registry-replicate-tokyo.yaml': ['region: ap-northeast-3'],
      'rendered/tokyo/notifier/deployment-notifier.yaml': ['444455556666.dkr.ecr.ap-northeast-3'],
    },
    costs: [0, 1, 1],
  },
];

let copy = '';
const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: copy, encoding: 'utf8' });
const git = (...args: string[]) =>
  run(
    'git',
    '-c',
    'user.name=A person',
    '-c',
    'user.email=person@tickets.example',
    '-c',
    'commit.gpgsign=false',
    ...args,
  );
const read = (file: string) => readFileSync(join(copy, file), 'utf8');
const commit = () => git('commit', '--quiet', '--allow-empty', '--no-verify', '--message', 'A chore');

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'house-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter((file) => file && existsSync(join(import.meta.dirname, file)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(import.meta.dirname, file), join(copy, file));
  }
  symlinkSync(join(import.meta.dirname, 'node_modules'), join(copy, 'node_modules'));
  git('init', '--quiet');
  writeFileSync(join(copy, '.git/info/exclude'), 'node_modules\n');
  git('add', '--all');
  commit();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test.each(chores)(
  '$title',
  ({ adds = {}, changes, shows, costs }) => {
    for (const [file, text] of Object.entries(adds)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text);
    }
    for (const [file, replacements] of Object.entries(changes))
      for (const [from, to] of replacements) {
        const changed = read(file).replace(from, to);
        expect([file, changed]).not.toEqual([file, read(file)]);
        writeFileSync(join(copy, file), changed);
      }
    run(process.execPath, 'scripts/render.ts');
    for (const [file, texts] of Object.entries(shows)) for (const text of texts) expect(read(file)).toContain(text);

    git('add', '--all');
    const written = git('diff', '--cached', '--numstat', '--no-renames', 'HEAD', '--', '.', ':!rendered', ':!releases')
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    const fresh = written.filter(([, , file = '']) => file in adds);
    const changed = written.filter(([, , file = '']) => !(file in adds));
    expect([fresh.length, changed.length, changed.reduce((sum, [lines]) => sum + Number(lines), 0)]).toEqual(costs);
    commit();
  },
  180_000,
);

test('after all of them the types of the whole repository hold', () => {
  run(join(copy, 'node_modules/.bin/tsc'));
}, 180_000);
