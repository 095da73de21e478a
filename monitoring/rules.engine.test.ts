import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { binary, build } from '../local/engines/engines.ts';
import { run } from '../local/machine/process.ts';
import { ruleTests } from './rule-tests.ts';
import { readByPrometheus, ruleFile } from './rules.ts';
import { prometheusConfig } from './scrape.ts';

// With promtool of the version that runs.

let folder: string;
beforeAll(async () => {
  await build('monitoring');
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
  for (const { name, rules, tests } of ruleTests()) {
    writeFileSync(join(folder, `${name}.rules.yaml`), stringify(rules));
    writeFileSync(join(folder, `${name}.yaml`), stringify(tests, { lineWidth: 0 }));
  }
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const promtool = (...args: string[]) => run(binary('monitoring', 'promtool'), args, { cwd: folder });

test('every alert fires when it should and not earlier, ends, is silent while all is well and at its threshold', async () => {
  const names = readByPrometheus().map(({ name }) => `${name}.yaml`);
  expect(names.length).toBeGreaterThan(30);
  const output = await promtool('test', 'rules', ...names);
  expect(output.match(/SUCCESS/g)).toHaveLength(names.length);
});

test('a rule that says something else fails its tests', async () => {
  const [{ name, rules, tests }] = ruleTests() as [ReturnType<typeof ruleTests>[number]];
  for (const [from, to] of [
    ['> 0.9', '> 0.95'],
    ['> 0.9', '> 0.85'],
    ['15m', '5m'],
  ] as const) {
    writeFileSync(join(folder, `${name}.other.yaml`), stringify(rules).replace(from, to));
    const other = { ...tests, rule_files: [`${name}.other.yaml`] };
    writeFileSync(join(folder, 'other.yaml'), stringify(other, { lineWidth: 0 }));
    await expect(promtool('test', 'rules', 'other.yaml')).rejects.toThrow();
  }
});

test.each([{ address: '10.89.0.2:9101' }, { namespace: 'ingress', port: 9100 }])(
  'Prometheus reads its configuration, with the ingress at %j',
  async (ingress) => {
    const config = prometheusConfig({
      ...{ region: 'seoul', environments: ['dev', 'prod'], hasPipelines: true, ingress },
      stores: { address: '10.89.0.2:9187' },
    });
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config, { lineWidth: 0 }));
    expect(await promtool('check', 'config', '--syntax-only', 'prometheus.yaml')).toContain('SUCCESS');
  },
);

test.each(['local', 'aws'] as const)('the rules of %s are rules', async (site) => {
  writeFileSync(join(folder, 'all.yaml'), stringify(ruleFile(site)));
  expect(await promtool('check', 'rules', '--lint=all', '--lint-fatal', 'all.yaml')).toContain('SUCCESS');
});
