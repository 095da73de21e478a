import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { siteData, sites } from '../trees.testing.ts';

/** `kubectl` as far as the command of docs/stores.md uses it; what it creates is in CREATED. */
const kubectl = `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync(process.env.CALLS, words.join(' ') + '\\n');
const after = (flag) => words[words.indexOf(flag) + 1];
const input = () => JSON.parse(readFileSync(0, 'utf8'));
if (words.includes('patch')) {
  const object = input();
  for (const { op, path, value } of JSON.parse(after('-p'))) {
    const keys = path.split('/').slice(1);
    const last = keys.pop();
    const at = keys.reduce((one, key) => one[key], object);
    if (op === 'remove' && !(last in at)) throw new Error('there is no ' + path);
    if (op === 'remove') delete at[last];
    else at[last] = value;
  }
  console.log(JSON.stringify(object));
} else if (words.includes('create')) {
  writeFileSync(process.env.CREATED, JSON.stringify({ environment: after('-n'), ...input() }));
} else if (words.includes('deployment')) {
  console.log(process.env.SPEC);
} else if (words.includes('pod') && words.includes('get')) {
  console.log(process.env.PHASE);
}
`;

const folder = mkdtempSync(join(tmpdir(), 'republish-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
const command = /```bash\n(republish\(\) \{[\s\S]*?)```/.exec(readFileSync('docs/stores.md', 'utf8'))?.[1] as string;

const paste = (spec: object, phase: string) => {
  const [created, calls] = [join(folder, 'created'), join(folder, 'calls')];
  writeFileSync(calls, '');
  const { status, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', command], {
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      SPEC: JSON.stringify(spec),
      PHASE: phase,
      CREATED: created,
      CALLS: calls,
    },
    encoding: 'utf8',
  });
  return { status, stderr, pod: JSON.parse(readFileSync(created, 'utf8')), calls: readFileSync(calls, 'utf8') };
};

const withStores = (Object.keys(sites) as (keyof typeof sites)[]).filter((site) => siteData[site].stores);

test.each(withStores)('the command that republishes makes a pod of the Deployment: %s', (site) => {
  const of = (kind: string) =>
    sites[site].find(
      ({ object }) => object.kind === kind && object.metadata.namespace === 'dr' && object.metadata.name === 'booking',
    )?.object;
  const { template } = of('Deployment').spec;
  const { status, stderr, pod, calls } = paste(template.spec, 'Succeeded');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { ports, startupProbe, livenessProbe, readinessProbe, ...container } = template.spec.containers[0];
  expect(pod).toEqual({
    environment: 'dr',
    apiVersion: 'v1',
    kind: 'Pod',
    // The stores are reached by this label.
    metadata: { name: expect.any(String), labels: of('NetworkPolicy').spec.podSelector.matchLabels },
    spec: {
      ...template.spec,
      restartPolicy: 'Never',
      containers: [{ ...container, args: ['republish', '--since', '2027-12-03T09:30:00Z'] }],
    },
  });
  // The Service sends requests to a port by its name, and the pod has none of it.
  expect(of('Service').spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort)).toEqual([ports[0].name]);
  expect(calls).toContain(`delete pod ${pod.metadata.name}`);
});

test('the command that republishes fails with its pod', () => {
  const deployment = sites.aws.find(({ object }) => object.kind === 'Deployment' && object.metadata.name === 'booking');
  expect(paste(deployment?.object.spec.template.spec, 'Failed').status).toBe(1);
});
