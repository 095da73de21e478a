import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { services } from './apps/index.ts';
import { annotation } from './lib/kube/labels.ts';
import { parseRelease } from './lib/release/releases.ts';
import { clusterRoleBindings } from './lib/rules/cluster-role-bindings.ts';
import { imagesByDigest } from './lib/rules/images-by-digest.ts';
import { type Directions, importDirections } from './lib/rules/import-directions.ts';
import { noReplicasBesideAutoscaler } from './lib/rules/no-replicas-beside-autoscaler.ts';
import { noSecretValues } from './lib/rules/no-secret-values.ts';
import { noVariablesInScripts } from './lib/rules/no-variables-in-scripts.ts';
import { nonRoot } from './lib/rules/non-root.ts';
import { probes } from './lib/rules/probes.ts';
import { requestsAndLimits } from './lib/rules/requests-and-limits.ts';
import { sameInEveryEnvironment } from './lib/rules/same-in-every-environment.ts';
import { surviveTheirParent } from './lib/rules/survive-their-parent.ts';
import { initialReleases, renderTree } from './main.ts';
import { environments as overlays } from './overlays/environments/index.ts';
import { aws } from './overlays/sites/aws.ts';
import { local } from './overlays/sites/local.ts';
import { awsTree, localImages, sites } from './trees.testing.ts';

const here = import.meta.dirname;
const environments = overlays.map(({ name }) => name);
const kept = overlays.filter(({ retain }) => retain).map(({ name }) => name);

describe.each(Object.entries(sites))('the tree of %s keeps the house rules:', (_, tree) => {
  const own = /^111122223333\.dkr\.ecr\.ap-northeast-[12]\.amazonaws\.com\/platform\/[a-z-]+:\d+\.\d+\.\d+$/;
  test('images by digest', () => expect(imagesByDigest(tree, own)).toEqual([]));
  test('requests and limits', () => expect(requestsAndLimits(tree)).toEqual([]));
  test('no root without a reason', () => expect(nonRoot(tree, annotation.runsAsRoot)).toEqual([]));
  test('no rights in all of a cluster but those listed', () =>
    expect(clusterRoleBindings(tree, ['ci-listen'])).toEqual([]));
  test('no secret values', () => expect(noSecretValues(tree)).toEqual([]));
  test('probes', () => expect(probes(tree)).toEqual([]));
  test('no replicas beside an autoscaler', () => expect(noReplicasBesideAutoscaler(tree)).toEqual([]));
  test('prod and dr survive what is above them', () => {
    const mustStay = /-(?:prod|dr)$/;
    expect(surviveTheirParent(tree, ({ metadata }) => mustStay.test(metadata.name))).toEqual([]);
    expect(
      tree.filter(({ object }) => object.kind === 'Application' && mustStay.test(object.metadata.name)),
    ).toHaveLength(services.length * 2);
    expect(kept).toEqual(['prod', 'dr']);
  });
  test('the same kinds and names in every environment', () =>
    expect(sameInEveryEnvironment(tree, environments)).toEqual([]));
  test('G26: no Tekton variable in a script', () => expect(noVariablesInScripts(tree)).toEqual([]));

  test('every folder is brought by one Application, whose project allows all that is in it', () => {
    const of = (kind: string) => tree.filter(({ object }) => object.kind === kind);
    // Each cluster has an Argo CD of its own, with its own project `platform`.
    const projects = new Map(
      of('AppProject').map(({ path, object }) => [`${dirname(path)} ${object.metadata.name}`, object.spec]),
    );
    const applications = new Map(
      of('Application').map(({ path, object: { spec } }) => [
        spec.source.path,
        { ...spec, allowed: projects.get(`${dirname(path)} ${spec.project}`) },
      ]),
    );
    const refused = tree.filter(({ path, object }) => {
      const application = applications.get(dirname(path));
      const project = application?.allowed;
      if (!project?.sourceRepos.includes(application?.source.repoURL)) return true;
      const [group, kind] = [object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '', object.kind];
      const listed = (entry: { group: string; kind: string; name?: string }) =>
        entry.group === group && entry.kind === kind && (entry.name ?? object.metadata.name) === object.metadata.name;
      const { namespace } = object.metadata;
      if (namespace === undefined) return !project.clusterResourceWhitelist.some(listed);
      const lands = project.destinations.some(
        (place: { server: string; namespace: string }) =>
          place.server === application?.destination.server && place.namespace === namespace,
      );
      return !lands || !project.namespaceResourceWhitelist.some(listed);
    });
    expect(refused.map(({ path }) => path)).toEqual([]);
    expect(new Set(tree.map(({ path }) => dirname(path)))).toEqual(new Set(applications.keys()));
  });

  const policies = tree.filter(({ object }) => object.kind === 'ValidatingAdmissionPolicy');

  test('every policy of admission is bound in its cluster, refuses what it cannot judge, and judges one account that is there', () => {
    expect(policies.map(({ path }) => path).sort()).toEqual([
      'rendered/seoul/ci/validatingadmissionpolicy-ci-listen.yaml',
      'rendered/seoul/notifier/validatingadmissionpolicy-notifier.yaml',
      'rendered/tokyo/notifier/validatingadmissionpolicy-notifier.yaml',
    ]);
    const accounts = new Map([
      ['ci-listen', { namespace: 'ci', name: 'listen' }],
      ['notifier', { namespace: 'notifier', name: 'notifier' }],
    ]);
    for (const { path, object } of policies) {
      const beside = (kind: string) =>
        tree.filter((other) => dirname(other.path) === dirname(path) && other.object.kind === kind);
      const bindings = beside('ValidatingAdmissionPolicyBinding').map(({ object }) => object.spec);
      expect(bindings).toEqual([{ policyName: object.metadata.name, validationActions: ['Deny'] }]);
      expect(object.spec.failurePolicy).toBe('Fail');
      const account = accounts.get(object.metadata.name);
      expect(object.spec.matchConditions.map(({ expression }: { expression: string }) => expression)).toEqual([
        `request.userInfo.username == 'system:serviceaccount:${account?.namespace}:${account?.name}'`,
      ]);
      expect(beside('ServiceAccount').map(({ object }) => object.metadata)).toContainEqual(
        expect.objectContaining(account as object),
      );
    }
  });

  test('the policy of the EventListener knows what the trigger templates say: no more, no less', () => {
    const { variables, validations } =
      policies.filter(({ object }) => object.metadata.name === 'ci-listen')[0]?.object.spec ?? {};
    const variable = (name: string) =>
      JSON.parse(variables.find((variable: { name: string }) => variable.name === name).expression);
    const rule = (words: string) =>
      validations.find(({ message }: { message: string }) => message.startsWith(words)).expression as string;
    const listed = (words: string): string[] => JSON.parse(/in (\[[^\]]*\])/.exec(rule(words))?.[1] ?? '');
    const specs = tree
      .filter(({ object }) => object.kind === 'TriggerTemplate')
      .map(({ object }) => object.spec.resourcetemplates[0].spec);
    expect(specs).toHaveLength(services.length);
    expect(rule('listen may start')).toContain(JSON.stringify(specs[0].pipelineRef));

    const pushed = ['commit', 'subject', 'author'];
    const fixed = specs.map(({ params }) =>
      params
        .filter(({ name }: { name: string }) => !pushed.includes(name))
        .map(({ name, value }: { name: string; value: string | string[] }) => `${name}=${[value].flat().join(' ')}`),
    );
    expect(variable('known').sort()).toEqual(fixed.sort());
    for (const spec of specs) {
      expect(
        Object.fromEntries(
          spec.taskRunSpecs.map((task: { pipelineTaskName: string; serviceAccountName: string }) => [
            task.pipelineTaskName,
            task.serviceAccountName,
          ]),
        ),
      ).toEqual(variable('accounts'));
      const pods = [spec.taskRunTemplate, ...spec.taskRunSpecs].flatMap(({ podTemplate }) =>
        Object.keys(podTemplate ?? {}),
      );
      const room = new Set(listed('podTemplate: '));
      expect(pods.filter((key) => !room.has(key))).toEqual([]);
      expect(Object.keys(spec.taskRunTemplate)).toEqual(['podTemplate']);
      expect(new Set(spec.taskRunSpecs.flatMap(Object.keys))).toEqual(new Set(listed('taskRunSpecs: ')));
      expect(new Set(spec.workspaces.flatMap(Object.keys))).toEqual(new Set(listed('workspaces: ')));
    }
  });

  test('an Application is rendered anew when its own folders change, and only then', () => {
    for (const { object } of tree.filter(({ object }) => object.kind === 'Application')) {
      const { path } = object.spec.source;
      const service = /^rendered\/(dev|prod|dr)\/([\w-]+)$/.exec(path);
      const expected = service ? `/${path};/releases/${service[1]}/${service[2]}` : `/${path}`;
      expect(object.metadata.annotations['argocd.argoproj.io/manifest-generate-paths']).toBe(expected);
    }
  });
});

describe('on AWS', () => {
  const named = (kind: string, name: string) =>
    sites.aws.filter(({ object }) => object.kind === kind && object.metadata.name === name).map(({ object }) => object);

  test('a run is not moved off its node, and what releases and what tells is on nodes that nobody takes away', () => {
    const onDemand = { 'karpenter.sh/capacity-type': 'on-demand' };
    for (const { name } of services) {
      const run = named('TriggerTemplate', name)[0]?.spec.resourcetemplates[0];
      expect(run.metadata.annotations).toHaveProperty(['karpenter.sh/do-not-disrupt'], 'true');
      const nodes = run.spec.taskRunSpecs.map(
        (task: { pipelineTaskName: string; podTemplate?: { nodeSelector?: object } }) => [
          task.pipelineTaskName,
          task.podTemplate?.nodeSelector,
        ],
      );
      expect(nodes.filter(([, selector]: [string, object?]) => selector)).toEqual([['release', onDemand]]);
    }
    const notifiers = named('Deployment', 'notifier');
    expect(notifiers.map(({ spec }) => spec.template.spec.nodeSelector)).toEqual([onDemand, onDemand]);
  });

  test('only the task that signs reaches what gives out roles', () => {
    const blocks = sites.aws
      .filter(({ object }) => object.kind === 'NetworkPolicy' && object.metadata.namespace === 'ci')
      .flatMap(({ object: { metadata, spec } }) =>
        (spec.egress ?? []).flatMap(({ to = [] }: { to?: { ipBlock?: { cidr: string; except?: string[] } }[] }) =>
          to.flatMap(({ ipBlock }) => (ipBlock ? [[metadata.name, ipBlock.cidr, ...(ipBlock.except ?? [])]] : [])),
        ),
      );
    const all = ['0.0.0.0/0', '169.254.0.0/16'];
    expect(blocks.sort()).toEqual([
      ['backfill-replicas', ...all],
      ['listen', ...all],
      ['redeliver-pushes', ...all],
      ['runs', ...all],
      ['sign', '169.254.170.23/32'],
    ]);
    const [sign] = named('NetworkPolicy', 'sign');
    expect(sign?.spec.podSelector.matchLabels).toEqual({ 'tekton.dev/pipelineTask': 'image-push' });
  });

  test('images are signed by the key of KMS, and no step has one of its own', () => {
    const [push] = named('Task', 'image-push');
    const signing = push?.spec.steps.filter(({ name }: { name: string }) => name.startsWith('sign'));
    expect(signing).toHaveLength(3);
    for (const { args, env } of signing) {
      expect(args).toContain('--key=awskms:///alias/gitops-platform-signing');
      expect(JSON.stringify(env)).not.toContain('SIGNING_KEY');
    }
  });
});

test('the standby is smaller than production, and can grow to its size', () => {
  const [prod, dr] = ['prod', 'dr'].map((name) => overlays.find((overlay) => overlay.name === name)?.replicas);
  expect(dr?.min).toBeLessThan(prod?.min as number);
  expect(dr?.max).toBe(prod?.max);
});

test('imports go one way', () => {
  const overlay = 'overlays/overlay.ts';
  const directions: Directions = {
    lib: [],
    tasks: ['lib', overlay],
    pipelines: ['lib', 'tasks', 'jobs', overlay],
    jobs: ['lib', 'charts', 'pipelines/deliver/push.ts', overlay],
    charts: ['lib', overlay],
    apps: ['lib', 'charts', 'pipelines', 'jobs', 'overlays', 'notifier/shutdown.ts'],
    overlays: ['lib'],
    'main.ts': ['lib', 'apps', 'overlays'],
    scripts: ['lib', 'local', 'overlays', 'apps', 'e2e', 'main.ts'],
    local: ['lib', 'overlays', 'pipelines/deliver/programs.ts'],
    e2e: ['lib', 'local', 'overlays'],
    alerts: ['lib'],
    notifier: ['lib', 'alerts'],
    dr: ['lib', 'alerts'],
    infra: ['lib'],
  };
  const files = new Map<string, string>();
  for (const folder of Object.keys(directions)) {
    if (!existsSync(join(here, folder))) continue;
    const found = folder.endsWith('.ts') ? [''] : (readdirSync(join(here, folder), { recursive: true }) as string[]);
    for (const file of found.filter((file) => (file === '' || file.endsWith('.ts')) && !file.includes('node_modules')))
      files.set(join(folder, file), readFileSync(join(here, folder, file), 'utf8'));
  }
  expect(files.size).toBeGreaterThan(50);
  expect(importDirections(files, directions)).toEqual([]);
});

test('without SonarQube nothing waits for its gate, no step has its token, and every run says that it is off', () => {
  const tree = renderTree(local(localImages, false));
  const text = [...tree].filter(([path]) => path.startsWith('rendered/seoul/ci/')).map(([, content]) => content);
  expect(text.length).toBeGreaterThan(20);
  expect(text.join('\n')).not.toContain('sonar-scan');
  const at = (file: string) => parse(tree.get(`rendered/seoul/ci/${file}.yaml`) as string);
  const tasks = at('pipeline-deliver').spec.tasks as { name: string; runAfter?: string[] }[];
  expect(tasks.find(({ name }) => name === 'image-push')?.runAfter).toEqual(
    expect.arrayContaining(['unit-test', 'trivy-scan']),
  );
  for (const service of ['booking', 'ticket', 'live'])
    expect(at(`triggertemplate-${service}`).spec.resourcetemplates[0].metadata.annotations).toHaveProperty(
      [annotation.gatesOff],
      'quality gate (SonarQube)',
    );
});

test('nothing of Tokyo names Seoul: with Seoul gone, all of it can be brought up', () => {
  const tokyo = [...awsTree].filter(([path]) => /^rendered\/(?:tokyo|dr)\//.test(path));
  expect(tokyo.length).toBeGreaterThan(10);
  expect(tokyo.filter(([, text]) => /seoul|ap-northeast-2/.test(text)).map(([path]) => path)).toEqual([]);
  const pulled = tokyo.flatMap(([, text]) => text.match(/newName: "?[^"\n]+/g) ?? []);
  expect(new Set(pulled.map((line) => line.split(/[ "]+/)[1]?.split('/')[0]))).toEqual(
    new Set(['111122223333.dkr.ecr.ap-northeast-1.amazonaws.com']),
  );
});

test('G29: the same sources give the same bytes, whatever the time zone and the language', () => {
  const { TZ, LANG } = process.env;
  Object.assign(process.env, { TZ: 'Asia/Seoul', LANG: 'ko_KR.UTF-8' });
  try {
    expect([...renderTree(aws)]).toEqual([...awsTree]);
  } finally {
    for (const [name, value] of Object.entries({ TZ, LANG }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});

test('every file names the source to edit, and it is there', () => {
  for (const [path, text] of awsTree) {
    const source = /^# generated from (\S+) by npm run render\n/.exec(text)?.[1];
    expect([path, existsSync(join(here, source ?? ''))]).toEqual([path, true]);
  }
});

test('every service has a release file in every environment, which is waiting or a release', () => {
  for (const path of initialReleases().keys())
    expect(() => parseRelease(readFileSync(join(here, path), 'utf8'), path)).not.toThrow();
});
