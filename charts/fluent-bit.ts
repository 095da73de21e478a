import { createHash } from 'node:crypto';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { annotation } from '../lib/kube/labels.ts';
import { linkLocal, podIdentityAgent } from '../lib/kube/link-local.ts';
import { egressToDns, egressToPlaces } from '../lib/kube/network-policy.ts';
import { podDefaults, restrictedContainer } from '../lib/kube/pod-security.ts';
import { priority } from '../lib/kube/priority.ts';
import { resourceRequirements } from '../lib/kube/resources.ts';
import type { NodeLogs } from '../overlays/overlay.ts';
import { config, httpPort, nodeFolders, parsers } from './fluent-bit-config.ts';

const labels = { 'app.kubernetes.io/name': 'fluent-bit' };

/** Fluent Bit on every node: it sends the logs of pods and of the node to CloudWatch, with the role of its account and no other right. */
export function fluentBit(
  scope: Construct,
  logs: NodeLogs,
  { namespace, account }: { namespace: string; account: string },
): void {
  const metadata = { name: account, labels };
  new k8s.KubeServiceAccount(scope, 'service-account', { metadata, automountServiceAccountToken: false });
  const data = { 'fluent-bit.conf': config(logs, namespace), 'parsers.conf': parsers() };
  new k8s.KubeConfigMap(scope, 'config', { metadata, data });
  const probe: k8s.Probe = {
    httpGet: { path: '/api/v1/health', port: k8s.IntOrString.fromString('http') },
    periodSeconds: 30,
    timeoutSeconds: 5,
  };
  const folder = (name: string, path: string, type: string): k8s.Volume => ({ name, hostPath: { path, type } });
  new k8s.KubeDaemonSet(scope, 'daemon-set', {
    metadata: {
      ...metadata,
      annotations: { [annotation.runsAsRoot]: 'The kubelet makes the files of logs readable to root alone.' },
    },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: k8s.IntOrString.fromString('10%') } },
      template: {
        // It reads its settings when it starts.
        metadata: {
          labels,
          annotations: { 'checksum/config': createHash('sha256').update(JSON.stringify(data)).digest('hex') },
        },
        spec: {
          serviceAccountName: account,
          priorityClassName: priority.service,
          ...podDefaults,
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          // Every node has logs, those of runs too.
          tolerations: [{ operator: 'Exists' }],
          terminationGracePeriodSeconds: 40,
          containers: [
            {
              name: 'fluent-bit',
              image: logs.image,
              command: ['/fluent-bit/bin/fluent-bit', '-c', '/fluent-bit/config/fluent-bit.conf'],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              ports: [{ name: 'http', containerPort: httpPort }],
              resources: resourceRequirements({
                requests: { cpu: '50m', memory: '96Mi' },
                limits: { cpu: '500m', memory: '256Mi' },
              }),
              livenessProbe: { ...probe, initialDelaySeconds: 30, failureThreshold: 5 },
              readinessProbe: probe,
              securityContext: { ...restrictedContainer, runAsUser: 0, runAsNonRoot: false },
              volumeMounts: [
                { name: 'config', mountPath: '/fluent-bit/config', readOnly: true },
                { name: 'logs', mountPath: nodeFolders.logs, readOnly: true },
                { name: 'state', mountPath: nodeFolders.state },
              ],
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: account } },
            folder('logs', nodeFolders.logs, 'Directory'),
            folder('state', nodeFolders.state, 'DirectoryOrCreate'),
          ],
        },
      },
    },
  });
  new k8s.KubeNetworkPolicy(scope, 'network-policy', {
    metadata,
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        egressToDns,
        ...egressToPlaces([{ cidr: '0.0.0.0/0', except: [linkLocal], port: 443 }, podIdentityAgent]),
      ],
    },
  });
}
