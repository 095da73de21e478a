import { describe, expect, test } from '@jest/globals';
import type { Images } from '../../lib/images.ts';
import { type Manifest, manifests } from '../../lib/kube/render.ts';
import { leaves } from '../../lib/rules/placed.ts';
import { awsTree } from '../../trees.testing.ts';
import { redeliverPushes } from './redeliver-pushes.ts';

const forge = { kind: 'github', api: 'https://api.github.com', owner: 'o' } as const;
const objects = manifests('ci', (chart) =>
  redeliverPushes(chart, { programs: 'programs' } as Images, forge, 'dev', [
    { name: 'booking', webhookSecret: 'webhook-booking' },
    { name: 'ticket', webhookSecret: 'webhook-ticket' },
  ]),
);
const of = (kind: string) => objects.find((object) => object.kind === kind) as Manifest;
const { spec } = of('CronJob');
const pod = spec.jobTemplate.spec.template;
const [container] = pod.spec.containers;

describe('the redelivery of pushes', () => {
  test('may read and delete runs of its namespace, and nothing else', () => {
    expect(of('Role').rules).toEqual([
      { apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['get', 'list', 'delete'] },
    ]);
    expect(of('RoleBinding')).toMatchObject({
      roleRef: { kind: 'Role', name: 'redeliver-pushes' },
      subjects: [{ kind: 'ServiceAccount', name: 'redeliver-pushes', namespace: 'ci' }],
    });
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['ci']));
    expect(pod.spec.serviceAccountName).toBe('redeliver-pushes');
  });

  test('reads the forge and signs for each service with its own Secret, and one that is missing stops no other', () => {
    expect(pod.spec.containers).toHaveLength(1);
    const secrets = [...leaves(objects)].filter(([at]) => /secret.*\.name$/i.test(at)).map(([, value]) => value);
    expect(secrets.sort()).toEqual(['forge-read', 'webhook-booking', 'webhook-ticket']);
    expect(container.envFrom).toBeUndefined();
    const [{ projected }] = pod.spec.volumes;
    expect(projected.sources).toEqual(
      ['booking', 'ticket'].map((path) => ({
        secret: { name: `webhook-${path}`, items: [{ key: 'secret', path }], optional: true },
      })),
    );
  });

  test('nothing else uses its account', () => {
    const tree = [...awsTree].filter(([path]) => path.startsWith('rendered/seoul/ci/'));
    const users = tree.filter(([, text]) => /serviceAccountName: redeliver-pushes$/m.test(text)).map(([path]) => path);
    expect(users).toEqual(['rendered/seoul/ci/cronjob-redeliver-pushes.yaml']);
  });

  test('runs one at a time, and ends before the next is due', () => {
    expect(spec).toMatchObject({
      schedule: '2-59/5 * * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 120,
    });
    expect(spec.jobTemplate.spec.backoffLimit).toBe(0);
    const deadline = spec.jobTemplate.spec.activeDeadlineSeconds;
    const seconds = (name: string) =>
      Number(container.env.find((entry: { name: string }) => entry.name === name).value);
    expect(deadline).toBeLessThan(300);
    // By itself, so that it can say at what: the program has a minute and a half beside its waits, and the pod needs some to start.
    expect(seconds('PATIENCE_SECONDS') + seconds('RUN_WITHIN_SECONDS') + 90 + 30).toBeLessThan(deadline);
  });

  test('is let in by the policy of the listener, and lets nobody in itself', () => {
    const policy = awsTree.get('rendered/seoul/ci/networkpolicy-listen.yaml');
    expect(policy).toContain(
      `- podSelector:\n            matchLabels:\n              app: ${pod.metadata.labels.app}\n`,
    );
    expect(of('NetworkPolicy').spec).toMatchObject({
      podSelector: { matchLabels: pod.metadata.labels },
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(of('NetworkPolicy').spec.ingress).toBeUndefined();
  });
});
