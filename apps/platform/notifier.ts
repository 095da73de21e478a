import { k8s } from 'cdk8s-plus-27';
import { restricted } from '../../charts/namespace.ts';
import { admissionPolicy, sameBut } from '../../lib/kube/admission.ts';
import { annotation } from '../../lib/kube/labels.ts';
import { apiServerPorts, egressToDns, podsNamed, prometheus, toPort } from '../../lib/kube/network-policy.ts';
import { alertsTold } from '../../lib/kube/notified.ts';
import { podDefaults, restrictedContainer, restrictedPodWithVolumes } from '../../lib/kube/pod-security.ts';
import { priority } from '../../lib/kube/priority.ts';
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
  const labels = { 'app.kubernetes.io/name': name };
  const metadata = { name, labels };
  const port = 8080;
  const alertsPort = 8081;
  new k8s.KubeServiceAccount(scope, 'service-account', { metadata, automountServiceAccountToken: false });

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
    new k8s.KubeConfigMap(scope, 'alerts-told', { metadata: { name: alertsTold.name, labels } });
    rules[alertsTold.namespace] = [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [alertsTold.name], verbs: ['get', 'patch'] },
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
  new k8s.KubeDeployment(scope, 'deployment', {
    metadata,
    spec: {
      // Two at a time could notify twice.
      replicas: 1,
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 5,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: priority.service,
          ...(Object.keys(site.onDemandNodes).length > 0 ? { nodeSelector: site.onDemandNodes } : {}),
          ...podDefaults,
          automountServiceAccountToken: true,
          securityContext: restrictedPodWithVolumes,
          terminationGracePeriodSeconds,
          containers: [
            {
              name,
              image: notifierImage,
              command: ['node', '/app/notifier.mjs'],
              env: [
                ...webhooks,
                { name: 'WATCH', value: hasPipelines ? 'applications,pipelineruns' : 'applications' },
                { name: 'LINK_FORGE', value: site.forge.link },
                { name: 'LINK_ARGOCD', value: argocdLink },
                ...(monitoring ? [{ name: 'ALERTS_PORT', value: `${alertsPort}` }] : []),
              ],
              ports: [
                { name: 'http', containerPort: port },
                ...(monitoring ? [{ name: 'alerts', containerPort: alertsPort }] : []),
              ],
              resources: resourceRequirements({
                requests: { cpu: '20m', memory: '128Mi' },
                limits: { cpu: '500m', memory: '256Mi' },
              }),
              livenessProbe: probe('/healthz'),
              readinessProbe: probe('/readyz'),
              securityContext: restrictedContainer,
            },
          ],
        },
      },
    },
  });

  if (monitoring)
    new k8s.KubeService(scope, 'service', {
      metadata,
      spec: {
        selector: labels,
        ports: Object.entries({ http: port, alerts: alertsPort }).map(([name, number]) => ({
          name,
          port: number,
          targetPort: k8s.IntOrString.fromString(name),
        })),
      },
    });
  const ports = [...new Set([...apiServerPorts, ...site.webhookPorts])].sort((a, b) => a - b);
  new k8s.KubeNetworkPolicy(scope, 'network-policy', {
    metadata,
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      // Whoever posts alerts writes to Slack: Alertmanager alone does.
      ...(monitoring
        ? {
            ingress: [
              { from: [prometheus], ports: toPort(port) },
              { from: [podsNamed('monitoring', 'alertmanager')], ports: toPort(alertsPort) },
            ],
          }
        : {}),
      egress: [egressToDns, { ports: ports.flatMap(toPort) }],
    },
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
