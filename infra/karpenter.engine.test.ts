import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { readOnlyModule } from '../local/engines/engines.ts';
import { versions } from '../overlays/landing.ts';
import { clusters } from '../overlays/names.ts';
import { regions } from '../overlays/regions/index.ts';
import { type Json, ofType, placed, readStacks } from './rules/stacks.ts';

const stacks = readStacks(dirname(import.meta.dirname));
let source: string;

beforeAll(async () => {
  source = await readOnlyModule(`github.com/aws/karpenter-provider-aws@v${versions.karpenter}`);
}, 120_000);

/** Prefix of the actions of each client in Karpenter's source. */
const prefixes: Record<string, string> = {
  ARCZonalShiftAPI: 'arc-zonal-shift',
  EC2API: 'ec2',
  EKSAPI: 'eks',
  IAMAPI: 'iam',
  PricingAPI: 'pricing',
  SQSAPI: 'sqs',
  SSMAPI: 'ssm',
};
/** Calls of its own tests. */
const ofTests = ['TimestreamWriteAPI', 'sqs:SendMessage'];

/** Every call in the interfaces of pkg/aws/sdk.go. */
function calls(): string[] {
  const text = readFileSync(join(source, 'pkg/aws/sdk.go'), 'utf8');
  return [...text.matchAll(/^type (\w+) interface \{\n([\s\S]*?)^\}/gm)].flatMap(([, client = '', body = '']) => {
    if (ofTests.includes(client)) return [];
    expect(Object.keys(prefixes)).toContain(client);
    return [...body.matchAll(/^\t([A-Z]\w+)\(/gm)]
      .map(([, call]) => `${prefixes[client]}:${call}`)
      .filter((call) => !ofTests.includes(call));
  });
}

test.each(regions.map(({ name }) => name))(
  'the role of Karpenter in %s allows the calls of its version, and no other',
  (name) => {
    const { Statement } = stacks[name].locals[`policy-${clusters[name].name}-karpenter`];
    const allowed: string[] = Statement.flatMap(({ Action }: Json) => Action);
    expect(calls().length).toBeGreaterThan(25);
    // Passing a role is no call: IAM asks for it when an instance profile gets the role.
    expect([...new Set(allowed)].sort()).toEqual([...new Set([...calls(), 'iam:PassRole'])].sort());
  },
);

test.each(regions.map(({ name }) => name))(
  'the queue in %s hears of every event that Karpenter understands',
  (name) => {
    const folder = join(source, 'pkg/controllers/interruption/messages');
    const understood = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('parser.go'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .flatMap((text) => {
        const output = (method: string) =>
          text.match(new RegExp(`\\) ${method}\\(\\) string \\{\\n\\s+return "([^"]*)"`))?.[1];
        return output('DetailType') ? [`${output('Source')}: ${output('DetailType')}`] : [];
      });
    const heard = ofType(placed(stacks), 'aws_cloudwatch_event_rule')
      .filter(({ stack }) => stack === name)
      .map(({ args }) => stacks[name].locals[args.event_pattern.match(/local\.([\w-]+)/)[1]])
      .map(({ source: [from], 'detail-type': [kind] }) => `${from}: ${kind}`);
    expect(heard.sort()).toEqual(understood.filter((one) => !one.startsWith(': ')).sort());
  },
);
