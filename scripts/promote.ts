import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReaders } from '../lib/closed-pipe.ts';
import { type ForgeAddress, forgeFaults, openForge } from '../lib/release/forge.ts';
import { checkProvenance } from '../lib/release/provenance.ts';
import { hasImage } from '../lib/release/registry.ts';
import { defaultLimits, exitStatus, exitStatusOf, promote, Refusal } from '../lib/release/release-writer.ts';
import { type Release, releasePath } from '../lib/release/releases.ts';
import { oneLine } from '../lib/text.ts';

const releases = join(import.meta.dirname, '..', 'releases');
const names = (folder: string) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const services = names(join(releases, 'dev'));
const environments = names(releases).filter((name) => name !== 'dev');

outliveReaders();
const help = `usage: scripts/promote SERVICE ENVIRONMENT

Commits what is released in dev of a service (the image digest and where it comes from) to
releases/ENVIRONMENT/SERVICE/kustomization.yaml of the platform repository on the forge; Argo CD takes it from there.
To dr goes what is released in prod: the standby takes over what customers have.
Whether dev is healthy with it is not asked: Slack was told "live in dev", or that it is not.
Nothing is written if it is there already, or if the registry of ENVIRONMENT does not have the image, signed by the
pipeline as built from that commit.

  SERVICE      a service of the platform: ${services.join(', ')}
  ENVIRONMENT  ${environments.join(' or ')}

Which forge: FORGE_KIND (github or gitea), FORGE_API, FORGE_OWNER and FORGE_TOKEN, all four; if none of them is set, the
running embedded platform. PLATFORM_REPOSITORY names the repository, if it is not called platform.
REGISTRY_LOGIN is user:password of one who may pull from the registry of ENVIRONMENT, where it asks
(ECR: AWS: and what aws ecr get-login-password prints). SIGNING_PUBLIC_KEY is the public half (PEM) of the key that images are
signed with; the running embedded platform tells its own.

exit status: 0 promoted or unchanged, 1 a fault of its own, 2 wrong input, dev (for dr: prod) still waits or the registry
lacks the image, 3 refused by the forge, 4 others keep writing the same file, 5 forge or registry out of reach,
6 damaged release file, 7 the image is not signed
`;

const fail = (status: number, message: string): void => {
  console.error(`promote: ${message}`);
  process.exitCode = status;
};

/** Written by scripts/up for its owner only, as long as the embedded platform runs. */
const embeddedForge = process.env.FORGE_FILE || '/var/lib/gitops-platform/forge.json';

/** What the embedded platform tells besides the forge: where its registries are reached from here. */
type Embedded = ForgeAddress & { registries?: Record<string, string>; signingPublicKey?: string };

function forgeAddress(): Embedded {
  const { FORGE_KIND: kind, FORGE_API: api, FORGE_OWNER: owner, FORGE_TOKEN } = process.env;
  const token = FORGE_TOKEN?.trim();
  let address: { [key in keyof ForgeAddress]?: unknown } = { kind, api, owner, token };
  let where = 'environment variables';
  if (!(kind || api || owner || token)) {
    where = embeddedForge;
    let text: string;
    try {
      text = readFileSync(embeddedForge, 'utf8');
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be read by this user';
      throw new Refusal(
        `no forge: FORGE_KIND, FORGE_API, FORGE_OWNER and FORGE_TOKEN are not set, and ${embeddedForge} ${why}; set the variables, or start the embedded platform by scripts/up`,
      );
    }
    try {
      address = Object(JSON.parse(text));
    } catch {
      // The parser's own words would repeat a piece of the file, which holds a token.
      throw new Refusal(`${embeddedForge}: not JSON; scripts/up writes it anew`);
    }
  }
  const faults = forgeFaults(address);
  if (faults.length > 0) throw new Refusal(`${where}: ${faults.join('; ')}`);
  return address as Embedded;
}

/** Who git would name as the author of a commit made here. */
function person(): string {
  const ask = (key: string): string => {
    try {
      return execFileSync('git', ['config', key], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  const email = ask('user.email');
  return `${ask('user.name') || userInfo().username}${email && ` <${email}>`}`;
}

async function main(): Promise<void> {
  let args: ReturnType<typeof parseArgs<{ allowPositionals: true; options: { help: { type: 'boolean' } } }>>;
  try {
    args = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    return fail(exitStatus.input, `${(error as Error).message.split('. ')[0]}; see scripts/promote --help`);
  }
  if (args.values.help) return console.log(help.trimEnd());
  const [service, environment, ...more] = args.positionals;
  if (service === undefined || environment === undefined || more.length > 0)
    return fail(
      exitStatus.input,
      `${args.positionals.length} arguments were given, allowed are two: SERVICE and ${environments.join(' or ')}; see scripts/promote --help`,
    );

  let token = '';
  try {
    const address = forgeAddress();
    token = address.token;
    const platform = process.env.PLATFORM_REPOSITORY || 'platform';
    const by = oneLine(person(), 200);
    const run = `promote-${randomBytes(6).toString('hex')}`;
    const forge = openForge(address, { signal: AbortSignal.timeout(defaultLimits.totalMs + 15_000) });
    const access = {
      urls: address.registries ?? {},
      ...(process.env.REGISTRY_LOGIN ? { login: process.env.REGISTRY_LOGIN.trim() } : {}),
    };
    const key = process.env.SIGNING_PUBLIC_KEY || address.signingPublicKey;
    if (!key)
      throw new Refusal(
        address.registries
          ? `${embeddedForge}: has no signing key yet; it is there when scripts/up has come to its end`
          : 'SIGNING_PUBLIC_KEY: nothing was given, allowed is the public key (PEM) that images are signed with',
      );
    const has = async (image: string, release: Release): Promise<boolean> => {
      if (!(await hasImage(image, release.digest, access))) return false;
      await checkProvenance(image, release.digest, release, key, access);
      return true;
    };
    const promotion = { platform, service, environment, run, by, has };
    const { outcome, commit, before, release } = await promote(forge, promotion, defaultLimits, (line) =>
      console.error(line),
    );
    if (outcome === 'unchanged')
      return console.log(`unchanged: ${environment} runs this release of ${service} already`);
    const version = (digest: string, source: string) => `${digest} (commit ${source.slice(0, 12)})`;
    console.log(`promoted ${service} to ${environment}`);
    console.log(`  from    ${before ? version(before.digest, before.commit) : 'nothing: the first release'}`);
    console.log(`  to      ${version(release.digest, release.commit)}: ${release.subject}`);
    console.log(`  commit  ${commit} of ${releasePath(environment, service)}`);
    console.log(`  by      ${by}`);
  } catch (error) {
    const message = oneLine((error as Error).message, 2_000);
    fail(exitStatusOf(error), token ? message.replaceAll(token, '***') : message);
  }
}

await main();
