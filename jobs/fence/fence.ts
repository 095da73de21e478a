import type { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { envOf, metadataOf, onlyBy, platformAccount, singleton } from '../../charts/platform-pod.ts';
import { egressToDns, toPort } from '../../lib/kube/network-policy.ts';
import { restrictedPod } from '../../lib/kube/pod-security.ts';
import { resourceRequirements } from '../../lib/kube/resources.ts';
import { rightsOf } from '../../lib/kube/rights.ts';
import { programCommand } from '../../lib/kube/tekton.ts';

import { fenceNames } from './names.ts';

export const hold = new URL('./hold.ts', import.meta.url);
export const { fence: name, writerSecret, quota } = fenceNames;

type Given = {
  image: string;
  region: string;
  /** All that there are. */
  regions: readonly string[];
  environments: readonly string[];
  nodeSelector: Record<string, string>;
  /** Those of the API server. */
  ports: readonly number[];
};
const variables = ({ region, regions, environments }: Given) => ({
  REGION: region,
  REGIONS: regions.join(' '),
  ENVIRONMENTS: environments.join(' '),
  NAMESPACE: name,
  WRITER: writerSecret,
  SECONDS: '3',
  KUBERNETES_API: 'https://kubernetes.default.svc',
  SERVICE_ACCOUNT: '/var/run/secrets/kubernetes.io/serviceaccount',
});
export type FenceVariables = keyof ReturnType<typeof variables>;

/**
 * The fence of a region whose role another one may take over: while another region writes, no pod of these environments runs. So a region that
 * comes back writes nothing, whatever its services do, and no service has to know about it.
 */
export function fence(scope: Construct, given: Given): void {
  const { image, environments, nodeSelector, ports } = given;
  platformAccount(scope, name);
  const rules: Record<string, k8s.PolicyRule[]> = {
    [name]: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [writerSecret], verbs: ['get'] }],
  };
  for (const environment of environments)
    rules[environment] = [
      // `create` cannot be limited to a name.
      { apiGroups: [''], resources: ['resourcequotas'], verbs: ['create'] },
      { apiGroups: [''], resources: ['resourcequotas'], resourceNames: [quota], verbs: ['get', 'patch', 'delete'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'delete'] },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list'] },
      { apiGroups: ['apps'], resources: ['replicasets/status'], verbs: ['patch'] },
    ];
  rightsOf(scope, { name, namespace: name }, rules, metadataOf(name).labels);
  singleton(
    scope,
    {
      ...{ name, nodes: nodeSelector, callsApi: true, security: restrictedPod, terminationGracePeriodSeconds: 10 },
      container: {
        ...{ image, command: programCommand(hold), env: envOf(variables(given)) },
        resources: resourceRequirements({
          requests: { cpu: '10m', memory: '64Mi' },
          limits: { memory: '192Mi' },
        }),
      },
    },
    // It has no port to ask, and each of its calls ends in time: it is ready when it lived for a while.
    { minReadySeconds: 10 },
  );
  onlyBy(scope, name, { egress: [egressToDns, { ports: ports.flatMap(toPort) }] });
}
