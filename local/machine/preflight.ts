import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { dynoxideIsBuilt } from '../engines/dynoxide.ts';
import { engineNames, isBuilt } from '../engines/engines.ts';
import { outsideIsUp } from '../outside/outside.ts';
import { cache, ports, state } from '../topology.ts';
import { nameServers } from './resolver.ts';

export type Finding = {
  what: string;
  ok: boolean;
  /** The cure, if it is not ok. */
  cure?: string;
};

const onPath = (command: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const gigabytes = (bytes: number) => Math.round((bytes / 2 ** 30) * 10) / 10;

const portIsFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .once('listening', () => server.close(() => resolve(true)))
      .listen(port, '127.0.0.1');
  });

/** Command → Debian package, for the cure. */
const commands: Record<string, string> = {
  go: 'golang (1.21 or newer, which downloads the pinned toolchain)',
  gcc: 'gcc',
  git: 'git',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  openssl: 'openssl',
  perl: 'perl',
  pgrep: 'procps',
  tar: 'tar',
  curl: 'curl',
  'apt-get': 'apt: some engines come from Debian packages, so use a Debian or Ubuntu machine',
  'dpkg-deb': 'dpkg',
};

/** Reads the version of the installed Go, not of a toolchain that it would download. */
const goEnv = { ...process.env, GOTOOLCHAIN: 'local' };

/** Checks everything that `up` needs of the machine, and returns all findings at once. */
export async function preflight({ stores }: { stores: boolean }): Promise<Finding[]> {
  const findings: Finding[] = [];
  const check = (what: string, ok: boolean, cure: string) => findings.push({ what, ok, cure });
  check('root', process.getuid?.() === 0, 'run it as root (sudo): it creates network namespaces, mounts and cgroups');
  check(
    'Linux on x86-64',
    process.platform === 'linux' && process.arch === 'x64',
    'use a Linux machine or VM with an x86-64 processor',
  );
  for (const [command, from] of Object.entries(commands))
    check(`command ${command}`, onPath(command), `install ${from}`);
  const go = onPath('go') ? spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', env: goEnv }).stdout.trim() : '';
  const [, minor = '0'] = /^go1\.(\d+)/.exec(go) ?? [];
  if (go)
    check(
      `Go: ${go}`,
      Number(minor) >= 21,
      'install Go 1.21 or newer: older ones do not download the pinned toolchain',
    );
  const need = stores ? 9 : 8;
  const available = Number(readFileSync('/proc/meminfo', 'utf8').match(/MemAvailable:\s+(\d+)/)?.[1] ?? 0) * 1024;
  const up = outsideIsUp();
  check(
    `memory: ${gigabytes(available)} GB available`,
    up || available > need * 2 ** 30,
    `free at least ${need} GB (the idle platform takes ${need - 2}, and a build one or two more)`,
  );
  const toBuild = engineNames({ stores: false, monitoring: false }).every(isBuilt) ? 3 : 25;
  const toBuildStores = stores && !(isBuilt('stores') && dynoxideIsBuilt()) ? 3 : 0;
  for (const [folder, need] of [
    [cache, toBuild + toBuildStores],
    [state, stores ? 5 : 3],
  ] as const) {
    let there = folder;
    while (!existsSync(there)) there = join(there, '..');
    const { bavail, bsize } = statfsSync(there);
    check(
      `disk for ${folder}: ${gigabytes(bavail * bsize)} GB free`,
      bavail * bsize > need * 2 ** 30,
      `free at least ${need} GB`,
    );
  }
  for (const port of Object.values(ports).map((forwarded) => forwarded.port))
    check(
      `port ${port} on 127.0.0.1${up ? ': of the running platform' : ''}`,
      up || (await portIsFree(port)),
      `stop the process that listens there (ss -ltnp 'sport = :${port}')`,
    );
  check(
    'name server that a network namespace can reach',
    nameServers().length > 0,
    'add one that is not on the loopback to /etc/resolv.conf',
  );
  check('overlay file systems', readFileSync('/proc/filesystems', 'utf8').includes('overlay'), 'modprobe overlay');
  check('loop devices', existsSync('/dev/loop-control'), 'modprobe loop');
  check(
    'cgroups',
    existsSync('/sys/fs/cgroup/cgroup.controllers') || existsSync('/sys/fs/cgroup/memory/cgroup.procs'),
    'mount the cgroup file systems',
  );
  check('network namespaces', existsSync('/proc/self/ns/net'), 'use a kernel with network namespaces');
  return findings;
}

export const faults = (findings: Finding[]) =>
  findings.filter(({ ok }) => !ok).map(({ what, cure }) => `- ${what}: ${cure}`);
export const makeFolders = () => {
  mkdirSync(cache, { recursive: true });
  mkdirSync(state, { recursive: true, mode: 0o711 });
};
