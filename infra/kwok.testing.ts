/** A Kubernetes without nodes, and Karpenter whose nodes are objects alone: what the rendered pools make of pods. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, build, moduleFolder } from '../local/engines/engines.ts';
import { until } from '../local/machine/process.ts';
import { rootfsFolder } from '../local/sandbox/rootfs.ts';
import { type Price, prices } from './models/prices.ts';
import type { Json } from './rules/stacks.ts';

/** An instance type as Karpenter's stand-in for a cloud reads it. The labels are those that AWS's Karpenter gives to a node of the type. */
export const instanceType = (
  name: string,
  { cpus, gibibytes, onDemand, spot }: Price,
  capacities: readonly string[],
): object => {
  const [, category = '', generation = ''] = /^([a-z])(\d)/.exec(name) ?? [];
  const one = (key: string, value: string) => ({ key, operator: 'In', values: [value] });
  return {
    name,
    architecture: 'amd64',
    operatingSystems: ['linux'],
    resources: { cpu: `${cpus}`, memory: `${gibibytes}Gi`, 'ephemeral-storage': '100Gi', pods: '58' },
    offerings: capacities.flatMap((capacity) =>
      ['ap-northeast-2a', 'ap-northeast-2c'].map((zone) => ({
        Price: capacity === 'spot' ? spot : onDemand,
        Available: true,
        Requirements: [
          one('karpenter.sh/capacity-type', capacity),
          one('topology.kubernetes.io/zone', zone),
          one('karpenter.k8s.aws/instance-category', category),
          one('karpenter.k8s.aws/instance-generation', generation),
        ],
      })),
    ),
  };
};

/** Cheaper than everything, and allowed by no pool: a burstable type, and one of an old generation. */
const decoys: Record<string, Price> = {
  't3.2xlarge': { cpus: 8, gibibytes: 32, onDemand: 0.001, spot: 0.0001 },
  'm4.2xlarge': { cpus: 8, gibibytes: 32, onDemand: 0.001, spot: 0.0001 },
};

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export type Kwok = {
  kubectl: (...args: string[]) => string;
  get: (...args: string[]) => Json[];
  apply: (...objects: object[]) => void;
  /** Karpenter, as long as the cloud has these kinds of capacity. */
  karpenter: (...capacities: string[]) => Promise<void>;
  stop: () => Promise<void>;
};

export async function startKwok(): Promise<Kwok> {
  await build('kubernetes');
  await build('karpenter');
  const folder = mkdtempSync(join(tmpdir(), 'kwok-'));
  const children: ChildProcess[] = [];
  const run = (name: string, program: string, args: string[], env: Record<string, string> = {}): ChildProcess => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    const child = spawn(program, args, {
      env: { PATH: '/usr/bin:/bin', ...env },
      stdio: ['ignore', log, log],
      cwd: folder,
    });
    children.push(child);
    return child;
  };
  const [client, peer, api] = await Promise.all([freePort(), freePort(), freePort()]);
  const at = (port: number) => `http://127.0.0.1:${port}`;
  run('etcd', join(rootfsFolder('node'), 'usr/bin/etcd'), [
    ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', at(client), '--advertise-client-urls', at(client)],
    ...[
      '--listen-peer-urls',
      at(peer),
      '--initial-advertise-peer-urls',
      at(peer),
      '--initial-cluster',
      `default=${at(peer)}`,
    ],
    ...['--unsafe-no-fsync', '--log-level', 'error'],
  ]);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'tokens'), 'admin,admin,1,system:masters\n', { mode: 0o600 });
  run('apiserver', binary('kubernetes', 'kube-apiserver'), [
    ...[
      `--etcd-servers=${at(client)}`,
      `--secure-port=${api}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${join(folder, 'certs')}`,
    ],
    ...[
      `--service-account-key-file=${join(folder, 'sa.pub')}`,
      `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    ],
    ...[
      '--service-account-issuer=https://kwok',
      `--token-auth-file=${join(folder, 'tokens')}`,
      '--authorization-mode=RBAC',
    ],
    // No pod runs, so none needs an account; and no node is ever unreachable.
    ...[
      '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--profiling=false',
    ],
  ]);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: `https://127.0.0.1:${api}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'a', user: { token: 'admin' } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    }),
    { mode: 0o600 },
  );
  const kubectl = (...args: string[]) =>
    execFileSync(binary('kubernetes', 'kubectl'), [`--kubeconfig=${kubeconfig}`, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 1 << 26,
    });
  const apply = (...objects: object[]) => {
    const file = join(folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    kubectl('apply', '--server-side', '-f', file);
  };
  const get = (...args: string[]): Json[] => JSON.parse(kubectl('get', '-o', 'json', ...args)).items;
  await until('API server', 120, async () => kubectl('get', '--raw', '/readyz'));
  // Karpenter's own namespace is there; who makes pods of Deployments, and who places them, are Kubernetes' own.
  run('controllers', binary('kubernetes', 'kube-controller-manager'), [
    ...[`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
    '--controllers=deployment-controller,replicaset-controller,disruption-controller,garbage-collector-controller',
  ]);
  run('scheduler', binary('kubernetes', 'kube-scheduler'), [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
  ]);
  const source = await moduleFolder('karpenter', 'sigs.k8s.io/karpenter');
  for (const crds of ['pkg/apis/crds', 'kwok/apis/crds']) kubectl('apply', '--server-side', '-f', join(source, crds));
  await until('kinds', 60, async () => kubectl('get', 'nodepools,nodeclaims,kwoknodeclasses,nodeoverlays'));

  let karpenter: ChildProcess | undefined;
  const kubelet = setInterval(() => {
    try {
      beKubelet(get, kubectl);
    } catch {
      // A pod or a node went away meanwhile.
    }
  }, 1000);
  return {
    kubectl,
    get,
    apply,
    async karpenter(...capacities) {
      const ended = karpenter && new Promise((resolve) => karpenter?.once('exit', resolve));
      karpenter?.kill();
      await ended;
      const types = Object.entries({ ...prices, ...decoys }).map(([name, price]) =>
        instanceType(name, price, capacities),
      );
      const file = join(folder, 'types.json');
      writeFileSync(file, JSON.stringify(types));
      karpenter = run('karpenter', binary('karpenter', 'kwok'), [], {
        ...{ KUBECONFIG: kubeconfig, INSTANCE_TYPES_FILE_PATH: file, DISABLE_LEADER_ELECTION: 'true' },
        ...{
          SYSTEM_NAMESPACE: 'kube-system',
          METRICS_PORT: `${await freePort()}`,
          HEALTH_PROBE_PORT: `${await freePort()}`,
        },
      });
    },
    async stop() {
      clearInterval(kubelet);
      for (const child of children.reverse()) child.kill('SIGKILL');
      if (process.env.KWOK_LOGS) process.stdout.write(readFileSync(join(folder, 'karpenter.log')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a kubelet says of its node and its pods: nothing runs, but all is ready, and a pod that is to end has ended. */
function beKubelet(get: Kwok['get'], kubectl: Kwok['kubectl']): void {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const status = (kind: string, object: Json, value: object) =>
    kubectl(
      ...[
        'patch',
        kind,
        object.metadata.name,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status: value }),
      ],
      ...(object.metadata.namespace ? ['-n', object.metadata.namespace] : []),
    );
  const isReady = ({ status }: Json) =>
    status?.conditions?.some(({ type, status }: Json) => type === 'Ready' && status === 'True');
  const ready = {
    conditions: [
      { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: now, lastHeartbeatTime: now },
    ],
  };
  for (const node of get('nodes').filter((one) => !isReady(one))) status('node', node, ready);
  for (const pod of get('pods', '-A').filter(({ spec }) => spec.nodeName)) {
    if (pod.metadata.deletionTimestamp)
      kubectl(
        'delete',
        'pod',
        pod.metadata.name,
        '-n',
        pod.metadata.namespace,
        '--grace-period=0',
        '--force',
        '--wait=false',
      );
    else if (!isReady(pod) && pod.status.phase === 'Pending')
      status('pod', pod, {
        phase: 'Running',
        startTime: now,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
      });
  }
}
