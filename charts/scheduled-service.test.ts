import { expect, test } from '@jest/globals';
import { manifests } from '../lib/kube/render.ts';
import { scheduledService } from './scheduled-service.ts';

const service = {
  name: 'report',
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '1Gi' } },
  env: [],
  callees: [{ name: 'stock', port: 7000 }],
  places: [],
  schedule: '0 3 * * *',
};
const render = (more = {}) => {
  const objects = manifests('test', (chart) => scheduledService(chart, { ...service, ...more }));
  return Object.fromEntries(objects.map((object) => [object.kind, object]));
};

test('it runs by its schedule in UTC, one run at a time, and no run goes on for ever', () => {
  const { schedule, timeZone, concurrencyPolicy, jobTemplate } = render().CronJob.spec;
  expect([schedule, timeZone, concurrencyPolicy]).toEqual(['0 3 * * *', 'Etc/UTC', 'Forbid']);
  expect([jobTemplate.spec.backoffLimit, jobTemplate.spec.activeDeadlineSeconds]).toEqual([0, 3600]);
});

test('its pod is the one of any service, with the bare name as its image', () => {
  const { spec } = render({ writableTmp: '64Mi' }).CronJob.spec.jobTemplate.spec.template;
  expect(spec).toMatchObject({
    serviceAccountName: 'report',
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
  });
  expect(spec.containers).toHaveLength(1);
  expect(spec.containers[0]).toMatchObject({ image: 'report', volumeMounts: [{ mountPath: '/tmp' }] });
  expect(spec.containers[0].ports).toBeUndefined();
});

test('nothing reaches it, and it reaches DNS and what it calls', () => {
  const { CronJob, NetworkPolicy } = render();
  const { labels } = CronJob.spec.jobTemplate.spec.template.metadata;
  expect(labels).toMatchObject(NetworkPolicy.spec.podSelector.matchLabels);
  expect(labels).toMatchObject({ 'tickets.example/calls-stock': 'true' });
  const { policyTypes, ingress, egress } = NetworkPolicy.spec;
  expect([policyTypes, ingress]).toEqual([['Ingress', 'Egress'], undefined]);
  expect(egress.slice(1)).toEqual([
    {
      to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'stock' } } }],
      ports: [{ protocol: 'TCP', port: 7000 }],
    },
  ]);
});

test('its account comes before a migration of its database', () => {
  expect(render().ServiceAccount.metadata.annotations).toBeUndefined();
  expect(render({ migrates: true }).ServiceAccount.metadata.annotations).toEqual({
    'argocd.argoproj.io/sync-wave': '-2',
  });
});
