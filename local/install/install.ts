import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { moduleFolder, readOnlyModule } from '../engines/engines.ts';
import type { ImageName } from '../images/images.ts';
import { sleep } from '../machine/process.ts';
import { forgeName } from '../outside/outside.ts';
import { kubectl } from '../region/region.ts';
import { sonarqube } from '../sonarqube/sonarqube.ts';
import { host, type Region, regions, registry } from '../topology.ts';

// biome-ignore lint/suspicious/noExplicitAny: third-party manifests, read and changed in a few places only
type Manifest = any;

const read = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8'), { uniqueKeys: false })
    .map((document) => document.toJS())
    .filter((object) => object?.kind);
const readFolder = (folder: string): Manifest[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => read(join(folder, file)));

/** Applies until nothing is refused: CRDs and admission webhooks are not there in the first seconds. */
export async function apply(region: Region, objects: Manifest[], seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await kubectl(
        region,
        ['apply', '--server-side', '--force-conflicts', '--field-manager=platform', '-f', '-'],
        // JSON, because YAML 1.1 readers take an unquoted `no` for a boolean.
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      );
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(500);
    }
  }
}

/** Every image reference and `ko://` name in an object replaced by ours; an unknown one is a fault of ours, found here and not by the kubelet. */
function withImages(objects: Manifest[], images: Record<string, string>): Manifest[] {
  const known = (value: string): string => {
    const found = Object.keys(images).find(
      (name) => value === name || (name.endsWith('*') && value.startsWith(name.slice(0, -1))),
    );
    if (!found) throw new Error(`no image of the platform stands for ${value}`);
    return images[found] as string;
  };
  const walk = (value: Manifest, key?: string): Manifest => {
    if (typeof value === 'string') return key === 'image' || value.startsWith('ko://') ? known(value) : value;
    if (Array.isArray(value)) return value.map((entry) => walk(entry));
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, walk(entry, key)]));
    return value;
  };
  return objects.map((object) => (object.kind === 'CustomResourceDefinition' ? object : walk(object)));
}

const workloads = (objects: Manifest[]) =>
  objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
/** Engines come from this machine's registry by digest: asking it again at each start only costs time. */
function tuned(objects: Manifest[]): Manifest[] {
  for (const { spec } of workloads(objects)) {
    delete spec.template.spec.affinity;
    for (const container of [...spec.template.spec.containers, ...(spec.template.spec.initContainers ?? [])])
      container.imagePullPolicy = 'IfNotPresent';
  }
  return objects;
}

export type Images = Record<ImageName, string>;

/** CoreDNS as the cluster's DNS, with the names of what is outside: forge, registry. */
export async function installDns(region: Region, images: Images): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns' };
  const dns = region.serviceSubnet.replace(/0\/\d+$/, '10');
  const corefile = `.:53 {
  errors
  ready
  hosts {
    ${host.bridgeAddress} ${forgeName} slack.internal
    ${sonarqube.address} sonarqube.internal
${regions.map((one) => `    ${one.address} ${registry(one).split(':')[0]}`).join('\n')}
    fallthrough
  }
  kubernetes cluster.local in-addr.arpa {
    pods insecure
    fallthrough in-addr.arpa
  }
  forward . /etc/resolv.conf
  cache 30
}
`;
  const meta = { name: 'coredns', namespace: 'kube-system', labels };
  await apply(region, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta, data: { Corefile: corefile } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: 'coredns',
            dnsPolicy: 'Default',
            priorityClassName: 'system-cluster-critical',
            containers: [
              {
                name: 'coredns',
                image: images.coredns,
                args: ['-conf', '/etc/coredns/Corefile'],
                volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
                resources: { requests: { cpu: '50m', memory: '40Mi' } },
                readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
              },
            ],
            volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...meta, name: 'kube-dns' },
      spec: {
        clusterIP: dns,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'tickets.example/node-folder',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
    },
  ]);
}

const shell = (images: Images) => images.git;

/** Tekton Pipelines from the manifests of its own module; its resolvers and events are left out, nothing here uses them. */
export async function installTekton(region: Region, images: Images): Promise<void> {
  const config = join(await moduleFolder('kubernetes', 'github.com/tektoncd/pipeline'), 'config');
  const unused = new Set(['events.yaml', 'webhook-hpa.yaml', 'config-leader-election-events.yaml']);
  const objects = [
    ...readFolder(join(config, '100-namespace')),
    ...readFolder(join(config, '300-crds')),
    ...readdirSync(config)
      .filter((file) => file.endsWith('.yaml') && !unused.has(file))
      .sort()
      .flatMap((file) => read(join(config, file))),
  ];
  const pipeline = 'ko://github.com/tektoncd/pipeline/cmd';
  const replaced = tuned(
    withImages(objects, {
      [`${pipeline}/controller`]: images['tekton-controller'],
      [`${pipeline}/webhook`]: images['tekton-webhook'],
      [`${pipeline}/entrypoint`]: images['tekton-entrypoint'],
      [`${pipeline}/nop`]: images['tekton-nop'],
      [`${pipeline}/workingdirinit`]: images['tekton-workingdirinit'],
      [`${pipeline}/sidecarlogresults`]: images['tekton-sidecarlogresults'],
    }),
  );
  for (const { spec } of workloads(replaced))
    for (const container of spec.template.spec.containers) {
      const flag = container.args?.indexOf('-shell-image') ?? -1;
      if (flag >= 0) container.args[flag + 1] = shell(images);
      // The Windows shell image is a flag that must be given and is never pulled here.
    }
  const flags = replaced.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'feature-flags');
  // Tekton's own init containers meet the restricted pod security standard only when told to.
  Object.assign(flags.data, { 'set-security-context': 'true', 'disable-creds-init': 'true' });
  await apply(region, replaced);
}

export async function installTriggers(region: Region, images: Images): Promise<void> {
  const config = join(await moduleFolder('kubernetes', 'github.com/tektoncd/triggers'), 'config');
  const triggers = 'ko://github.com/tektoncd/triggers/cmd';
  const replaced = tuned(
    withImages([...readFolder(config), ...readFolder(join(config, 'interceptors'))], {
      [`${triggers}/controller`]: images['triggers-controller'],
      [`${triggers}/webhook`]: images['triggers-webhook'],
      [`${triggers}/interceptors`]: images['triggers-interceptors'],
      [`${triggers}/eventlistenersink`]: images['triggers-eventlistenersink'],
    }),
  );
  await apply(region, replaced);
}

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

/** The parts of Argo CD's installation that nothing here uses: single sign-on, ApplicationSets, its own notifications. */
const unusedArgo = /^argocd-(dex|applicationset|notifications)/;

export async function installArgoCd(region: Region, images: Images, settings: { url: string }): Promise<void> {
  const module = await moduleFolder('delivery', 'github.com/argoproj/argo-cd/v3');
  const objects = read(join(module, 'manifests/install.yaml')).filter(
    ({ metadata }) => !unusedArgo.test(metadata.name),
  );
  const replaced = tuned(
    withImages(objects, {
      'quay.io/argoproj/argocd:*': images.argocd,
      'public.ecr.aws/docker/library/redis:*': images.redis,
    }),
  );
  for (const object of replaced)
    if (!/^(ClusterRole|ClusterRoleBinding|CustomResourceDefinition)$/.test(object.kind))
      object.metadata.namespace = 'argocd';
  for (const object of replaced)
    if (object.kind === 'ClusterRoleBinding') for (const subject of object.subjects) subject.namespace = 'argocd';
  const named = (kind: string, name: string) =>
    replaced.find((object) => object.kind === kind && object.metadata.name === name);
  named('ConfigMap', 'argocd-cm').data = {
    url: settings.url,
    // The webhook brings news; this is the net below it, for the one that the forge sends once and does not repeat.
    'timeout.reconciliation': '60s',
    'timeout.reconciliation.jitter': '0s',
    'application.resourceTrackingMethod': 'annotation',
    // Argo CD calls an autoscaler degraded while it has no figures yet: half a minute after every rollout of one pod.
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
          host: new URL(settings.url).hostname,
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

/** CPU figures for the HorizontalPodAutoscalers. */
export async function installMetrics(region: Region, images: Images): Promise<void> {
  const base = join(await moduleFolder('delivery', 'sigs.k8s.io/metrics-server'), 'manifests/base');
  const objects = readFolder(base).filter(({ kind }) => kind !== 'Kustomization');
  for (const object of objects)
    if (!/^(Cluster|APIService)/.test(object.kind) && !object.metadata.namespace)
      object.metadata.namespace = 'kube-system';
  // Upstream's base leaves the labels to its kustomization.
  const labels = { 'k8s-app': 'metrics-server' };
  for (const { kind, spec } of objects) if (kind === 'Service') spec.selector = labels;
  for (const { spec } of workloads(objects)) {
    spec.selector = { matchLabels: labels };
    spec.template.metadata = { ...spec.template.metadata, labels };
    for (const container of spec.template.spec.containers) {
      container.image = images['metrics-server'];
      // The kubelet's certificate is signed by the region's own authority.
      container.args = [...container.args, '--kubelet-insecure-tls'];
      container.readinessProbe = { ...container.readinessProbe, initialDelaySeconds: 1, periodSeconds: 2 };
    }
  }
  await apply(region, tuned(objects));
}

/** The kinds of Traefik that the rendered tree uses, from the version that the aws site runs. */
export async function installTraefikKinds(region: Region): Promise<void> {
  const module = await readOnlyModule('github.com/traefik/traefik/v3@v3.7.13');
  const crds = read(join(module, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml'));
  await apply(region, [
    ...crds.filter(({ metadata }) => metadata.name.startsWith('middlewares.')),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'traefik' },
      spec: { controller: 'tickets.example/ingress' },
    },
  ]);
}
