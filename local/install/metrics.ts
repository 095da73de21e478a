import { join } from 'node:path';
import { moduleFolder } from '../engines/engines.ts';
import { images, type References } from '../images/phases.ts';
import { phase } from '../phases.ts';
import { node } from '../region/node.ts';
import { metricsSeconds } from '../region/settings.ts';
import { eachRegion, type Region } from '../topology.ts';
import { apply } from './apply.ts';
import { readFolder, tuned, workloads } from './manifests.ts';

/** CPU metrics for the HorizontalPodAutoscalers. */
async function install(region: Region, images: References<'metrics-server'>): Promise<void> {
  const base = join(await moduleFolder('delivery', 'sigs.k8s.io/metrics-server'), 'manifests/base');
  const objects = readFolder(base).filter(({ kind }) => kind !== 'Kustomization');
  for (const object of objects)
    if (!/^(Cluster|APIService)/.test(object.kind) && !object.metadata.namespace)
      object.metadata.namespace = 'kube-system';
  // Upstream's kustomization would add the labels.
  const labels = { 'k8s-app': 'metrics-server' };
  for (const { kind, spec } of objects) if (kind === 'Service') spec.selector = labels;
  for (const { spec } of workloads(objects)) {
    spec.selector = { matchLabels: labels };
    spec.template.metadata = { ...spec.template.metadata, labels };
    for (const container of spec.template.spec.containers) {
      container.image = images['metrics-server'];
      container.args = [
        ...container.args.filter((argument: string) => !argument.startsWith('--metric-resolution=')),
        // As often as the kubelet measures and the autoscalers look.
        `--metric-resolution=${metricsSeconds}s`,
        // The region's own authority signs the kubelet's certificate.
        '--kubelet-insecure-tls',
      ];
      container.readinessProbe = { ...container.readinessProbe, initialDelaySeconds: 1, periodSeconds: 2 };
    }
  }
  await apply(region, tuned(objects));
}

export const metrics = eachRegion((region) =>
  phase({
    name: `${region.name}: metrics`,
    needs: { node: node[region.name], images: images[region.name].metrics },
    run: ({ images }) => install(region, images),
  }),
);
