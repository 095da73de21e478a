import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { priority } from '../lib/kube/priority.ts';
import type { Nodes, OwnNodes } from '../overlays/overlay.ts';

/** Services preempt pipeline runs: no build takes the room of a service. */
export function priorityClasses(scope: Construct): void {
  new k8s.KubePriorityClass(scope, 'priority-class-service', {
    metadata: { name: priority.service },
    value: 1000,
    description: 'Services and the notifier.',
    preemptionPolicy: 'PreemptLowerPriority',
  });
  new k8s.KubePriorityClass(scope, 'priority-class-run', {
    metadata: { name: priority.run },
    value: 100,
    description: 'Pipeline runs: they wait for a node and preempt nobody.',
    preemptionPolicy: 'Never',
  });
}

type Pool = {
  name: string;
  /** Karpenter tries pools of a greater weight first. */
  weight: number;
  capacity: ('spot' | 'on-demand')[];
  own?: OwnNodes;
};

/**
 * Spot first, by weight. On-demand where spot has no capacity, and for pods that select it. Where there are runs, a pool of their own: no pod
 * that does not tolerate its taint shares a node with the code of a push.
 */
export function nodePools(scope: Construct, { cluster, role, image, limits }: Nodes, runs: OwnNodes | undefined): void {
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
      // One hop: the metadata service does not answer pods, so none gets the role of the node.
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: { volumeSize: '100Gi', volumeType: 'gp3', encrypted: true, deleteOnTermination: true },
        },
      ],
    },
  });
  const pools: Pool[] = [
    { name: 'spot', weight: 20, capacity: ['spot'] },
    { name: 'on-demand', weight: 10, capacity: ['on-demand'] },
    // Of two kinds of capacity Karpenter takes spot while there is some.
    ...(runs ? [{ name: runs.value, weight: 10, capacity: ['spot', 'on-demand'], own: runs } satisfies Pool] : []),
  ];
  for (const { name, weight, capacity, own } of pools)
    new ApiObject(scope, `node-pool-${name}`, {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { name },
      spec: {
        weight,
        limits,
        disruption: { consolidationPolicy: 'WhenEmptyOrUnderutilized', consolidateAfter: '1m' },
        template: {
          ...(own ? { metadata: { labels: { [own.key]: own.value } } } : {}),
          spec: {
            nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' },
            // Many instance types, because spot capacity of a single one runs out.
            requirements: [
              { key: 'karpenter.sh/capacity-type', operator: 'In', values: capacity },
              { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
              { key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['c', 'm', 'r'] },
              { key: 'karpenter.k8s.aws/instance-generation', operator: 'Gt', values: ['4'] },
            ],
            ...(own ? { taints: [{ ...own, effect: 'NoSchedule' }] } : {}),
            // Two weeks: nodes are replaced to get patches.
            expireAfter: '336h',
          },
        },
      },
    });
}
