import { existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { run } from '../local/machine/process.ts';
import { cache } from '../local/topology.ts';
import { datadogDashboard, monitors } from './datadog.ts';

// Datadog's operator sends these texts to its API as they are. Its own client for Node says what the API knows of them: 140 MB, so nothing else installs it.

const client = '@datadog/datadog-api-client@1.64.0';
const folder = join(cache, 'datadog-api-client-1.64.0');
type Deserialize = (value: unknown, type: 'Monitor' | 'Dashboard', format: string) => unknown;
let deserialize: Deserialize;

beforeAll(async () => {
  if (!existsSync(folder)) {
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', '--prefix', part, ...quiet, client], {});
    renameSync(part, folder);
  }
  const models = '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js';
  const { ObjectSerializer } = createRequire(join(folder, 'index.js'))(models);
  deserialize = (value, type, format) => ObjectSerializer.deserialize(JSON.parse(JSON.stringify(value)), type, format);
}, 600_000);

/** Fields that the API does not have, and values that it does not know. */
function faults(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { _unparsed: unparsed, additionalProperties: more } = value as Record<string, unknown>;
  return [
    ...(unparsed === true ? [`${path}: not understood`] : []),
    ...(more ? [`${path}: unknown ${Object.keys(more)}`] : []),
    ...Object.entries(value).flatMap(([name, inner]) =>
      name === 'additionalProperties' ? [] : faults(inner, `${path}/${name}`),
    ),
  ];
}
const faultsOf = (value: unknown, type: 'Monitor' | 'Dashboard') => faults(deserialize(value, type, ''), type);

test.each(monitors('eks-cluster', '@slack-tickets'))('the API of Datadog understands the monitor %s', (_, json) => {
  expect(faultsOf(json, 'Monitor')).toEqual([]);
});

/** The API answers with more than one sends: who made it, and when. */
const answered = { author_handle: 'a', created_at: '2027-01-01T00:00:00Z', id: 'a-b-c', url: '/dashboard/a-b-c' };

test('and the page', () => {
  expect(faultsOf({ ...datadogDashboard('eks-cluster'), ...answered }, 'Dashboard')).toEqual([]);
});

test('what it does not understand is reported', () => {
  const [[, monitor]] = monitors('eks-cluster', '@slack-tickets') as [[string, Record<string, object>]];
  const page = structuredClone(datadogDashboard('eks-cluster')) as { widgets: { definition: { type: string } }[] };
  const [widget] = page.widgets;
  if (widget) widget.definition.type = 'host map';
  expect(faultsOf({ ...monitor, type: 'query alarm' }, 'Monitor').join()).toContain('not understood');
  expect(faultsOf({ ...monitor, options: { ...monitor.options, notify_nodata: true } }, 'Monitor')).toEqual([
    'Monitor/options: unknown notify_nodata',
  ]);
  expect(faultsOf({ ...page, ...answered }, 'Dashboard').join()).toContain('not understood');
});
