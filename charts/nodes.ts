import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { priority } from '../lib/kube/priority.ts';
import type { Nodes } from '../overlays/overlay.ts';

/** Which pods give way when room is short: a service is never without room because of a build. */
export function priorityClasses(scope: Construct): void {
  new k8s.KubePriorityClass(scope, 'priority-class-service', {
    metadata: { name: priority.service },
    value: 1000,
    description: 'Services, and what tells people of them.',
    preemptionPolicy: 'PreemptLowerPriority',
  });
  new k8s.KubePriorityClass(scope, 'priority-class-run', {
    metadata: { name: priority.run },
    value: 100,
    description: 'Pipeline runs: they wait for a node, and push nobody away.',
    preemptionPolicy: 'Never',
  });
}

/** Spot capacity first, by weight; on-demand where there is none, and for pods that ask for it. */
export function nodePools(scope: Construct, { cluster, role, image, limits }: Nodes): void {
  const tagged = [{ tags: { 'karpenter.sh/discovery': cluster } }];
  new ApiObject(scope, 'node-class', {
    apiVersion: 'karpenter.k8s.aws/v1',
    kind: 'EC2NodeClass',
    metadata: { name: 'default' },
    spec: {
      role,
      amiSelectorTerms: [{ alias: image }],
      subnetSelectorTerms: tagged,
      securityGroupSelectorTerms: tagged,
      // One hop: a pod that asks the metadata service for the node's role gets no answer.
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: { volumeSize: '100Gi', volumeType: 'gp3', encrypted: true, deleteOnTermination: true },
        },
      ],
    },
  });
  for (const [name, weight] of [
    ['spot', 20],
    ['on-demand', 10],
  ] as const)
    new ApiObject(scope, `node-pool-${name}`, {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { name },
      spec: {
        weight,
        limits,
        disruption: { consolidationPolicy: 'WhenEmptyOrUnderutilized', consolidateAfter: '1m' },
        template: {
          spec: {
            nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' },
            // Many kinds, so that spot capacity is found where one kind runs short.
            requirements: [
              { key: 'karpenter.sh/capacity-type', operator: 'In', values: [name] },
              { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
              { key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['c', 'm', 'r'] },
              { key: 'karpenter.k8s.aws/instance-generation', operator: 'Gt', values: ['4'] },
            ],
            // A node does not get older than its patches.
            expireAfter: '336h',
          },
        },
      },
    });
}
