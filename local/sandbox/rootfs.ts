import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { $, sha256, writeFile } from '../machine/process.ts';
import { type Phase, phase } from '../phases.ts';
import { cache, logs } from '../topology.ts';

/** The Debian release of all file systems; its containerd, runc and etcd are tested with these engines. */
const suite = 'bookworm';

export const rootfses = {
  /** The file system of a region and of the outside, instead of the host's. */
  node: [
    'containerd',
    // Its igzip, which unpacks layers.
    'isal',
    'runc',
    'containernetworking-plugins',
    'etcd-server',
    'iptables',
    'ipset',
    'nftables',
    'conntrack',
    'iproute2',
    'procps',
    'kmod',
    'mount',
    'util-linux',
    'e2fsprogs',
    'ca-certificates',
    'libatomic1',
    'libstdc++6',
    'git',
    'openssh-client',
    'haproxy',
  ],
  /** The base of container images with more than one binary. */
  base: [
    'ca-certificates',
    'libatomic1',
    'libstdc++6',
    'git',
    'openssh-client',
    'gpg',
    'gpg-agent',
    'tini',
    'redis-server',
    'curl',
  ],
  /** JDK and Maven: for SonarQube, and to test and build Java services. */
  java: ['ca-certificates', 'openjdk-17-jdk-headless', 'maven', 'iproute2', 'mount', 'util-linux', 'procps'],
  /** JRE: to run Java services. Small, because a build unpacks and repacks its base. */
  jre: ['ca-certificates', 'openjdk-17-jre-headless'],
  /** PostgreSQL and a JRE: the stores of a region. */
  stores: [
    'ca-certificates',
    'postgresql-15',
    'openjdk-17-jre-headless',
    'libatomic1',
    'libstdc++6',
    'iproute2',
    'mount',
    'util-linux',
    'procps',
  ],
  /** Python: to test, build and run Python services. */
  python: ['ca-certificates', 'python3', 'python3-venv', 'python3-pip'],
  /** A browser: only tests make it, and no phase of `up` does. */
  browser: ['ca-certificates', 'chromium', 'fonts-dejavu-core'],
} satisfies Record<string, string[]>;

export type RootfsName = keyof typeof rootfses;

/** This machine's certificate authorities, which may include a company's own. */
const authorities = '/etc/ssl/certs/ca-certificates.crt';
const key = (name: RootfsName) =>
  sha256(suite, JSON.stringify(rootfses[name]), readFileSync(authorities, 'utf8')).slice(0, 12);
export const rootfsFolder = (name: RootfsName) => join(cache, 'rootfs', `${name}-${key(name)}`);

/** Unpacks packages of the host's Debian or Ubuntu into the cache instead of installing them. */
export async function unpacked(...packages: string[]): Promise<string> {
  const out = join(cache, 'debian', sha256(...packages).slice(0, 12));
  if (existsSync(out)) return out;
  const part = `${out}.part`;
  rmSync(part, { recursive: true, force: true });
  const apt = join(part, 'apt');
  mkdirSync(join(apt, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(apt, 'archives', 'partial'), { recursive: true });
  const inApt = $({ cwd: apt, log: join(logs, 'build', 'debian.log') });
  const options = ['-o', `Dir::State::Lists=${apt}/lists`, '-o', `Dir::Cache=${apt}`, '-o', 'APT::Sandbox::User=root'];
  await inApt`apt-get ${options} update`;
  await inApt`apt-get ${options} download ${packages}`;
  for (const deb of readdirSync(apt).filter((file) => file.endsWith('.deb'))) await inApt`dpkg-deb -x ${deb} ${part}`;
  rmSync(apt, { recursive: true });
  renameSync(part, out);
  return out;
}

/** SQLite's header and static library, for the forge. */
export async function sqlite(): Promise<{ include: string; lib: string }> {
  const folder = await unpacked('libsqlite3-dev');
  return { include: join(folder, 'usr/include'), lib: join(folder, 'usr/lib/x86_64-linux-gnu') };
}

/** Java trusts its own store only. */
async function trustInJava(rootfs: string): Promise<void> {
  const certificates = readFileSync(authorities, 'utf8').match(/-----BEGIN [\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];
  const files = certificates.map((_, index) => `/etc/ssl/certs/machine-${index}.pem`);
  certificates.forEach((certificate, index) => {
    writeFile(join(rootfs, files[index] as string), certificate);
  });
  // Java needs /proc to start.
  const add = 'mount -t proc proc "$0/proc"; exec chroot "$0" java -jar "$1" -storepass changeit';
  const input = files.map((file) => `+${file}\n`).join('');
  await $({ input })`unshare --mount sh -ec ${add} ${rootfs} /usr/share/ca-certificates-java/ca-certificates-java.jar`;
  for (const file of files) rmSync(join(rootfs, file));
}

/** Options for packages that would do more than be there: PostgreSQL's makes a database for the machine. */
const withoutCluster =
  'mkdir -p "$1/etc/postgresql-common" && echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"';
const special: Partial<Record<RootfsName, string[]>> = {
  stores: [`--essential-hook=${withoutCluster}`, '--dpkgopt=force-confold'],
};

/** Builds a Debian file system once, with this machine's certificate authorities. Gives its folder. */
export async function makeRootfs(name: RootfsName): Promise<string> {
  const out = rootfsFolder(name);
  if (existsSync(out)) return out;
  const tool = join(await unpacked('mmdebstrap'), 'usr/bin');
  const part = `${out}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const env = { PATH: `${tool}:${process.env.PATH}` };
  await $({ env, log: join(logs, 'build', `rootfs-${name}.log`) })`perl ${tool}/mmdebstrap
    --variant=essential --mode=root --format=directory --include=${rootfses[name].join(',')}
    ${'--aptopt=APT::Install-Recommends "false"'} --dpkgopt=path-exclude=/usr/share/{doc,man,locale,info}/* ${special[name] ?? []} ${suite} ${part}`;
  await $`cp ${authorities} ${part}${authorities}`;
  if (existsSync(join(part, 'usr/bin/java'))) await trustInJava(part);
  renameSync(part, out);
  return out;
}

const makes = (name: RootfsName, needs: Record<string, Phase> = {}) =>
  phase({
    name: `file system ${name}`,
    needs,
    isDone: () => existsSync(rootfsFolder(name)),
    run: () => makeRootfs(name),
  });
const node = makes('node');
/** The node's comes first, alone: the network and the regions wait for it. */
export const fileSystem = {
  node,
  base: makes('base', { node }),
  java: makes('java', { node }),
  jre: makes('jre', { node }),
  python: makes('python', { node }),
  stores: makes('stores', { node }),
} satisfies Record<Exclude<RootfsName, 'browser'>, Phase>;
