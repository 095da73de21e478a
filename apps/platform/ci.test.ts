import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { annotation } from '../../lib/kube/labels.ts';
import { renderTree } from '../../main.ts';
import { localImages } from '../../overlays/sites/local.testing.ts';
import { local } from '../../overlays/sites/local.ts';
import { sites } from '../../trees.testing.ts';
import { services } from '../index.ts';

type Claim = { name: string; volumeClaimTemplate: { spec: object } };
/** The data that a CEL literal has, with `$(tt.params.x)` for what a push says. */
const dataOf = (cel: string) =>
  JSON.parse(
    cel
      .replace(/\[variables\.service\]$/, '')
      .replace(/"(?:[^"\\]|\\.)*"|dyn\(|\)|variables\.(\w+)| \+ /g, (token, name) =>
        token.startsWith('"') ? token : name ? `"$(tt.params.${name})"` : '',
      )
      .replace(/([^\s:,[{])""/g, '$1'),
  );

describe.each(Object.entries(sites))('admission policies of %s', (_, tree) => {
  const policies = tree.filter(({ object }) => object.kind === 'ValidatingAdmissionPolicy');

  test('every admission policy is bound, fails closed, and applies to one account or one environment', () => {
    const account = (namespace: string, name: string) =>
      `request.userInfo.username == 'system:serviceaccount:${namespace}:${name}'`;
    const argocd = [
      account('argocd', 'argocd-application-controller'),
      '!request.dryRun || request.options.?fieldManager.orValue("") != "argocd-controller"',
      // Where databases are migrated.
      ...(tree.some(({ object }) => object.kind === 'Job')
        ? ["object.kind != 'Job' || request.operation == 'CREATE' || object.spec != oldObject.spec"]
        : []),
    ];
    const changes = "request.operation == 'CREATE' || object.spec != oldObject.spec";
    const found = policies.map(({ path, object: { metadata, spec } }) => {
      const beside = (kind: string) =>
        tree.filter((other) => dirname(other.path) === dirname(path) && other.object.kind === kind);
      const bindings = beside('ValidatingAdmissionPolicyBinding').map(({ object }) => object.spec);
      expect(bindings).toContainEqual({ policyName: metadata.name, validationActions: ['Deny'] });
      expect(spec.failurePolicy).toBe('Fail');
      const { namespaceSelector, resourceRules } = spec.matchConstraints;
      const environment = namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'];
      for (const { scope } of resourceRules) expect(scope).toBe(environment ? 'Namespaced' : '*');
      const conditions = spec.matchConditions.map(({ expression }: { expression: string }) => expression);
      return [dirname(path).slice('rendered/'.length), metadata.name, environment, ...conditions];
    });
    expect(found.sort()).toEqual([
      ['seoul/admission', 'pods-dev', 'dev', changes],
      ['seoul/admission', 'pods-prod', 'prod', changes],
      ['seoul/admission', 'releases-dev', 'dev', ...argocd],
      ['seoul/admission', 'releases-prod', 'prod', ...argocd],
      ['seoul/ci', 'ci-listen', undefined, account('ci', 'listen')],
      ['seoul/notifier', 'notifier', undefined, account('notifier', 'notifier')],
      ['tokyo/admission', 'pods-dr', 'dr', changes],
      ['tokyo/admission', 'releases-dr', 'dr', ...argocd],
      ['tokyo/notifier', 'notifier', undefined, account('notifier', 'notifier')],
    ]);
    const accounts = tree.filter(({ object }) => object.kind === 'ServiceAccount').map(({ object }) => object.metadata);
    for (const own of [
      { namespace: 'ci', name: 'listen' },
      { namespace: 'notifier', name: 'notifier' },
    ])
      expect(accounts).toContainEqual(expect.objectContaining(own));
  });

  test('the policy of the EventListener has every part of the trigger templates, and its rules are all that it may have', () => {
    const { variables, validations } =
      policies.filter(({ object }) => object.metadata.name === 'ci-listen')[0]?.object.spec ?? {};
    const variable = (name: string) =>
      dataOf(variables.find((variable: { name: string }) => variable.name === name).expression);
    const rule = (words: string): string =>
      validations.find(({ message }: { message: string }) => message.startsWith(words)).expression;
    const compared = (words: string) => dataOf(/ == ([[{].*[\]}])(?: && |$)/s.exec(rule(words))?.[1] ?? '');
    const templates = tree
      .filter(({ object }) => object.kind === 'TriggerTemplate')
      .map(({ object }) => object.spec.resourcetemplates[0]);
    const ofServices = (part: (template: (typeof templates)[number]) => unknown) =>
      Object.fromEntries(
        templates.map((template) => [template.metadata.labels['tickets.example/service'], part(template)]),
      );
    expect(templates).toHaveLength(services.length);
    expect(variable('metadata')).toEqual(ofServices(({ metadata }) => metadata));
    expect(variable('params')).toEqual(ofServices(({ spec }) => spec.params));
    expect(variable('volumes')).toEqual(
      ofServices(({ spec }) =>
        spec.workspaces.map(({ name, volumeClaimTemplate }: Claim) => ({ name, spec: volumeClaimTemplate.spec })),
      ),
    );
    for (const { spec } of templates) {
      const { params: _, workspaces, ...rest } = spec;
      expect({
        pipelineRef: compared('listen may start'),
        timeouts: compared('timeouts'),
        taskRunTemplate: { podTemplate: compared('taskRunTemplate') },
        taskRunSpecs: compared('taskRunSpecs'),
      }).toEqual(rest);
      expect(JSON.parse(/in (\[[^\]]*\])/.exec(rule('spec: may have'))?.[1] ?? '').sort()).toEqual(
        Object.keys(spec).sort(),
      );
    }
  });
});

test.each(Object.entries(sites))("a delivery to %s is verified with its own service's secret alone", (_, tree) => {
  const verified = tree
    .filter(({ object }) => object.kind === 'Trigger')
    .map(({ object: { metadata, spec } }) => {
      const [{ ref, params }] = spec.interceptors;
      const [{ value }] = params.filter(({ name }: { name: string }) => name === 'secretRef');
      return [metadata.name, ref.name, value];
    });
  expect(verified.sort()).toEqual(
    services.map(({ name }) => [name, 'github', { secretName: `webhook-${name}`, secretKey: 'secret' }]).sort(),
  );
});

describe('on AWS', () => {
  const named = (kind: string, name: string) =>
    sites.aws.filter(({ object }) => object.kind === kind && object.metadata.name === name).map(({ object }) => object);

  test('runs are not disrupted, and the release step and the notifier are on on-demand nodes', () => {
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
      const ofCapacity = nodes.filter(
        ([, selector = {}]: [string, object?]) => 'karpenter.sh/capacity-type' in selector,
      );
      expect(ofCapacity).toEqual([['release', onDemand]]);
    }
    const notifiers = named('Deployment', 'notifier');
    expect(notifiers.map(({ spec }) => spec.template.spec.nodeSelector)).toEqual([onDemand, onDemand]);
  });

  test('only the task that signs reaches the Pod Identity Agent', () => {
    const blocks = sites.aws
      .filter(({ object }) => object.kind === 'NetworkPolicy' && object.metadata.namespace === 'ci')
      .flatMap(({ object: { metadata, spec } }) =>
        (spec.egress ?? []).flatMap(({ to = [] }: { to?: { ipBlock?: { cidr: string; except?: string[] } }[] }) =>
          to.flatMap(({ ipBlock }) => (ipBlock ? [[metadata.name, ipBlock.cidr, ...(ipBlock.except ?? [])]] : [])),
        ),
      );
    const all = ['0.0.0.0/0', '169.254.0.0/16'];
    const internet = [...all, '10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'];
    expect(blocks.sort()).toEqual([
      ['backfill-replicas', ...all],
      ['listen', ...all],
      ['reach-forge', ...internet],
      ['reach-internet', ...internet],
      ['reach-registry', ...internet],
      ['reach-sonarqube', ...internet],
      ['redeliver-pushes', ...all],
      ['sign', '169.254.170.23/32'],
    ]);
    const [sign] = named('NetworkPolicy', 'sign');
    expect(sign?.spec.podSelector.matchLabels).toEqual({ 'tekton.dev/pipelineTask': 'image-push' });
  });

  test('KMS signs images, and no step holds a key', () => {
    const [push] = named('Task', 'image-push');
    const signing = push?.spec.steps.filter(({ name }: { name: string }) => name.startsWith('sign'));
    expect(signing).toHaveLength(3);
    for (const { args, env } of signing) {
      expect(args).toContain('--key=awskms:///alias/gitops-platform-signing');
      expect(JSON.stringify(env)).not.toContain('SIGNING_KEY');
    }
  });
});

test('without SonarQube no task waits for its gate, no step has its token, and every run says so', () => {
  const tree = renderTree(local(localImages, { sonarqube: false }));
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
