import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Directions, importDirections } from './lib/rules/import-directions.ts';

const here = import.meta.dirname;

/** What each folder may import: lib ← tasks ← pipelines ← apps ← main.ts, lib ← charts ← apps, and data from overlays. */
const directions: Directions = {
  lib: [],
  overlays: ['type lib'],
  tasks: ['lib', 'type overlays'],
  pipelines: ['lib', 'tasks', 'type overlays'],
  charts: ['lib', 'type overlays'],
  jobs: ['lib', 'charts', 'pipelines/deliver/push.ts', 'type overlays'],
  monitoring: ['lib', 'overlays', 'local/engines/engines.ts', 'local/machine/process.ts'],
  apps: ['lib', 'charts', 'pipelines', 'jobs', 'monitoring', 'overlays', 'notifier/shutdown.ts'],
  'main.ts': ['lib', 'apps', 'overlays'],
  'trees.testing.ts': ['lib', 'main.ts', 'overlays'],
  alerts: ['lib'],
  entrance: [],
  notifier: ['lib', 'alerts'],
  dr: ['lib', 'alerts', 'entrance', 'overlays'],
  firewall: ['lib', 'alerts', 'entrance', 'overlays'],
  infra: [
    'lib',
    'overlays',
    'monitoring',
    'dr',
    'firewall/lambdas.ts',
    'entrance',
    'apps/index.ts',
    'apps/stores.ts',
    'apps/variables.ts',
    'type apps',
    'local/engines/engines.ts',
    'local/machine/process.ts',
    'local/sandbox/rootfs.ts',
    'local/topology.ts',
  ],
  local: [
    'alerts',
    'dr',
    'firewall',
    'entrance',
    'lib',
    'overlays',
    'apps/index.ts',
    'apps/stores.ts',
    'apps/variables.ts',
    'apps/platform/programs.ts',
    'apps/platform/tekton.ts',
    'jobs/fence/names.ts',
  ],
  e2e: ['lib', 'dr/types.ts', 'entrance', 'firewall/records.testing.ts', 'local', 'monitoring', 'overlays'],
  scripts: [
    'lib',
    'dr/types.ts',
    'local',
    'overlays',
    'apps',
    'e2e',
    'main.ts',
    'infra/packages.ts',
    'pipelines/deliver/stacks.ts',
  ],
};
/** No code of the platform: documents, rendered files, repositories of services. */
const without = /^(?:\..*|node_modules|dist|docs|releases|rendered|services)$/;

test('no test judges by a clock, which also counts what a busy machine does beside it', () => {
  const clocks = /expect\([^;]*(?:\bnow\(\)|milliseconds?\(\)) - [^;]*\)\.toBeLessThan/;
  const tests = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && !file.includes('node_modules/'),
  );
  expect(tests.length).toBeGreaterThan(100);
  expect(tests.filter((file) => clocks.test(readFileSync(join(here, file), 'utf8')))).toEqual([]);
});

test('imports go one way', () => {
  const files = readdirSync(here)
    .filter((name) => !without.test(name))
    .flatMap((name) =>
      name.includes('.')
        ? [name]
        : readdirSync(join(here, name), { recursive: true, encoding: 'utf8' }).map((file) => join(name, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules/'));
  expect(files.length).toBeGreaterThan(200);
  const texts = new Map(files.map((file) => [file, readFileSync(join(here, file), 'utf8')]));
  expect(importDirections(texts, directions)).toEqual([]);
});
