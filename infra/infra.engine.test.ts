import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { binary, build } from '../local/engines/engines.ts';
import { acceleratorRegion, globalRegion } from '../overlays/names.ts';
import { regions } from '../overlays/regions/index.ts';
import { delivered, subscribed, unreadable } from './models/firehose.ts';
import { type Json, placed, readStacks, type Stacks } from './rules/stacks.ts';
import { statefulTypes } from './rules/structure.ts';
import { accepted, type Finding, needless, trivyFaults } from './rules/trivy.ts';
import { type Bench, bench, evaluated, installPackages, rendered, tofuBinary } from './tofu.testing.ts';

// The real engine with a stand-in for the AWS provider, which has its schemas and none of its rules about values.

const committed = readStacks(dirname(import.meta.dirname));
/** With what is switched off, under another name. */
const standard = { name: 'reserve-rds', replica: 'reserve-rds-dr', class: 'db.r6g.large', gibibytes: 100 };
/** Of these CloudFront has a part, whose settings are in its own region. */
const withGlobal = ['site', 'sign-in'];
const names = [...new Set([...Object.keys(committed), 'dr-control', 'data-with-rds'])];
let stacks: Stacks;
let on: Bench;

beforeAll(async () => {
  installPackages();
  stacks = {
    ...committed,
    'dr-control': committed['dr-control'] ?? (rendered('drControl(someDr)') as Json),
    'data-with-rds': rendered('data', `{ ...ground, standardDatabase: ${JSON.stringify(standard)} }`) as Json,
  };
  on = await bench(await tofuBinary(), stacks);
  // The first time it builds OpenTofu.
}, 45 * 60_000);
afterAll(() => on?.stop());

const planJson = (stack: string): Json => JSON.parse(on.tofu(stack, 'show', '-json', 'plan').output);
const actions = (plan: Json, action: string): Json[] =>
  (plan.resource_changes ?? []).filter(({ change }: Json) => change.actions.includes(action));
const expectNoChange = (stack: string) => {
  const { status, output } = on.tofu(stack, 'plan', '-input=false', '-detailed-exitcode', '-out=plan');
  expect([stack, status, status === 0 ? '' : output]).toEqual([stack, 0, '']);
};

describe.each(names)('the stack %s', (stack) => {
  test('is valid, is planned and applied, and then the plan is empty', () => {
    for (const args of [
      ['init', '-input=false'],
      ['validate'],
      ['plan', '-input=false', '-out=plan'],
      ['apply', '-input=false', 'plan'],
    ]) {
      const { status, output } = on.tofu(stack, ...args);
      expect([args[0], status, status === 0 ? '' : output]).toEqual([args[0], 0, '']);
    }
    expectNoChange(stack);
    expect(actions(planJson(stack), 'delete')).toEqual([]);
  }, 300_000);

  test('asks each region for what is there', () => {
    const { configuration, planned_values } = planJson(stack);
    const regionOf = (key: string) => configuration.provider_config[key].expressions.region.constant_value;
    const made: Json[] = configuration.root_module.resources.filter(({ mode }: Json) => mode === 'managed');
    expect(planned_values.root_module.resources.length).toBeGreaterThanOrEqual(made.length);
    for (const { address, type, provider_config_key } of made) {
      const own = regions.find(({ name }) => name === stack);
      const allowed = type.startsWith('aws_globalaccelerator_')
        ? [acceleratorRegion]
        : stack === 'firewall' || /^aws_(?:cloudfront|wafv2)_/.test(type)
          ? [globalRegion]
          : [
              ...(own ? [own] : regions).map(({ aws }) => aws.region),
              ...(own ? [] : [acceleratorRegion]),
              ...(withGlobal.includes(stack) ? [globalRegion] : []),
            ];
      expect([address, allowed.includes(regionOf(provider_config_key))]).toEqual([address, true]);
    }
  }, 60_000);

  test('delivers logs as lines that are packed once, by what is planned', () => {
    const resources: Json[] = planJson(stack).planned_values.root_module.resources;
    const streams = resources.filter(({ type }) => type === 'aws_kinesis_firehose_delivery_stream');
    expect(streams.length).toBe(regions.some(({ name }) => name === stack) ? 2 : 0);
    for (const { values } of streams) {
      // In a plan each block is a list.
      const [s3] = values.extended_s3_configuration;
      const args = {
        ...values,
        extended_s3_configuration: { ...s3, processing_configuration: s3.processing_configuration[0] },
      };
      const record = subscribed({ logGroup: 'g', logStream: 's', messages: ['{"log":"one"}', '{"log":"two"}'] });
      const files = delivered(args, [{ second: 0, record }], new Date(0));
      expect([values.name, files.length, files.flatMap(unreadable)]).toEqual([values.name, 1, []]);
    }
  }, 60_000);

  test('keeps no ephemeral value in its state or its plan', () => {
    const state = readFileSync(join(on.folder(stack), 'terraform.tfstate'), 'utf8');
    expect(state.length).toBeGreaterThan(1000);
    const { output } = on.tofu(stack, 'show', '-json', 'plan');
    for (const text of [state, output]) expect(text).not.toContain('ephemeral-value-');
    for (const { args } of placed({ [stack]: stacks[stack] }))
      expect(Object.keys(args).filter((name) => /^(?:master_)?password$|^secret_string$/.test(name))).toEqual([]);
  }, 60_000);

  test('refuses to destroy what outlives a mistake', () => {
    const { status, output } = on.tofu(stack, 'plan', '-destroy', '-input=false');
    const keeps = placed({ [stack]: stacks[stack] }).some(
      ({ block, type }) => block === 'resource' && statefulTypes.includes(type),
    );
    expect([keeps, status !== 0, /cannot be destroyed/.test(output)]).toEqual([keeps, keeps, keeps]);
  }, 120_000);
});

test('a plan of data warns of each endpoint that nobody copied from AWS, and of none that somebody did', () => {
  for (const args of [
    ['init', '-input=false'],
    ['apply', '-input=false', '-auto-approve'],
  ])
    expect(on.tofu('data', ...args).status).toBe(0);
  const warned = () => {
    const { status, output } = on.tofu('data', 'plan', '-input=false');
    // Lines of a warning are broken, and framed.
    const text = output.replace(/[\s│]+/g, ' ');
    return [
      status,
      [...text.matchAll(/overlays\/assigned\.ts: ([\w.]+): is not what AWS made up/g)].map(([, part]) => part).sort(),
    ];
  };
  const parts = ['devDatabase', 'globalDatabase', 'kafka.seoul', 'kafka.tokyo'];
  expect(warned()).toEqual([0, parts]);
  const copied = structuredClone(stacks.data);
  const made = `\${aws_rds_global_cluster.database-global.endpoint == aws_rds_global_cluster.database-global.endpoint}`;
  copied.check.databases.assert[0].condition = made;
  on.write('data', copied);
  expect(warned()).toEqual([0, parts.filter((part) => part !== 'globalDatabase')]);
  on.write('data', stacks.data);
}, 300_000);

describe('after a failover', () => {
  beforeAll(() => on.restart({ DOUBLE_AFTER_FAILOVER: 'yes' }));

  test.each(names)('the plan of %s is empty', (stack) => expectNoChange(stack), 120_000);

  test.each([
    ['traffic', 'aws_globalaccelerator_endpoint_group', 2],
    ['tokyo', 'aws_eks_node_group', 1],
    ['data', 'aws_rds_cluster', 2],
    ['data-with-rds', 'aws_db_instance', 1],
  ] as const)(
    'a %s that did not ignore it would turn it back: %s',
    (stack, type, least) => {
      const changed = structuredClone(stacks[stack]);
      for (const args of Object.values<Json>(changed.resource[type])) delete args.lifecycle.ignore_changes;
      on.write(stack, changed);
      const { status } = on.tofu(stack, 'plan', '-input=false', '-detailed-exitcode', '-out=plan');
      expect(status).toBe(2);
      const turned = [...actions(planJson(stack), 'update'), ...actions(planJson(stack), 'delete')];
      expect(turned.filter((one) => one.type === type).length).toBeGreaterThanOrEqual(least);
      on.write(stack, stacks[stack]);
    },
    120_000,
  );
});

test('the checks of Trivy find nothing in the plans but what is so on purpose', async () => {
  await build('plans');
  const files = names.map((stack) => {
    const file = join(on.folder(stack), 'plan.json');
    writeFileSync(file, JSON.stringify(planJson(stack)));
    return file;
  });
  const { status, stdout, stderr } = spawnSync(binary('plans', 'plans'), files, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  const findings = stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Finding);
  expect(trivyFaults(findings)).toEqual([]);
  expect(needless(findings)).toEqual([]);
  // A scanner that reads nothing finds nothing.
  expect(findings.length).toBeGreaterThanOrEqual(accepted.length);
}, 600_000);

test('the archive of a function has the same bytes whenever it is made', () => {
  const bundle = `
    import { createHash } from 'node:crypto';
    import { bundleFunctions } from './bundle.ts';
    const archives = await bundleFunctions([{ name: 'a', source: 'infra/policy.ts' }, { name: 'b', source: 'lib/cidr.ts' }]);
    for (const [name, bytes] of archives) console.log(name, bytes.length, createHash('sha256').update(bytes).digest('hex'));`;
  const made = evaluated(bundle);
  expect(made).toMatch(/^a \d{3,} [0-9a-f]{64}\nb \d{3,} [0-9a-f]{64}\n$/);
  expect(evaluated(bundle)).toBe(made);
});

test('the same input gives the same bytes of every stack', () => {
  const render = `
    import { ground } from './ground.ts';
    import { textOf } from './stack.ts';
    import { stacks } from './stacks/index.ts';
    for (const stack of stacks) console.log(JSON.stringify([stack.name, textOf(stack, ground)]));`;
  const texts = Object.fromEntries(
    evaluated(render)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  expect(Object.keys(texts).sort()).toEqual(Object.keys(committed).sort());
  for (const [name, text] of Object.entries(texts)) {
    expect([name, JSON.parse(text as string)]).toEqual([name, committed[name]]);
    // Nothing of this machine or of this day.
    expect(text).not.toMatch(/\/home\/|\/root\/|\/tmp\/|\/work\/|cdktf|constructs|20\d\d-\d\d-\d\dT/);
  }
  expect(evaluated(render)).toBe(evaluated(render));
});

test('planted mistakes are refused', () => {
  const mistakes: [string, (stack: Json) => void][] = [
    ['Extraneous JSON object property', ({ resource }) => (resource.aws_vpc.vpc.cidr = '10.0.0.0/16')],
    ['Missing required argument', ({ resource }) => delete resource.aws_eks_cluster.cluster.role_arn],
    [
      'Reference to undeclared resource',
      ({ resource }) => (resource.aws_subnet['subnet-data-a'].vpc_id = `\${aws_vpc.other.id}`),
    ],
    ['Incorrect attribute value type', ({ resource }) => (resource.aws_eks_node_group.nodes.subnet_ids = 'all')],
    [
      'Unsupported attribute',
      ({ resource }) => (resource.aws_subnet['subnet-data-a'].vpc_id = `\${aws_vpc.vpc.identity}`),
    ],
  ];
  for (const [output, plant] of mistakes) {
    const changed = structuredClone(stacks.tokyo);
    plant(changed);
    on.write('tokyo', changed);
    const found = on.tofu('tokyo', 'validate');
    expect([found.status, found.output.includes(output) ? output : found.output]).toEqual([1, output]);
  }
  on.write('tokyo', stacks.tokyo);
}, 120_000);
