import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { archives, unpackArchive } from '../engines/archives.ts';
import { binary, engineFolder, goRoot, goVersion, moduleFolder } from '../engines/engines.ts';
import { run, writeFile } from '../machine/process.ts';
import { rootfsFolder } from '../sandbox/rootfs.ts';
import { cache, logs } from '../topology.ts';

/** The program of a pod's first container: its source is in the module of Kubernetes. */
export async function pause(): Promise<string> {
  const out = join(cache, 'programs', 'pause');
  if (existsSync(out)) return out;
  mkdirSync(dirname(out), { recursive: true });
  const source = join(await moduleFolder('kubernetes', 'k8s.io/kubernetes'), 'build/pause/linux/pause.c');
  await run('gcc', ['-Os', '-static', '-DVERSION=platform', '-o', `${out}.part`, source]);
  await run('mv', [`${out}.part`, out]);
  return out;
}

/** Where the build image keeps it: where Go looks for root's, and `unit-test` for the tests'. */
export const goCachePath = '/root/.cache/go-build';
/** Packages that a web service and its tests import. */
const imports = ['embed', 'encoding/json', 'log/slog', 'mime', 'net/http', 'net/http/httptest', 'os/signal', 'testing'];

/**
 * The standard library compiled once, as a build cache inside the build image: on two cores, compiling it again in every test and
 * build takes longer than everything else of a run.
 */
export async function goCache(): Promise<string> {
  const out = join(cache, 'programs', `go-cache-${goVersion}-${rootfsFolder('base').slice(-12)}`);
  if (existsSync(out)) return out;
  const work = mkdtempSync(join(tmpdir(), 'go-cache-'));
  try {
    const imported = imports.map((name) => `import _ "${name}"\n`).join('');
    writeFile(join(work, 'sample/go.mod'), 'module sample\n\ngo 1.26\n');
    writeFile(join(work, 'sample/main.go'), `package main\n\n${imported}\nfunc main() {}\n`);
    writeFile(
      join(work, 'sample/main_test.go'),
      'package main\n\nimport "testing"\n\nfunc TestNothing(*testing.T) {}\n',
    );
    // At the paths of the image, because the cache depends on the path of the toolchain.
    const build = `
      mkdir "$0/root" "$0/upper" "$0/work" "$0/cache"
      mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/upper,workdir=$0/work" "$0/root"
      mkdir -p "$0/root/usr/local/go" "$0/root${goCachePath}" "$0/root/sample"
      mount --bind "$2" "$0/root/usr/local/go"
      mount --bind "$0/cache" "$0/root${goCachePath}"
      mount --bind "$0/sample" "$0/root/sample"
      mount --bind /dev "$0/root/dev"
      mount -t proc proc "$0/root/proc"
      chroot "$0/root" env -i PATH=/usr/local/go/bin:/usr/bin:/bin HOME=/tmp GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE=${goCachePath} sh -ec '
        cd /sample; go build -trimpath -o /dev/null .; go vet .; go test .'`;
    // With the times that the files of a layer get: Go's index of the library holds for these, and it must be found, not made.
    const go = join(work, 'go');
    await run('cp', ['-rL', await goRoot(), go]);
    await run('sh', ['-ec', 'chmod -R u+w "$0"; find "$0" -exec touch -h -d @0 {} +', go]);
    await run('unshare', ['--mount', 'sh', '-ec', build, work, rootfsFolder('base'), go], {
      log: join(logs, 'build', 'go-cache.log'),
    });
    // An existing target, left half-way, would get the copy as a subfolder.
    rmSync(`${out}.part`, { recursive: true, force: true });
    await run('cp', ['-r', join(work, 'cache'), `${out}.part`]);
    await run('mv', [`${out}.part`, out]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return out;
}

/** The Java runtime for scanners, from SonarQube's archive. */
export async function scannerJava(): Promise<string> {
  const from = join(await unpackArchive(archives.sonarqube), 'jres');
  const archive = readdirSync(from).find((name) => /jre_x64_linux_hotspot/.test(name)) as string;
  const out = join(cache, 'programs', archive.replace('.tar.gz', ''));
  if (existsSync(out)) return out;
  rmSync(`${out}.part`, { recursive: true, force: true });
  mkdirSync(`${out}.part`, { recursive: true });
  await run('tar', ['-xzf', join(from, archive), '-C', `${out}.part`, '--strip-components=1']);
  await run('mv', [`${out}.part`, out]);
  return out;
}

/** The small vulnerability database of the embedded platform, built once with Trivy's library. */
export async function scanDatabase(): Promise<string> {
  const out = join(cache, 'programs', `scan-database-${engineFolder('trivy').slice(-12)}`);
  if (existsSync(out)) return out;
  rmSync(`${out}.part`, { recursive: true, force: true });
  await run(binary('trivy', 'database'), [`${out}.part`]);
  await run('mv', [`${out}.part`, out]);
  return out;
}
