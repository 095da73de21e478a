import { expect, test } from '@jest/globals';
import { clusters, logShipper, nodeLogGroup } from '../overlays/names.ts';
import { regions } from '../overlays/regions/index.ts';
import { sites } from '../trees.testing.ts';
import { nodeFolders } from './fluent-bit-config.ts';

/** Fluent Bit itself is no engine of ours: its settings are judged as text. */
const of = (region: string, kind: string) =>
  sites.aws.find(({ path, object }) => path.startsWith(`rendered/${region}/logging/`) && object.kind === kind)?.object;
const settings = (region: string): Record<string, string> => of(region, 'ConfigMap')?.data;
type Section = { name: string; settings: Record<string, string> };
const sections = (text: string): Section[] =>
  text
    .trim()
    .split('\n\n')
    .map((section) => {
      const [head = '', ...lines] = section.split('\n');
      const pairs = lines.map((line) => /^ {4}(\S+) (.+)$/.exec(line)?.slice(1) as [string, string]);
      return { name: head.slice(1, -1), settings: Object.fromEntries(pairs) };
    });
const named = (all: readonly Section[], name: string) =>
  all.filter((one) => one.name === name).map((one) => one.settings);

test.each(regions.map(({ name, aws }) => [name, aws.region] as const))(
  'in %s every kind of log goes to the group that Terraform makes, and no group is made here',
  (region, awsRegion) => {
    const all = sections(settings(region)['fluent-bit.conf'] as string);
    const cluster = clusters[region].name;
    expect(
      named(all, 'OUTPUT').map(({ match, log_group_name: group, ...rest }) => [
        match,
        group,
        rest.region,
        rest.auto_create_group,
      ]),
    ).toEqual(
      (['application', 'dataplane', 'host'] as const).map((kind) => [
        `${kind}.*`,
        nodeLogGroup(cluster, kind),
        awsRegion,
        'false',
      ]),
    );
    // What is read is sent, and what is sent is read.
    const tags = new Set(named(all, 'INPUT').map(({ tag }) => tag));
    expect([...tags].sort()).toEqual(
      named(all, 'OUTPUT')
        .map(({ match }) => match)
        .sort(),
    );
  },
);

test('what CloudWatch does not take is kept on disk, within a bound, and where reading stopped is remembered', () => {
  const all = sections(settings('seoul')['fluent-bit.conf'] as string);
  for (const input of named(all, 'INPUT')) {
    expect(input['storage.type']).toBe('filesystem');
    expect(input.db?.startsWith(nodeFolders.state)).toBe(true);
  }
  const databases = named(all, 'INPUT').map(({ db }) => db);
  expect(new Set(databases).size).toBe(databases.length);
  for (const output of named(all, 'OUTPUT')) expect(output['storage.total_limit_size']).toBe('1G');
});

test('which pod wrote a line says the name of its file, in the way of the kubelet, and never the line', () => {
  const [parser] = named(sections(settings('seoul')['parsers.conf'] as string), 'PARSER');
  const pattern = new RegExp(parser?.regex as string);
  const id = 'a'.repeat(64);
  const found = (name: string) => pattern.exec(`/var/log/containers/${name}`)?.groups;
  expect(found(`booking-7d9-x2_prod_booking-${id}.log`)).toEqual({
    kube_pod_name: 'booking-7d9-x2',
    kube_namespace_name: 'prod',
    kube_container_name: 'booking',
    kube_container_id: id,
  });
  expect(found(`a_b_step-unit-test-${id}.log`)).toMatchObject({ kube_container_name: 'step-unit-test' });
  expect(found(`a_b_c-${id.slice(1)}.log`)).toBeUndefined();
  const all = sections(settings('seoul')['fluent-bit.conf'] as string);
  // A JSON line that were merged could name another pod.
  expect(named(all, 'FILTER').map(({ name }) => name)).toEqual(['parser', 'nest', 'record_modifier']);
  expect(JSON.stringify(all)).not.toMatch(/merge_log/i);
});

test('no pod but those of its own namespace is left out', () => {
  const [tail] = named(sections(settings('seoul')['fluent-bit.conf'] as string), 'INPUT');
  const excluded = new RegExp(`^${tail?.exclude_path?.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  const at = (name: string) => excluded.test(`/var/log/containers/${name}`);
  expect(at('fluent-bit-x_logging_fluent-bit-a.log')).toBe(true);
  // Names of pods, namespaces and containers have no underscore.
  for (const name of ['logging_prod_logging-a.log', 'fluent-bit_prod_fluent-bit-a.log', 'a_logging-2_b-a.log'])
    expect([name, at(name)]).toEqual([name, false]);
});

test('it asks the API nothing, and reaches CloudWatch and the agent that gives it its role', () => {
  const inNamespace = sites.aws.filter(({ object }) => object.metadata.namespace === logShipper.namespace);
  expect([...new Set(inNamespace.map(({ object }) => object.kind))].sort()).toEqual([
    ...['ConfigMap', 'DaemonSet', 'NetworkPolicy', 'ServiceAccount'],
  ]);
  const bindings = sites.aws.filter(({ object }) => /RoleBinding$/.test(object.kind));
  expect(JSON.stringify(bindings)).not.toContain(logShipper.account);
  const pod = of('seoul', 'DaemonSet')?.spec.template.spec;
  expect(pod).toMatchObject({ serviceAccountName: logShipper.account, automountServiceAccountToken: false });
  expect(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC).toBeUndefined();
  const mounts = pod.containers[0].volumeMounts.map(
    ({ mountPath, readOnly = false }: { mountPath: string; readOnly?: boolean }) => [mountPath, readOnly],
  );
  expect(mounts).toEqual([
    ['/fluent-bit/config', true],
    [nodeFolders.logs, true],
    [nodeFolders.state, false],
  ]);
});

test('the embedded platform has none: a program beside the kubelet ships there', () => {
  expect(sites.local.filter(({ path }) => path.includes('/logging/'))).toEqual([]);
});
