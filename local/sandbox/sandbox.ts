import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { sleep, writeFile } from '../machine/process.ts';
import { host, logs, repository, state } from '../topology.ts';
import { type RootfsName, rootfsFolder } from './rootfs.ts';

/**
 * A sandbox is a process tree with its own root file system, mount and pid namespaces, and cgroup. Each region is one, and the outside
 * (forge, Slack stand-in, ports) another. When its first process ends, all of it ends.
 */
export type Sandbox = {
  name: string;
  /** Path of the network namespace; default is the machine's. */
  network?: string;
  /** Its file system; default is that of regions. */
  rootfs?: RootfsName;
  /** Script inside the sandbox. */
  init: string;
  /** Bind mounts, as `source:target`. */
  binds: string[];
  hosts: Record<string, string>;
  nameServers: string[];
};

export const sandboxState = (name: string) => join(state, name);
const pidFile = (name: string) => join(sandboxState(name), 'pid');

const cgroupRoot = '/sys/fs/cgroup';
const isUnified = () => existsSync(join(cgroupRoot, 'cgroup.controllers'));
/** All cgroup hierarchies: those of version 1, the one of version 2, or both on a hybrid machine. */
const hierarchies = () =>
  isUnified()
    ? [cgroupRoot]
    : readdirSync(cgroupRoot)
        .map((name) => join(cgroupRoot, name))
        .filter((folder) => existsSync(join(folder, 'cgroup.procs')));
/** The hierarchies for our processes; on a hybrid machine runc itself adds the one of version 2. */
const joined = () => hierarchies().filter((folder) => isUnified() || !existsSync(join(folder, 'cgroup.controllers')));

function makeCgroup(path: string): string[] {
  return joined().map((hierarchy) => {
    let folder = hierarchy;
    for (const part of path.split('/')) {
      if (isUnified()) writeFileSync(join(folder, 'cgroup.subtree_control'), '+cpu +memory +pids +io +cpuset');
      const parent = folder;
      folder = join(folder, part);
      mkdirSync(folder, { recursive: true });
      // A version 1 cpuset starts empty, and accepts no process until it is set.
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        if (!isUnified() && existsSync(join(folder, file)) && readFileSync(join(folder, file), 'utf8').trim() === '')
          writeFileSync(join(folder, file), readFileSync(join(parent, file)));
    }
    return folder;
  });
}

/** All processes of the platform, or of one sandbox. Orphans are included, because they stay in the cgroup. */
export function processes(sandbox?: string): number[] {
  const pids = new Set<number>();
  const walk = (folder: string) => {
    if (!existsSync(folder)) return;
    for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) if (pid) pids.add(Number(pid));
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) walk(join(folder, entry.name));
  };
  for (const hierarchy of hierarchies()) walk(join(hierarchy, host.cgroup, sandbox ?? ''));
  return [...pids];
}

/** Memory of the platform or of one sandbox without file caches, in bytes; undefined if the kernel does not count it. */
export function memory(sandbox?: string): number | undefined {
  const folder = join(isUnified() ? cgroupRoot : join(cgroupRoot, 'memory'), host.cgroup, sandbox ?? '');
  const file = join(folder, 'memory.stat');
  if (!existsSync(file)) return undefined;
  const stat = readFileSync(file, 'utf8');
  const value = (name: string) => Number(stat.match(new RegExp(`^${name} (\\d+)`, 'm'))?.[1] ?? 0);
  return isUnified()
    ? value('anon') + value('kernel_stack') + value('pagetables') + value('slab_unreclaimable')
    : value('total_rss');
}

function removeCgroup(path: string): void {
  const remove = (folder: string) => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(folder, entry.name));
    rmdirSync(folder);
  };
  for (const hierarchy of hierarchies()) remove(join(hierarchy, path));
}

/** When a process started, in ticks since boot; undefined if it ended, a zombie included. */
export const startTime = (pid: number) => {
  try {
    const [state, ...fields] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
};

/** The first process of a sandbox on this machine, if it still runs: a pid alone may long belong to another process. */
export function pidOf(name: string): number | undefined {
  if (!existsSync(pidFile(name))) return undefined;
  const [pid, started] = readFileSync(pidFile(name), 'utf8').split(' ');
  return started !== undefined && startTime(Number(pid)) === started ? Number(pid) : undefined;
}
export const isAlive = (name: string): boolean => pidOf(name) !== undefined;

const unshare = 'unshare --mount --pid --fork --kill-child --uts --ipc'.split(' ');

export function start(sandbox: Sandbox): void {
  const folder = sandboxState(sandbox.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(join(logs, sandbox.name), { recursive: true });
  writeFile(
    join(folder, 'hosts'),
    ['127.0.0.1 localhost', ...Object.entries(sandbox.hosts).map(([name, address]) => `${address} ${name}`), ''].join(
      '\n',
    ),
  );
  writeFile(join(folder, 'resolv.conf'), `${sandbox.nameServers.map((address) => `nameserver ${address}\n`).join('')}`);
  const procs = makeCgroup(`${host.cgroup}/${sandbox.name}/engines`).map((cgroup) => join(cgroup, 'cgroup.procs'));
  const script = 'for file in $CGROUPS; do echo $$ > "$file"; done; exec "$@"';
  const network = sandbox.network ? ['nsenter', `--net=${sandbox.network}`] : [];
  const enter = join(repository, 'local/sandbox/enter.sh');
  const rootfs = rootfsFolder(sandbox.rootfs ?? 'node');
  const binds = [
    `${join(logs, sandbox.name)}:/logs`,
    `${join(repository, 'local')}:/platform-source`,
    ...sandbox.binds,
  ];
  const out = openSync(join(logs, sandbox.name, 'init.log'), 'a');
  const program = [...network, ...unshare, 'bash', enter, sandbox.name, rootfs, folder, sandbox.init, ...binds];
  const child = spawn('sh', ['-c', script, 'sh', ...program], {
    detached: true,
    stdio: ['ignore', out, out],
    env: { PATH: process.env.PATH, CGROUPS: procs.join(' '), GOMEMLIMIT: '' },
  });
  child.unref();
  writeFile(pidFile(sandbox.name), `${child.pid} ${startTime(child.pid as number)}`);
}

/** Stops a sandbox and everything in it, even leftovers of a crash. `grace`: seconds to end by itself. */
export async function stop(name: string, grace = 0): Promise<void> {
  const signal = (kind: 'SIGTERM' | 'SIGKILL') => {
    for (const pid of processes(name))
      try {
        process.kill(pid, kind);
      } catch {} // it ended meanwhile
  };
  if (grace > 0) {
    signal('SIGTERM');
    for (let waited = 0; waited < grace * 10 && processes(name).length > 0; waited++) await sleep(100);
  }
  for (let tries = 0; processes(name).length > 0; tries++) {
    if (tries > 100)
      throw new UserError(
        `${name}: processes ${processes(name).join(' ')} do not end; inspect them with ps -o pid,stat,args`,
      );
    signal('SIGKILL');
    await sleep(100);
  }
  rmSync(pidFile(name), { force: true });
  for (let tries = 0; ; tries++) {
    try {
      return removeCgroup(`${host.cgroup}/${name}`);
    } catch (error) {
      // The kernel needs a moment to release a cgroup after its last process ended.
      if (tries > 50) throw error;
      await sleep(100);
    }
  }
}

export const removeRootCgroup = () => removeCgroup(host.cgroup);
