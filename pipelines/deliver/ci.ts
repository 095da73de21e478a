import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { backfillReplicas } from '../../jobs/backfill-replicas/backfill-replicas.ts';
import { redeliverPushes } from '../../jobs/redeliver-pushes/redeliver-pushes.ts';
import type { BaseImage, Images } from '../../lib/images.ts';
import { egressExceptMetadata } from '../../lib/kube/network-policy.ts';
import { pipelineObject, taskObject } from '../../lib/kube/tekton.ts';
import type { ScanDatabase, SigningKey } from '../../overlays/overlay.ts';
import { deliver } from './deliver.ts';
import { listenerPolicy } from './listener-policy.ts';
import { type StackName, stackParams } from './stacks.ts';
import { pushTriggers } from './triggers.ts';

/** What the pipelines need of a site. */
export type DeliverSite = {
  insecureRegistry: boolean;
  copiesImages: boolean;
  signingKey: SigningKey;
  scanDatabase: ScanDatabase;
  sonarqube: { server: string } | undefined;
  onDemandNodes: Record<string, string>;
  forge: { kind: 'github' | 'gitea'; url: string; api: string; owner: string };
  domain: string;
  ingressClass: string;
  ingressNamespace: string;
  tls: boolean;
  images: Images;
  baseImages: Record<BaseImage, string>;
};

/** Everything of the namespace ci: the pipeline, its tasks, their accounts, and what starts it. Releases go to `environment`. */
export function ci(
  scope: Construct,
  site: DeliverSite,
  registries: { home: string; standby: string },
  services: readonly { name: string; stack: StackName }[],
  environment: string,
): void {
  const { forge, images } = site;
  const pipeline = deliver({
    images,
    registry: { host: registries.home, insecure: site.insecureRegistry, copies: site.copiesImages },
    forge,
    signingKey: site.signingKey,
    scanDatabase: site.scanDatabase,
    sonarqube: site.sonarqube,
  });
  pipelineObject(scope, pipeline);
  for (const task of pipeline.tasks) taskObject(scope, task);
  for (const name of new Set(pipeline.tasks.map(({ serviceAccount }) => serviceAccount)))
    new k8s.KubeServiceAccount(scope, `serviceaccount-${name}`, {
      metadata: { name },
      automountServiceAccountToken: false,
    });
  // Runs execute the code of a push: nothing may call them, and they may not ask the machine for its cloud role, nor for that of a pod.
  new k8s.KubeNetworkPolicy(scope, 'networkpolicy-runs', {
    metadata: { name: 'runs' },
    spec: {
      podSelector: { matchExpressions: [{ key: 'tekton.dev/pipelineRun', operator: 'Exists' }] },
      policyTypes: ['Ingress', 'Egress'],
      egress: egressExceptMetadata,
    },
  });
  // Policies add up: the task that signs gets to the agent that gives it the role of its account (EKS Pod Identity).
  if ('kms' in site.signingKey)
    new k8s.KubeNetworkPolicy(scope, 'networkpolicy-sign', {
      metadata: { name: 'sign' },
      spec: {
        podSelector: { matchLabels: { 'tekton.dev/pipelineTask': 'image-push' } },
        policyTypes: ['Egress'],
        egress: [
          {
            to: [{ ipBlock: { cidr: '169.254.170.23/32' } }],
            ports: [{ protocol: 'TCP', port: k8s.IntOrString.fromNumber(80) }],
          },
        ],
      },
    });
  backfillReplicas(
    scope,
    images,
    { ...registries, insecure: site.insecureRegistry },
    services.map(({ name }) => name),
  );
  redeliverPushes(
    scope,
    images,
    forge,
    environment,
    services.map(({ name }) => name),
  );
  const triggered = services.map(({ name, stack }) => {
    const repository = `${forge.url}/${forge.owner}/${name}.git`;
    return {
      name,
      repository,
      params: {
        environment,
        service: name,
        repository,
        image: `${registries.home}/${name}`,
        replica: `${registries.standby}/${name}`,
        ...stackParams(stack, site),
      },
    };
  });
  pushTriggers(scope, pipeline, triggered, {
    owner: forge.owner,
    host: `hooks.${site.domain}`,
    ingressClass: site.ingressClass,
    ingressNamespace: site.ingressNamespace,
    tls: site.tls,
    onDemandNodes: site.onDemandNodes,
    gatesOff: site.sonarqube ? [] : ['quality gate (SonarQube)'],
  });
  listenerPolicy(scope, pipeline, triggered);
}
