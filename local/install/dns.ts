import { inside } from '../../overlays/sites/local.ts';
import { images, type References } from '../images/phases.ts';
import { phase } from '../phases.ts';
import { node } from '../region/node.ts';
import { storeNames } from '../stores/listens.ts';
import { eachRegion, host, type Region, regions, registryName, sonarqube } from '../topology.ts';
import { apply } from './apply.ts';
import { tuned } from './manifests.ts';

/** CoreDNS, with the names outside of the cluster: forge, registries, stores, Slack, SonarQube. */
async function install(region: Region, images: References<'coredns'>): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns' };
  const dns = region.serviceSubnet.replace(/0\/\d+$/, '10');
  const corefile = `.:53 {
  errors
  ready
  hosts {
    ${host.bridgeAddress} ${inside.forge.host} ${inside.slack.host}
    ${sonarqube.address} ${inside.sonarqube.host}
${regions.map((one) => `    ${one.address} ${[registryName(one), ...storeNames(one)].join(' ')}`).join('\n')}
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
  const objects = [
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
  ];
  await apply(region, tuned(objects));
}

export const dns = eachRegion((region) =>
  phase({
    name: `${region.name}: dns`,
    needs: { node: node[region.name], images: images[region.name].node },
    run: ({ images }) => install(region, images),
  }),
);
