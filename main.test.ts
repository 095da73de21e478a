import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { services } from './apps/index.ts';
import { serviceSecrets } from './apps/variables.ts';
import { annotation } from './lib/kube/labels.ts';
import { boundedDisk } from './lib/rules/bounded-disk.ts';
import { clusterRoleBindings } from './lib/rules/cluster-role-bindings.ts';
import { egressFollows, type Reached } from './lib/rules/egress-follows.ts';
import { imagesByDigest } from './lib/rules/images-by-digest.ts';
import { noReplicasBesideAutoscaler } from './lib/rules/no-replicas-beside-autoscaler.ts';
import { noSecretValues } from './lib/rules/no-secret-values.ts';
import { noVariablesInScripts } from './lib/rules/no-variables-in-scripts.ts';
import { nonRoot } from './lib/rules/non-root.ts';
import { probes } from './lib/rules/probes.ts';
import { pushedCodeApart } from './lib/rules/pushed-code-apart.ts';
import { releasesOnly } from './lib/rules/releases-only.ts';
import { requestsAndLimits } from './lib/rules/requests-and-limits.ts';
import { sameInEveryEnvironment } from './lib/rules/same-in-every-environment.ts';
import { secretsDeclared } from './lib/rules/secrets-declared.ts';
import { surviveTheirParent } from './lib/rules/survive-their-parent.ts';
import { utf8Steps } from './lib/rules/utf8-steps.ts';
import { initialReleases, renderTree } from './main.ts';
import { environments as overlays } from './overlays/environments/index.ts';
import { registry } from './overlays/names.ts';
import { seoul } from './overlays/regions/seoul.ts';
import { tokyo } from './overlays/regions/tokyo.ts';
import { secretsFor } from './overlays/secrets.ts';
import { aws } from './overlays/sites/aws.ts';
import { dynamodbPort } from './overlays/sites/local.ts';
import { awsTree, siteData, sites } from './trees.testing.ts';

const here = import.meta.dirname;
const environments = overlays.map(({ name }) => name);
const kept = overlays.filter(({ retain }) => retain).map(({ name }) => name);

/** Every Secret that there is, and the one of the embedded platform that signs. */
const declared = (of: keyof typeof sites) => [
  ...secretsFor(services.map(({ name }) => name)),
  ...serviceSecrets(services, overlays, siteData[of]),
  { namespace: 'ci', name: 'signing-key', keys: ['key', 'password'] },
];

/** By the kinds of stores alone, and the ports that their documentation names. */
const reachedIn =
  (of: keyof typeof sites) =>
  (environment: string, name: string): Reached | undefined => {
    const service = services.find((one) => one.name === name);
    const overlay = overlays.find((one) => one.name === environment);
    if (!service || !overlay) return undefined;
    const kinds = Object.values(service.uses ?? {}).map(({ kind }) => kind);
    const onAws = of === 'aws';
    const ports = {
      topic: onAws ? 9096 : 9092,
      reads: onAws ? 9096 : 9092,
      postgres: onAws || overlay.data === 'prod' ? 5432 : 5433,
      table: onAws ? 443 : dynamodbPort(overlay.data, name),
      bucket: onAws ? 443 : 7070,
    };
    const agent = onAws && (kinds.includes('table') || kinds.includes('bucket')) ? [80] : [];
    const stored = siteData[of].stores !== undefined;
    return {
      services: Object.values(service.calls ?? {}).flatMap((call) =>
        stored && call.insteadOf ? [] : [call.service.name],
      ),
      ports: stored ? [...kinds.map((kind) => ports[kind]), ...agent] : [],
    };
  };

describe.each(Object.entries(sites))('the tree of %s keeps the house rules:', (of, tree) => {
  const site = of as keyof typeof sites;
  test('images by digest', () => expect(imagesByDigest(tree)).toEqual([]));
  test('requests and limits', () => expect(requestsAndLimits(tree)).toEqual([]));
  test('no pod fills the disk of its node', () => expect(boundedDisk(tree)).toEqual([]));
  test('no root without a reason', () => expect(nonRoot(tree, annotation.runsAsRoot)).toEqual([]));
  test('no rights in all of a cluster but those listed', () =>
    expect(clusterRoleBindings(tree, ['ci-listen', 'kube-state-metrics', 'prometheus'])).toEqual([]));
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
  test('a pod takes no Secret that nobody makes', () => expect(secretsDeclared(tree, declared(site))).toEqual([]));
  test('services reach what they call and what they store in, and nothing else', () =>
    expect(egressFollows(tree, reachedIn(site))).toEqual([]));
  test('G26: no Tekton variable in a script', () => expect(noVariablesInScripts(tree)).toEqual([]));
  test('a locale of UTF-8 in every step', () => expect(utf8Steps(tree)).toEqual([]));
});

test('on AWS what runs the code of a push shares no node with services and the platform', () => {
  const own = aws.runs.nodes;
  if (!own) throw new Error('aws: runs.nodes: given none; name nodes of their own');
  expect(pushedCodeApart(sites.aws, own)).toEqual([]);
  // So that the rule is one about these.
  const withWorkspace = sites.aws.filter(({ object }) => object.kind === 'Task' && object.spec.workspaces?.length > 0);
  expect(withWorkspace.map(({ object }) => object.metadata.name)).toEqual(
    expect.arrayContaining(['unit-test', 'kaniko-build', 'dependency-build']),
  );
  const pools = sites.aws.filter(({ object }) => object.kind === 'NodePool').map(({ path }) => path);
  expect(pools.filter((path) => path.endsWith('nodepool-runs.yaml'))).toEqual([
    'rendered/seoul/cluster/nodepool-runs.yaml',
  ]);
});

test('nothing in Tokyo depends on Seoul', () => {
  const rendered = [...awsTree].filter(([path]) => /^rendered\/(?:tokyo|dr)\//.test(path));
  expect(rendered.length).toBeGreaterThan(10);
  expect(
    rendered
      .filter(([, text]) => [seoul.name, seoul.aws.region].some((name) => text.includes(name)))
      .map(([path]) => path),
  ).toEqual([]);
  const pulled = rendered.flatMap(([, text]) => text.match(/newName: "?[^"\n]+/g) ?? []);
  expect(new Set(pulled.map((line) => line.split(/[ "]+/)[1]?.split('/')[0]))).toEqual(new Set([registry(tokyo)]));
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

test('every file names an existing source', () => {
  for (const [path, text] of awsTree) {
    const source = /^# generated from (\S+) by npm run render\n/.exec(text)?.[1];
    expect([path, existsSync(join(here, source ?? ''))]).toEqual([path, true]);
  }
});

test('every service has a release file in every environment', () => {
  for (const path of initialReleases().keys()) expect([path, existsSync(join(here, path))]).toEqual([path, true]);
});

test('releases/ has what a release writes and nothing else', () => {
  expect(releasesOnly(join(here, 'releases'), environments)).toEqual([]);
});
