import { k8s } from 'cdk8s-plus-27';
import { runClass, runQuota, runVolume } from '../../charts/quotas.ts';
import { backfillReplicas } from '../../jobs/backfill-replicas/backfill-replicas.ts';
import { pruneImages } from '../../jobs/prune-images/prune-images.ts';
import { redeliverPushes } from '../../jobs/redeliver-pushes/redeliver-pushes.ts';
import { podIdentityAgent } from '../../lib/kube/link-local.ts';
import { egressTo, egressToDns, egressToPlaces } from '../../lib/kube/network-policy.ts';
import { pipelineObject, taskObject } from '../../lib/kube/tekton.ts';
import { environments, firstEnvironment } from '../../overlays/environments/index.ts';
import { retain } from '../../overlays/retain.ts';
import { webhookSecret } from '../../overlays/secrets.ts';
import { deliver } from '../../pipelines/deliver/deliver.ts';
import { stackParams } from '../../pipelines/deliver/stacks.ts';
import { pushTriggers } from '../../pipelines/deliver/triggers.ts';
import type { Build, Component } from '../app.ts';
import { secretsOf } from './secrets.ts';

/** The pipeline with its tasks and accounts, its triggers, and its jobs. */
const build: Build = (scope, { site, region, services }) => {
  const { forge, images } = site;
  const names = services.map(({ name }) => name);
  const own = site.regions[region.name].registry;
  const replica = site.regions[region.replicatesTo ?? region.name].registry;
  const environment = firstEnvironment.name;
  const pipeline = deliver(site, own);
  pipelineObject(scope, pipeline);
  for (const task of pipeline.tasks) taskObject(scope, task);
  for (const name of new Set(pipeline.tasks.map(({ serviceAccount }) => serviceAccount)))
    new k8s.KubeServiceAccount(scope, `serviceaccount-${name}`, {
      metadata: { name },
      automountServiceAccountToken: false,
    });
  // Runs execute the code of a push: no ingress, and no egress but DNS and what each Task declares.
  new k8s.KubeNetworkPolicy(scope, 'networkpolicy-runs', {
    metadata: { name: 'runs' },
    spec: {
      podSelector: { matchExpressions: [{ key: 'tekton.dev/taskRun', operator: 'Exists' }] },
      policyTypes: ['Ingress', 'Egress'],
      egress: [egressToDns],
    },
  });
  for (const reach of [...new Set(pipeline.tasks.flatMap(({ reaches }) => reaches))].sort()) {
    const values = pipeline.tasks.filter(({ reaches }) => reaches.includes(reach)).map(({ name }) => name);
    new k8s.KubeNetworkPolicy(scope, `networkpolicy-reach-${reach}`, {
      metadata: { name: `reach-${reach}` },
      spec: {
        podSelector: { matchExpressions: [{ key: 'tekton.dev/pipelineTask', operator: 'In', values: values.sort() }] },
        policyTypes: ['Egress'],
        egress: egressTo(reach, site.networks),
      },
    });
  }
  // Policies add up: only the task that signs reaches the EKS Pod Identity Agent, for the role of its account.
  if ('kms' in site.signingKey)
    new k8s.KubeNetworkPolicy(scope, 'networkpolicy-sign', {
      metadata: { name: 'sign' },
      spec: {
        podSelector: { matchLabels: { 'tekton.dev/pipelineTask': 'image-push' } },
        policyTypes: ['Egress'],
        egress: egressToPlaces([podIdentityAgent]),
      },
    });
  backfillReplicas(scope, images, { source: own, replica, insecure: site.registry.insecure }, names);
  if (site.registry.prunes)
    pruneImages(scope, images, {
      forge,
      registries: { source: own, replica, insecure: site.registry.insecure },
      services: names,
      environments: environments.map(({ name }) => name),
      retain,
    });
  redeliverPushes(
    scope,
    images,
    forge,
    environment,
    names.map((name) => ({ name, webhookSecret: webhookSecret(name) })),
  );
  runQuota(scope, 'ci', names, site.runs);
  const triggered = services.map(({ name, stack }) => {
    const repository = `${forge.url}/${forge.owner}/${name}.git`;
    return {
      name,
      repository,
      webhookSecret: webhookSecret(name),
      environment,
      volumeClass: runClass(name),
      params: {
        environment,
        service: name,
        repository,
        image: `${own}/${name}`,
        replica: `${replica}/${name}`,
        ...stackParams(stack, site),
      },
    };
  });
  pushTriggers(scope, pipeline, triggered, {
    owner: forge.owner,
    ingress: site.ingress,
    onDemandNodes: site.onDemandNodes,
    ownNodes: site.runs.nodes,
    volumeSize: runVolume,
    gatesOff: site.sonarqube ? [] : ['quality gate (SonarQube)'],
  });
};

export const ci: Component = {
  name: 'ci',
  namespace: 'ci',
  wave: 0,
  on: ({ hasPipelines }) => hasPipelines,
  // Kaniko unpacks images as root, which the level restricted refuses.
  makesNamespace: { podSecurity: 'baseline', denyByDefault: false },
  charts: { ...secretsOf('ci'), 'pipelines/deliver': build },
};
