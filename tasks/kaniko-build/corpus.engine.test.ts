import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binary } from '../../local/engines/engines.ts';
import { $, until } from '../../local/machine/process.ts';
import { unpacked } from '../../local/sandbox/rootfs.ts';
import { judgeDockerfile } from '../git-clone/judge-dockerfile.ts';
import { base, context, corpus, namedLink } from './corpus.testing.ts';
import { kanikoSettings } from './kaniko-build.ts';

/** Kaniko as a Task starts it, and Debian's buildah, which shares no code with it but the format of Dockerfiles. */
let folder: string;
let registry: ChildProcess;
let host: string;
let image: string;
let buildah: string;
const login = 'tester:a-login-of-a-test';

const put = (path: string, file: (typeof context)[string]) => {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof file === 'object' && 'link' in file) return symlinkSync(file.link, path);
  const { text, mode } = typeof file === 'string' ? { text: file, mode: 0o644 } : file;
  writeFileSync(path, text);
  chmodSync(path, mode);
};
const crane = (...args: string[]) => $({ env: { DOCKER_CONFIG: folder } })`${binary('tools', 'crane')} ${args}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const asked = createServer().listen(0, '127.0.0.1');
  await until('a port', 5, async () => asked.listening);
  host = `127.0.0.1:${(asked.address() as { port: number }).port}`;
  asked.close();
  writeFileSync(join(folder, 'login'), login);
  const auth = Buffer.from(login).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  const options = ['-address', host, '-storage', join(folder, 'registry'), '-login', join(folder, 'login')];
  registry = spawn(binary('registry', 'registry'), options, { stdio: 'ignore' });

  const packages = ['buildah', 'libgpgme11', 'libassuan0', 'libgpg-error0', 'golang-github-containers-common'];
  buildah = await unpacked(...packages, 'busybox-static');
  const root = join(folder, 'base');
  for (const path of ['bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'root', 'etc'])
    mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  const busybox = join(root, 'bin/busybox');
  await $`cp ${join(buildah, 'bin/busybox')} ${busybox}`;
  for (const name of (await $`${busybox} --list`).split('\n'))
    if (name && name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  put(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n');
  put(join(root, 'etc/group'), 'root:x:0:\napp:x:1000:\n');
  // What builders mount into a container and leave behind, empty.
  for (const name of ['hosts', 'hostname', 'resolv.conf']) put(join(root, 'etc', name), { text: '', mode: 0o755 });
  for (const [name, text] of Object.entries(base)) put(join(root, name), text);
  await $`tar -C ${root} --numeric-owner --owner=0 --group=0 -cf ${join(folder, 'base.tar')} .`;
  await until('registry', 20, async () => (await fetch(`http://${host}/v2/`)).status === 401, 100);
  image = (await crane('append', '--oci-empty-base', '-f', join(folder, 'base.tar'), '-t', `${host}/base`)).trim();

  const files = join(folder, 'context');
  for (const [name, file] of Object.entries(context)) put(join(files, name), file);
  const packed = join(folder, 'packed');
  for (const name of ['a.txt', 'exec.sh', 'to-a', 'dir/to-two', 'dir/sub/two'])
    put(join(packed, name), context[name] as (typeof context)[string]);
  lchownSync(join(packed, 'a.txt'), 1000, 1000);
  await $`tar -C ${packed} -czf ${join(files, 'archive.tar.gz')} .`;
}, 300_000);
afterAll(() => {
  registry.kill();
  rmSync(folder, { recursive: true });
});

/** In a root of its own, as in its image. */
const kanikoRoot = `
mkdir -p "$0/kaniko" "$0/proc" "$0/dev" "$0/sys" "$0/etc" "$0/build" "$0/out"
cp "$1" "$0/kaniko/executor"
mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount --bind "$2" "$0/build"; mount --bind "$3" "$0/out"
shift 3
exec env -i PATH=/usr/local/bin:/kaniko HOME=/root /usr/sbin/chroot "$0" /kaniko/executor --force "$@"`;
/** With its libraries where its own children look for them. */
const buildahLibraries = `
libraries=/usr/lib/x86_64-linux-gnu
mount -t overlay overlay -o lowerdir="$0$libraries:$libraries" "$libraries"
exec "$0/usr/bin/buildah" "$@"`;

async function byKaniko(name: string): Promise<string> {
  const [root, out] = [join(folder, name, 'root'), join(folder, name, 'kaniko')];
  for (const path of [root, out]) mkdirSync(path, { recursive: true });
  const settings = kanikoSettings({ host, insecure: true }).filter((setting) => !setting.startsWith('--cache'));
  const args = [
    '--context=dir:///build',
    '--dockerfile=Dockerfile',
    '--no-push',
    '--oci-layout-path=/out',
    ...settings,
  ];
  await $`unshare --mount --pid --fork sh -ec ${kanikoRoot} ${root} ${binary('kaniko', 'executor')} ${join(folder, 'context')} ${out} ${args}`;
  return out;
}
async function byBuildah(name: string): Promise<string> {
  const out = join(folder, name, 'buildah');
  const storage = join(folder, 'storage.conf');
  writeFileSync(storage, `[storage]\ndriver = "vfs"\nrunroot = "${folder}/run"\ngraphroot = "${folder}/graph"\n`);
  const env = {
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_CONF: join(buildah, 'usr/share/containers/containers.conf'),
  };
  const args = [
    '--isolation=chroot',
    '--storage-driver=vfs',
    '--tls-verify=false',
    '--network=host',
    '--identity-label=false',
  ];
  await $({
    env,
  })`unshare --mount sh -ec ${buildahLibraries} ${buildah} --signature-policy ${join(buildah, 'etc/containers/policy.json')} bud ${args} -t ${`oci:${out}`} ${join(folder, 'context')}`;
  return out;
}

type Built = { tree: Record<string, string>; config: Record<string, unknown> };
/** The files of an image, flattened by a program of neither, and what a container of it is to do. */
async function read(layout: string): Promise<Built> {
  const reference = `${host}/built:${createHash('sha256').update(layout).digest('hex').slice(0, 12)}`;
  await crane('push', layout, reference);
  const [archive, root] = [`${layout}.tar`, `${layout}.tree`];
  await crane('export', reference, archive);
  mkdirSync(root);
  await $`tar -C ${root} --numeric-owner --same-owner -xpf ${archive}`;
  const tree: Built['tree'] = {};
  const first = new Map<number, string>();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/^(bin|dev|proc|sys|run)\b/.test(path)) continue;
    const at = join(root, path);
    const { mode, uid, gid, ino, nlink } = lstatSync(at);
    const kind = (mode & 0o170000) >>> 12;
    let content = '';
    if (kind === 0o10) content = createHash('sha256').update(readFileSync(at)).digest('hex').slice(0, 12);
    if (kind === 0o12) content = readlinkSync(at);
    if (kind === 0o10 && nlink > 1) {
      const other = first.get(ino);
      if (other) content += ` = ${other}`;
      else first.set(ino, path);
    }
    // The mode of a link means nothing.
    tree[path] = `${kind.toString(8)} ${kind === 0o12 ? '' : (mode & 0o7777).toString(8)} ${uid}:${gid} ${content}`;
  }
  rmSync(root, { recursive: true });
  const { config } = JSON.parse(await crane('config', reference));
  const { Env = [], Cmd, Entrypoint, User = '', WorkingDir = '', ExposedPorts, Volumes, Labels, StopSignal } = config;
  return {
    tree,
    config: {
      Env: Env.sort(),
      Cmd,
      Entrypoint,
      User,
      WorkingDir: WorkingDir || '/',
      ExposedPorts,
      Volumes,
      Labels: Labels ?? undefined,
      StopSignal,
    },
  };
}

async function byBoth(name: string, text: string): Promise<Record<'kaniko' | 'buildah', Built>> {
  const dockerfile = text
    .replaceAll(/^FROM base\b/gm, `FROM ${image}`)
    .replaceAll(/^ARG (NAME|TAG)=base$/gm, `ARG $1=${image}`);
  expect(judgeDockerfile(Buffer.from(dockerfile), []).faults).toEqual([]);
  writeFileSync(join(folder, 'context/Dockerfile'), dockerfile);
  const at = name.replaceAll(/\W+/g, '-');
  const layouts = [await byKaniko(at), await byBuildah(at)] as const;
  return { kaniko: await read(layouts[0]), buildah: await read(layouts[1]) };
}

test.each(Object.entries(corpus))(
  'Kaniko builds what buildah builds: %s',
  async (name, text) => {
    const { kaniko, buildah } = await byBoth(name, text);
    expect(Object.keys(kaniko.tree).length).toBeGreaterThan(10);
    expect(kaniko).toEqual(buildah);
  },
  120_000,
);

test('but a link that COPY names itself, which Kaniko copies and others follow', async () => {
  const { kaniko, buildah } = await byBoth('named link', namedLink);
  expect([kaniko.tree['l/a'], buildah.tree['l/a']]).toEqual([
    expect.stringMatching(/^12 .* a\.txt$/),
    expect.stringMatching(/^10 644 0:0 [0-9a-f]{12}$/),
  ]);
}, 120_000);
