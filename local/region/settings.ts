import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inside } from '../../overlays/sites/local.ts';
import { writeFile } from '../machine/process.ts';
import {
  argocdHost,
  entrance,
  hooksHost,
  host,
  type Region,
  regions,
  registry,
  registryFromHost,
  servicesPort,
} from '../topology.ts';
import { dockerConfig, loginFile, loginTo } from './login.ts';

/** How often CPU and memory of pods are measured, and autoscalers look. By default 10 to 15: much of what an idle region does. */
export const metricsSeconds = 30;

/** What the ingress answers for to everybody who reaches the region: the platform's own. */
const platformHosts = [hooksHost, ...Object.values(argocdHost)];
/** Who reaches the services of a region at its ingress, as a security group on AWS has it: the entrance, and the other region, which probes. */
const servicesFrom = (region: Region): string[] => [
  entrance.address,
  ...regions.filter(({ name }) => name !== region.name).map(({ address }) => address),
];

/** Writes the settings of the region's engines. Settings that are not obvious have a comment. */
export function writeSettings(region: Region, folder: string): void {
  const dns = region.serviceSubnet.replace(/0\/\d+$/, '10');
  const put = (file: string, content: unknown) =>
    writeFile(join(folder, file), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  put(
    'environment',
    `NAME=${region.name}\nADDRESS=${region.address}\nPOD_SUBNET=${region.podSubnet}\nSERVICE_SUBNET=${region.serviceSubnet}\nREGISTRY_PORT=${inside.registry.port}\nMETRICS_SECONDS=${metricsSeconds}\nSERVICES_PORT=${servicesPort}\nSERVICES_FROM='${servicesFrom(region).join(', ')}'\nPLATFORM_HOSTS='${platformHosts.join(' ')}'\n`,
  );
  const login = `writer:${randomBytes(24).toString('hex')}`;
  writeFile(loginFile(region), login, 0o600);
  writeFile(join(dockerConfig(region), 'config.json'), JSON.stringify(loginTo(registryFromHost(region), login)), 0o600);
  const own = `http://127.0.0.1:${inside.registry.port}`;
  put(
    `certs.d/${registry(region)}/hosts.toml`,
    `server = "${own}"\n[host."${own}"]\ncapabilities = ["pull", "resolve"]\n`,
  );
  put(
    'containerd.toml',
    `version = 2
root = "/state/containerd"
state = "/run/containerd"
[grpc]
address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
# Without CAP_SYS_RESOURCE no process may lower its oom_score_adj; every pod would fail.
restrict_oom_score_adj = true
sandbox_image = "${registry(region)}/platform/pause:current"
max_concurrent_downloads = 6
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "/state/cni"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/state/certs.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`,
  );
  put('cni/10-bridge.conflist', {
    cniVersion: '0.4.0',
    name: region.name,
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni',
          ranges: [[{ subnet: region.podSubnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
  put('kubelet.yaml', {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${host.cgroup}/${region.name}`,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    failSwapOn: false,
    // From 1.35 on the kubelet refuses version 1 cgroups by default.
    failCgroupV1: false,
    clusterDNS: [dns],
    clusterDomain: 'cluster.local',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: '/state/pki/ca.crt' },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: '/state/pki/kubelet.crt',
    tlsPrivateKeyFile: '/state/pki/kubelet.key',
    resolvConf: '/etc/resolv.conf',
    serializeImagePulls: false,
    maxParallelImagePulls: 6,
    registryPullQPS: 0,
    // Images of the last cluster are on the node before the first pod: who runs one still has to show a login that may pull it.
    imagePullCredentialsVerificationPolicy: 'AlwaysVerify',
    // The defaults of 5 events and 5 API calls a second slow down a node that runs every pod.
    eventRecordQPS: 0,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
    // The machine is shared: a nearly full disk is no reason to evict pods.
    evictionHard: {
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      // No limit of a pod counts files: millions of empty ones take no room, and leave nobody else a new one.
      'nodefs.inodesFree': '5%',
      'imagefs.inodesFree': '5%',
      'memory.available': '200Mi',
    },
    imageGCHighThresholdPercent: 99,
    imageGCLowThresholdPercent: 98,
    maxPods: 200,
    // A fork bomb of a push ends its own pod.
    podPidsLimit: 2048,
    // Where their links outlive the pods (keep-pod-logs.sh).
    podLogsDir: '/logs/pods',
  });
  put('proxy.yaml', {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    // In tables of its own: kube-router reads, changes and writes back the whole filter table of iptables, and brings back a rule that kube-proxy
    // removed meanwhile, such as the one that refuses a Service without pods.
    mode: 'nftables',
    clientConnection: { kubeconfig: '/state/proxy.kubeconfig' },
    clusterCIDR: region.podSubnet,
    hostnameOverride: region.name,
    conntrack: { maxPerCore: 0 },
    nftables: { minSyncPeriod: '100ms' },
  });
}

/** Those of Kubernetes' own programs, and of its administrator; the keys are in them. */
export function writeKubeconfigs(region: Region, folder: string): void {
  const { name } = region;
  const data = (file: string) => readFileSync(join(folder, 'pki', file)).toString('base64');
  const cluster = { server: `https://${region.address}:6443`, 'certificate-authority-data': data('ca.crt') };
  for (const user of ['admin', 'controller-manager', 'scheduler', 'proxy', 'kubelet']) {
    const keys = { 'client-certificate-data': data(`${user}.crt`), 'client-key-data': data(`${user}.key`) };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name: user, user: keys }],
      contexts: [{ name, context: { cluster: name, user } }],
      'current-context': name,
    };
    writeFile(join(folder, `${user}.kubeconfig`), JSON.stringify(config, null, 2), 0o600);
  }
}
