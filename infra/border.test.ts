import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { assigned } from '../overlays/assigned.ts';
import { environments } from '../overlays/environments/index.ts';
import { clusterLogGroup, clusters, interruptionQueue } from '../overlays/names.ts';
import type { RegionName } from '../overlays/overlay.ts';
import { byRegion, regions } from '../overlays/regions/index.ts';
import { sites } from '../trees.testing.ts';
import { borderFaults, expected, made } from './rules/border.ts';
import { ofType, placed, readStacks } from './rules/stacks.ts';

const stacks = readStacks(dirname(import.meta.dirname));
const awsNames = byRegion(({ aws }) => aws.region);
/** rendered/<environment or region>/… */
const regionOf = (path: string) => {
  const folder = path.split('/')[1] as string;
  const region = environments.find(({ name }) => name === folder)?.region ?? (folder as RegionName);
  return { region, aws: awsNames[region] };
};
const nameOf = (aws: string) => regions.find((region) => region.aws.region === aws)?.name ?? aws;

const wanted = expected(sites.aws, regionOf);
const there = made(stacks, nameOf);

test('every name that rendered YAML expects of AWS a stack makes, and each that stacks make for the clusters is used', () => {
  expect(wanted.size).toBeGreaterThan(100);
  expect(borderFaults(wanted, there)).toEqual([]);
});

test('every kind of name crosses the border', () => {
  const kinds = (facts: ReadonlySet<string>) =>
    [...new Set([...facts].map((one) => one.match(/^[a-z ]+?(?= (?:seoul|tokyo|ap-))/)?.[0]))].sort();
  expect(kinds(wanted)).toEqual([
    ...[
      'brokers',
      'bucket',
      'database',
      'kafka account',
      'key',
      'log group',
      'login',
      'node role',
      'pods',
      'repository',
    ],
    ...['secret', 'security group', 'subnets', 'table', 'topic'],
  ]);
  expect(kinds(there)).toEqual(kinds(wanted));
});

test('a name that only one side has is reported, whichever side and kind', () => {
  for (const one of wanted) {
    const without = new Set([...there].filter((other) => other !== one));
    expect(borderFaults(wanted, without)).toEqual([
      expect.stringContaining(`${one}: rendered/ names it, and no stack makes it; run`),
    ]);
  }
  expect(borderFaults(wanted, new Set([...there, 'table seoul prod-booking-lost']))).toEqual([
    expect.stringContaining('table seoul prod-booking-lost: a stack makes it, and nothing in rendered/ names it; run'),
  ]);
});

test('cluster, node group, queue and log group have the names that the clusters and the failover use', () => {
  const all = placed(stacks);
  for (const { name } of regions) {
    const own = (type: string) => ofType(all, type).filter(({ stack }) => stack === name);
    expect(own('aws_eks_cluster').map(({ args }) => args.name)).toEqual([clusters[name].name]);
    expect(own('aws_eks_node_group').map(({ args }) => args.node_group_name)).toEqual([clusters[name].nodeGroup]);
    expect(own('aws_sqs_queue').map(({ args }) => args.name)).toEqual([interruptionQueue(clusters[name].name)]);
    expect(own('aws_cloudwatch_log_group').map(({ args }) => args.name)).toContain(
      clusterLogGroup(clusters[name].name),
    );
  }
});

test('API Gateway asks hosts that the ingress of its region answers to, and the load balancer has a certificate for each', () => {
  const hosts = (text: string) => [...text.matchAll(/"uri":"https:\/\/([^/"]+)\//g)].map(([, host]) => host as string);
  for (const { name } of regions) {
    const asked = new Set(hosts(JSON.stringify(stacks[`gateway-${name}`].locals['api-document'])));
    expect([...asked].map((host) => host.split('.')[0]).sort()).toEqual(['booking', 'live', 'ticket']);
    const answered = sites.aws.flatMap(({ path, object }) =>
      object.kind === 'Ingress' && regionOf(path).region === name
        ? object.spec.rules.map(({ host }: { host: string }) => host)
        : [],
    );
    expect([...asked].filter((host) => !answered.includes(host))).toEqual([]);
    const certified = ofType(placed(stacks), 'aws_acm_certificate')
      .filter(({ stack }) => stack === name)
      .map(({ args }) => args.domain_name.replace('*.', ''));
    expect(answered.filter((host) => !certified.includes(host.slice(host.indexOf('.') + 1)))).toEqual([]);
  }
});

test('what the forge reaches are webhooks, and services answer at the port of API Gateway alone', () => {
  const entry = 'traefik.ingress.kubernetes.io/router.entrypoints';
  const ingresses = sites.aws.filter(({ object }) => object.kind === 'Ingress');
  const open = ingresses.filter(({ object }) => object.metadata.annotations?.[entry] !== undefined);
  expect(ingresses.length).toBeGreaterThan(open.length);
  // An Ingress that names no port is at the default one.
  expect(open.map(({ path, object }) => [path, object.metadata.annotations?.[entry]])).toEqual([
    ['rendered/seoul/ci/ingress-hooks.yaml', 'hooks'],
  ]);
});

/**
 * The tables of prod have a copy in Tokyo that takes writes, and the last write of an item wins. So while Seoul writes nobody may reach what would write
 * there: the accelerator sends nothing to Tokyo (weight 0), its gateway asks by the names of prod, and nothing in the network asks by dr's own.
 */
test('no way in leads to the own hosts of an environment that shares the data of another', () => {
  const copies = environments.filter(({ answersFor }) => answersFor.length > 0);
  expect(copies.map(({ name }) => name)).toEqual(['dr']);
  const asked = JSON.stringify(stacks);
  for (const { name, subdomain } of copies) {
    const hosts = sites.aws.flatMap(({ path, object }) =>
      object.kind === 'Ingress' && path.startsWith(`rendered/${name}/`)
        ? object.spec.rules.map(({ host }: { host: string }) => host)
        : [],
    );
    const own = hosts.filter((host: string) => host.includes(`.${subdomain}`));
    expect(own.length).toBeGreaterThan(0);
    for (const host of own) expect([host, asked.includes(`//${host}`)]).toEqual([host, false]);
    expect(JSON.stringify(stacks.traffic.resource.aws_route53_record)).not.toContain(`.${subdomain}`);
  }
});

test('Terraform compares each part that people copy with what AWS made up', () => {
  const output = JSON.stringify(stacks.data.check);
  const { kafka, ...others } = assigned;
  const parts = [...Object.keys(kafka).map((region) => `kafka.${region}`), ...Object.keys(others)];
  for (const part of parts) expect([part, output.includes(`assigned.ts: ${part}: `)]).toEqual([part, true]);
  expect(output.match(/"condition"/g)).toHaveLength(parts.length);
});
