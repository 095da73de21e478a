import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { limits, withinLimits } from './rules/limits.ts';
import { type Json, ofType, placed, readStacks } from './rules/stacks.ts';

const stacks = readStacks(dirname(import.meta.dirname));

test('every value is within the limits of AWS', () => {
  expect(withinLimits(stacks)).toEqual([]);
});

/** Of the stack dr-control, which is rendered from the records of the failover. */
const later = /^aws_(?:lambda_|cloudwatch_metric_alarm)|retry_policy/;

test.each(limits.map((limit) => [`${limit.type} ${limit.field}`, limit] as const))(
  'a value outside of it is reported: %s',
  (name, { type, field, bad }) => {
    const changed = structuredClone(stacks);
    const path = field.split('.');
    const [holder] = ofType(placed(changed), type)
      .map(({ args }) => path.slice(0, -1).reduce((value: Json, key) => value?.[key], args))
      .filter((value) => value?.[path.at(-1) as string] !== undefined);
    // A limit of nothing holds nothing.
    if (holder === undefined)
      return expect([name, later.test(name) && !('dr-control' in stacks)]).toEqual([name, true]);
    holder[path.at(-1) as string] = bad;
    expect(withinLimits(changed)).toEqual([expect.stringContaining(`${field}: given ${bad}, allowed`)]);
  },
);
