import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { engineFolder } from '../engines/engines.ts';
import { namespace } from '../machine/network.ts';
import { run, until, writeFile } from '../machine/process.ts';
import { isAlive, sandboxState, start, stop } from '../sandbox/sandbox.ts';
import { cache, host, logs, type Region, registry, registryFromHost } from '../topology.ts';
import { makeKeys } from './pki.ts';

export const kubeconfig = (region: Region) => join(sandboxState(region.name), 'admin.kubeconfig');
/** `kubectl` of the engines, as the administrator of a region. */
export const kubectl = (region: Region, args: string[], input?: string) =>
  run(
    join(engineFolder('kubernetes'), 'kubectl'),
    [`--kubeconfig=${kubeconfig(region)}`, ...args],
    input === undefined ? {} : { input },
  );

const loginFile = (region: Region) => join(sandboxState(region.name), 'registry-login');
const loginTo = (host: string, login: string) => ({
  auths: { [host]: { auth: Buffer.from(login).toString('base64') } },
});
/** The Docker configuration with which pods write to the registry of a region; reading it asks nobody. A region made anew has another. */
export const writersConfig = (region: Region) =>
  JSON.stringify(loginTo(registry(region), readFileSync(loginFile(region), 'utf8')));
/** The folder of the same for this machine, as DOCKER_CONFIG. */
export const dockerConfig = (region: Region) => join(sandboxState(region.name), 'docker');

export const regionIsUp = (region: Region) => isAlive(region.name);

async function writeKubeconfigs(region: Region, folder: string): Promise<void> {
  const bin = join(engineFolder('kubernetes'), 'kubectl');
  const pki = (file: string) => join(folder, 'pki', file);
  await Promise.all(
    ['admin', 'controller-manager', 'scheduler', 'proxy', 'kubelet'].map(async (user) => {
      const config = [`--kubeconfig=${join(folder, `${user}.kubeconfig`)}`];
      const set = (...args: string[]) => run(bin, ['config', ...config, ...args]);
      await set(
        'set-cluster',
        region.name,
        `--server=https://${region.address}:6443`,
        `--certificate-authority=${pki('ca.crt')}`,
        '--embed-certs',
      );
      await set(
        'set-credentials',
        user,
        `--client-certificate=${pki(`${user}.crt`)}`,
        `--client-key=${pki(`${user}.key`)}`,
        '--embed-certs',
      );
      await set('set-context', region.name, `--cluster=${region.name}`, `--user=${user}`);
      await set('use-context', region.name);
    }),
  );
}

/** YAML or JSON files of the region's engines; each setting that is not a default has its reason. */
function writeSettings(region: Region, folder: string): void {
  const dns = region.serviceSubnet.replace(/0\/\d+$/, '10');
  const put = (file: string, content: unknown) =>
    writeFile(join(folder, file), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  put(
    'environment',
    `NAME=${region.name}\nADDRESS=${region.address}\nPOD_SUBNET=${region.podSubnet}\nSERVICE_SUBNET=${region.serviceSubnet}\n`,
  );
  const login = `writer:${randomBytes(24).toString('hex')}`;
  writeFile(loginFile(region), login, 0o600);
  writeFile(join(dockerConfig(region), 'config.json'), JSON.stringify(loginTo(registryFromHost(region), login)), 0o600);
  put(
    `certs.d/${registry(region)}/hosts.toml`,
    'server = "http://127.0.0.1:5000"\n[host."http://127.0.0.1:5000"]\ncapabilities = ["pull", "resolve"]\n',
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
    // From 1.35 on the kubelet refuses version 1 cgroups unless told.
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
    // The default of 5 events and 5 API calls a second is felt where one node runs every pod.
    eventRecordQPS: 0,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
    // The machine is shared: a nearly full disk is its owner's matter, not a reason to evict.
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '200Mi' },
    imageGCHighThresholdPercent: 99,
    imageGCLowThresholdPercent: 98,
    maxPods: 200,
  });
  put('proxy.yaml', {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: '/state/proxy.kubeconfig' },
    clusterCIDR: region.podSubnet,
    hostnameOverride: region.name,
    conntrack: { maxPerCore: 0 },
    iptables: { minSyncPeriod: '100ms' },
  });
}

/** Starts a region from nothing but its registry: a new cluster, empty, with keys of its own. One that runs is only waited for. */
export async function startRegion(
  region: Region,
  program: { node: string; ingress: string },
  names: { hosts: Record<string, string>; nameServers: string[] },
) {
  const folder = sandboxState(region.name);
  if (!regionIsUp(region)) {
    await stop(region.name);
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(logs, region.name), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await makeKeys(region, join(folder, 'pki'));
    writeSettings(region, folder);
    await writeKubeconfigs(region, folder);
    const images = join(cache, 'registry', region.name);
    mkdirSync(images, { recursive: true });
    start({
      name: region.name,
      network: `/run/netns/${namespace(region)}`,
      init: '/platform-source/region/init.sh',
      binds: [
        `${folder}:/state`,
        `${engineFolder('kubernetes')}:/kubernetes`,
        `${engineFolder('tools')}:/tools`,
        `${engineFolder('registry')}:/registry-engine`,
        `${program.node}:/node`,
        `${program.ingress}:/ingress`,
        `${images}:/registry`,
      ],
      ...names,
    });
  }
  // Also for one that an up started which was ended here: its kubelet waits for this file.
  await until(`${region.name}: API server`, 60, () => kubectl(region, ['get', '--raw', '/readyz']));
  writeFile(join(folder, 'api-is-ready'), '');
}

/** Waits until the region's node takes pods. */
export const nodeReady = (region: Region) =>
  until(
    `${region.name}: node`,
    60,
    async () =>
      (await kubectl(region, [
        'get',
        'node',
        region.name,
        '-o',
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
      ])) === 'True',
  );
