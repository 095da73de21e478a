import { k8s } from 'cdk8s-plus-27';
import { prometheus, toPort } from '../../lib/kube/network-policy.ts';
import { webhookSecret } from '../../overlays/secrets.ts';
import type { Build, Component } from '../app.ts';

export const interceptors = 'tekton-triggers-core-interceptors';
const namespace = 'tekton-pipelines';
const ports = [{ protocol: 'TCP', port: k8s.IntOrString.fromNumber(8443) }];

/**
 * Instead of the rules of its installation, which also let it get every Secret. Its cache lists and watches all of them and does not start
 * without; what a caller names it gets, and only the Role in `ci` lets it.
 */
export const interceptorRules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'] }];

/**
 * Bounds Tekton's own installation. An interceptor serves whoever calls it: it reads the Secret that the caller names and, for changed files of
 * a pull request, sends it as a token to the host that the caller names. So only the EventListener reaches it, and it can read only the
 * Secrets that sign deliveries.
 */
const build: Build = (scope, { site, region, services }) => {
  new k8s.KubeClusterRole(scope, 'cluster-role-interceptors', {
    metadata: { name: interceptors },
    rules: interceptorRules,
  });
  const metadata = { name: interceptors, namespace: 'ci' };
  new k8s.KubeRole(scope, 'role-interceptors', {
    metadata,
    rules: [
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: services.map(({ name }) => webhookSecret(name)),
        verbs: ['get'],
      },
    ],
  });
  new k8s.KubeRoleBinding(scope, 'role-binding-interceptors', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: interceptors },
    subjects: [{ kind: 'ServiceAccount', name: interceptors, namespace }],
  });
  new k8s.KubeNetworkPolicy(scope, 'network-policy-default-deny', {
    metadata: { name: 'default-deny' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });
  // The API server calls them from outside the pod network. They decide about objects, and read no Secret for a caller.
  new k8s.KubeNetworkPolicy(scope, 'network-policy-webhooks', {
    metadata: { name: 'admission-webhooks' },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/component': 'webhook' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports }],
    },
  });
  if (site.regions[region.name].monitoring)
    new k8s.KubeNetworkPolicy(scope, 'network-policy-metrics', {
      metadata: { name: 'metrics' },
      spec: {
        podSelector: {
          matchLabels: { 'app.kubernetes.io/name': 'controller', 'app.kubernetes.io/part-of': 'tekton-pipelines' },
        },
        policyTypes: ['Ingress'],
        ingress: [{ from: [prometheus], ports: toPort(9090) }],
      },
    });
  new k8s.KubeNetworkPolicy(scope, 'network-policy-interceptors', {
    metadata: { name: 'interceptors' },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/component': 'interceptors' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ci' } },
              podSelector: { matchLabels: { eventlistener: 'git' } },
            },
          ],
          ports,
        },
      ],
    },
  });
};

export const tekton: Component = {
  name: 'tekton',
  namespace,
  wave: 0,
  on: ({ hasPipelines }) => hasPipelines,
  charts: { 'apps/platform/tekton.ts': build },
};
