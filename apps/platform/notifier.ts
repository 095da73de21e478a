import { k8s } from 'cdk8s-plus-27';
import { restricted } from '../../charts/namespace.ts';
import { metadataOf, onlyBy, platformAccount, portsOf, serviceOf, singleton } from '../../charts/platform-pod.ts';
import { admissionPolicy, sameBut } from '../../lib/kube/admission.ts';
import { annotation } from '../../lib/kube/labels.ts';
import { apiServerPorts, egressToDns, podsNamed, prometheus, toPort } from '../../lib/kube/network-policy.ts';
import { alertsNotified } from '../../lib/kube/notified.ts';
import { restrictedPodWithVolumes } from '../../lib/kube/pod-security.ts';
import { resourceRequirements } from '../../lib/kube/resources.ts';
import { rightsOf } from '../../lib/kube/rights.ts';
import { terminationGracePeriodSeconds } from '../../notifier/shutdown.ts';
import { platformSecrets } from '../../overlays/secrets.ts';
import type { Build, Component } from '../app.ts';
import { secretsOf } from './secrets.ts';

const name = 'notifier';

/** The channels that are on: each has a Secret of its name and a variable for the address of its webhook. */
const webhooks: k8s.EnvVar[] = platformSecrets
  .filter(({ namespace }) => namespace === name)
  .map((secret) => ({
    name: `${secret.name.toUpperCase()}_WEBHOOK_URL`,
    valueFrom: { secretKeyRef: { name: secret.name, key: 'url' } },
  }));

/** The notifier: one process a cluster that watches runs and Applications, sends messages, and records on each object what was notified. */
const build: Build = (scope, { site, region, overlays }) => {
  const { notifierImage, argocdLink, monitoring } = site.regions[region.name];
  const { hasPipelines } = region;
  const { labels } = metadataOf(name);
  const ports = { http: 8080, ...(monitoring ? { alerts: 8081 } : {}) };
  platformAccount(scope, name);

  const watch = ['get', 'list', 'watch', 'patch'];
  const rules: Record<string, k8s.PolicyRule[]> = {
    ...(hasPipelines
      ? {
          ci: [
            { apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: watch },
            { apiGroups: ['tekton.dev'], resources: ['taskruns'], verbs: ['list'] },
          ],
        }
      : {}),
    argocd: [{ apiGroups: ['argoproj.io'], resources: ['applications'], verbs: watch }],
  };
  for (const { name: environment } of overlays)
    rules[environment] = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }];
  if (monitoring) {
    new k8s.KubeConfigMap(scope, 'alerts-told', { metadata: { name: alertsNotified.name, labels } });
    rules[alertsNotified.namespace] = [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [alertsNotified.name], verbs: ['get', 'patch'] },
    ];
  }
  rightsOf(scope, { name, namespace: 'notifier' }, rules, labels);

  // Permission to patch an Application is permission to deploy anything. The API server itself writes the other three keys of metadata.
  const metadataKeys = ['annotations', 'generation', 'managedFields', 'resourceVersion'];
  admissionPolicy(scope, {
    name,
    account: { namespace: 'notifier', name },
    operations: ['UPDATE'],
    resources: [
      { group: 'argoproj.io', version: 'v1alpha1', resource: 'applications' },
      ...(hasPipelines ? [{ group: 'tekton.dev', version: 'v1', resource: 'pipelineruns' }] : []),
    ],
    variables: {
      now: 'object.metadata.?annotations.orValue({})',
      before: 'oldObject.metadata.?annotations.orValue({})',
    },
    rules: {
      'notifier may write annotations only': sameBut('object', 'oldObject', ['metadata']),
      'notifier may write annotations of metadata only': sameBut('object.metadata', 'oldObject.metadata', metadataKeys),
      [`notifier may write the annotation ${annotation.notified} only`]: sameBut('variables.now', 'variables.before', [
        annotation.notified,
      ]),
    },
  });

  const probe = (path: string): k8s.Probe => ({
    httpGet: { path, port: k8s.IntOrString.fromString('http') },
    periodSeconds: 10,
    timeoutSeconds: 2,
  });
  singleton(scope, {
    ...{ name, nodes: site.onDemandNodes, callsApi: true, security: restrictedPodWithVolumes },
    terminationGracePeriodSeconds,
    container: {
      ...{ image: notifierImage, command: ['node', '/app/notifier.mjs'], ports: portsOf(ports) },
      env: [
        ...webhooks,
        { name: 'WATCH', value: hasPipelines ? 'applications,pipelineruns' : 'applications' },
        { name: 'LINK_FORGE', value: site.forge.link },
        { name: 'LINK_ARGOCD', value: argocdLink },
        ...(ports.alerts ? [{ name: 'ALERTS_PORT', value: `${ports.alerts}` }] : []),
      ],
      resources: resourceRequirements({
        requests: { cpu: '20m', memory: '128Mi' },
        limits: { cpu: '500m', memory: '256Mi' },
      }),
      livenessProbe: probe('/healthz'),
      readinessProbe: probe('/readyz'),
    },
  });
  if (monitoring) serviceOf(scope, name, ports);
  const reached = [...new Set([...apiServerPorts, ...site.webhookPorts])].sort((a, b) => a - b);
  onlyBy(scope, name, {
    // Whoever posts alerts writes to Slack: Alertmanager alone does.
    ingress: ports.alerts
      ? [
          { from: [prometheus], ports: toPort(ports.http) },
          { from: [podsNamed('monitoring', 'alertmanager')], ports: toPort(ports.alerts) },
        ]
      : [],
    egress: [egressToDns, { ports: reached.flatMap(toPort) }],
  });
};

export const notifier: Component = {
  name,
  namespace: 'notifier',
  wave: 0,
  on: () => true,
  makesNamespace: restricted,
  charts: { ...secretsOf('notifier'), 'apps/platform/notifier.ts': build },
};
