import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { $, sha256 } from '../machine/process.ts';
import { unpacked } from '../sandbox/rootfs.ts';
import { cache, logs } from '../topology.ts';
import { verify } from './archives.ts';

/**
 * The DynamoDB of the embedded platform, from crates.io. The hash is that of the package, whose lock file has those of all others; cargo compares
 * them.
 */
const crate = {
  path: 'dynoxide-rs-3.2.0',
  sha256: 'a2d1ffc871ddd8d1d26bcd0a52e32386a8cf08083c0995b78959afa987923ae4',
};
/** Without its import, its server for language models, and encryption. */
const features = 'native-sqlite,http-server,cli';

/** Debian's Rust for browsers, which is newer than its other one; unpacked, not installed. */
const packages = [
  'rustc-web',
  'cargo-web',
  'libstd-rust-web-dev',
  'libstd-rust-web-1.96',
  'libllvm22',
  'libgit2-1.5',
  'libssh2-1',
  'libhttp-parser2.9',
  'libmbedtls14',
  'libmbedcrypto7',
  'libmbedx509-1',
];

export const dynoxideFolder = join(
  cache,
  'engines',
  `dynoxide-${sha256(JSON.stringify([crate, features, packages])).slice(0, 12)}`,
);
export const dynoxideIsBuilt = (): boolean => existsSync(join(dynoxideFolder, 'dynoxide'));

const cargoHome = () => process.env.CARGO_HOME ?? join(homedir(), '.cargo');

/** A file or folder of the package below cargo's registry, whose name is that of the registry. */
function inRegistry(kind: 'cache' | 'src', name: string): string {
  const folder = join(cargoHome(), 'registry', kind);
  const registry = (existsSync(folder) ? readdirSync(folder) : []).find((one) => existsSync(join(folder, one, name)));
  if (!registry) throw new Error(`cargo downloaded no ${name} into ${folder}`);
  return join(folder, registry, name);
}

/** `cargo` with the unpacked compiler, in the user's own cargo home: mirrors are set there. */
async function cargo() {
  const rust = join(await unpacked(...packages), 'usr');
  const env = {
    LD_LIBRARY_PATH: join(rust, 'lib/x86_64-linux-gnu'),
    RUSTC: join(rust, 'bin/rustc'),
    CARGO_TARGET_DIR: join(cache, 'rust-build'),
  };
  return { program: join(rust, 'bin/cargo'), run: $({ env, cwd: cache, log: join(logs, 'build', 'dynoxide.log') }) };
}

/** Downloads the package, compares its hash, and downloads what it needs. */
export async function fetchDynoxide(): Promise<void> {
  if (dynoxideIsBuilt()) return;
  const { program, run } = await cargo();
  await run`${program} info --quiet ${crate.path.replace(/-(?=[\d.]+$)/, '@')}`;
  await verify(crate, inRegistry('cache', `${crate.path}.crate`));
  await run`${program} fetch --locked --manifest-path ${inRegistry('src', crate.path)}/Cargo.toml`;
}

/** Builds it once, from what was downloaded. */
export async function makeDynoxide(): Promise<void> {
  if (dynoxideIsBuilt()) return;
  const { program, run } = await cargo();
  const part = `${dynoxideFolder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  await run`${program} install --path ${inRegistry('src', crate.path)} --locked --offline --no-track --no-default-features --features ${features} --root ${part}`;
  renameSync(join(part, 'bin/dynoxide'), join(part, 'dynoxide'));
  rmSync(join(part, 'bin'), { recursive: true });
  renameSync(part, dynoxideFolder);
  rmSync(join(cache, 'rust-build'), { recursive: true, force: true });
}
