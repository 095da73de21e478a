import { join } from 'node:path';
import { moduleFolder } from '../engines/engines.ts';
import { images, type References } from '../images/phases.ts';
import { phase } from '../phases.ts';
import { node } from '../region/node.ts';
import { argocdUrl, eachRegion, type Region } from '../topology.ts';
import { apply } from './apply.ts';
import { kinds } from './kinds.ts';
import { notKind, read, tuned, withImages } from './manifests.ts';

const autoscalerHealth = `hs = { status = "Healthy", message = "" }
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.status == "False" and (condition.reason == "FailedGetScale" or condition.reason == "FailedUpdateScale" or condition.reason == "InvalidSelector") then
      hs.status = "Degraded"
      hs.message = condition.message
    end
  end
end
return hs
`;

/** Parts of Argo CD's installation that nothing here uses: single sign-on, ApplicationSets, its own notifications. */
const unusedArgo = /^argocd-(dex|applicationset|notifications)/;

async function install(region: Region, images: References<'argocd' | 'redis'>): Promise<void> {
  const module = await moduleFolder('delivery', 'github.com/argoproj/argo-cd/v3');
  const objects = read(join(module, 'manifests/install.yaml')).filter(
    (object) => notKind(object) && !unusedArgo.test(object.metadata.name),
  );
  const replaced = tuned(
    withImages(objects, {
      'quay.io/argoproj/argocd:*': images.argocd,
      'public.ecr.aws/docker/library/redis:*': images.redis,
    }),
  );
  for (const object of replaced)
    if (!/^(ClusterRole|ClusterRoleBinding)$/.test(object.kind)) object.metadata.namespace = 'argocd';
  for (const object of replaced)
    if (object.kind === 'ClusterRoleBinding') for (const subject of object.subjects) subject.namespace = 'argocd';
  const named = (kind: string, name: string) =>
    replaced.find((object) => object.kind === kind && object.metadata.name === name);
  named('ConfigMap', 'argocd-cm').data = {
    url: argocdUrl(region),
    // The forge sends a webhook once and does not repeat it: polling finds what a lost one announced.
    'timeout.reconciliation': '60s',
    'timeout.reconciliation.jitter': '0s',
    'application.resourceTrackingMethod': 'annotation',
    // Argo CD calls an autoscaler without metrics degraded: for half a minute after every rollout of one pod.
    'resource.customizations.health.autoscaling_HorizontalPodAutoscaler': autoscalerHealth,
  };
  named('ConfigMap', 'argocd-cmd-params-cm').data = {
    'server.insecure': 'true',
    'controller.status.processors': '10',
    'controller.operation.processors': '5',
    'controller.self.heal.timeout.seconds': '5',
    'applicationsetcontroller.enable.progressive.syncs': 'false',
  };
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'argocd', namespace: 'argocd' },
    spec: {
      ingressClassName: 'traefik',
      rules: [
        {
          host: new URL(argocdUrl(region)).hostname,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'argocd-server', port: { number: 80 } } } },
            ],
          },
        },
      ],
    },
  };
  await apply(region, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } }, ...replaced, ingress]);
}

export const argocd = eachRegion((region) =>
  phase({
    name: `${region.name}: argo cd`,
    needs: { node: node[region.name], kinds: kinds[region.name], images: images[region.name].argocd },
    run: ({ images }) => install(region, images),
  }),
);
