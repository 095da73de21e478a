import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { services } from '../apps/index.ts';
import { ignoreEpipe } from '../lib/closed-pipe.ts';
import { exitStatusOf, faultText, UserError } from '../lib/errors.ts';
import { exitStatus } from '../lib/release/exit-status.ts';
import { type ForgeAddress, forgeFaults, openForge } from '../lib/release/forge.ts';
import { checkProvenance } from '../lib/release/provenance.ts';
import { hasImage } from '../lib/release/registry.ts';
import { defaultLimits, promote } from '../lib/release/release-writer.ts';
import { type Release, releasePath } from '../lib/release/releases.ts';
import { oneLine } from '../lib/text.ts';
import { environments } from '../overlays/environments/index.ts';

const promotesFrom = Object.fromEntries(
  environments.flatMap(({ name, promotesFrom }) => (promotesFrom ? [[name, promotesFrom.name]] : [])),
);
const targets = Object.keys(promotesFrom);

ignoreEpipe();
const help = `usage: scripts/promote SERVICE ENVIRONMENT

Commits a service's release of one environment (the image digest and its source) to the next:
releases/ENVIRONMENT/SERVICE/kustomization.yaml of the platform repository on the forge, from where Argo CD syncs it.
${Object.entries(promotesFrom)
  .map(([to, from]) => `${to} takes the release of ${from}.`)
  .join(' ')}
It does not check that the release is healthy there: read Slack first.
It writes nothing if ENVIRONMENT has this release already, or if its registry lacks the image, signed by the pipeline as
built from that commit.

  SERVICE      a service of the platform: ${services.map(({ name }) => name).join(', ')}
  ENVIRONMENT  ${targets.join(' or ')}

The forge: FORGE_KIND (github or gitea), FORGE_API, FORGE_OWNER and FORGE_TOKEN, all four; without any of them, the
running embedded platform. PLATFORM_REPOSITORY: the repository's name, if it is not platform.
REGISTRY_LOGIN: user:password of a user who may pull from the registry of ENVIRONMENT, if it asks for one
(for ECR AWS: and the output of aws ecr get-login-password). SIGNING_PUBLIC_KEY: the public key (PEM) that verifies
images; the running embedded platform has its own.

exit status: 0 promoted or unchanged, 1 a bug, 2 wrong input, no release to promote yet, or the registry lacks the image,
3 refused by the forge, 4 others keep writing the same file, 5 forge or registry unavailable, 6 damaged release file,
7 the image is not signed
`;

const fail = (status: number, message: string): void => {
  console.error(`promote: ${message}`);
  process.exitCode = status;
};

/** scripts/up writes it, readable for its user only, while the embedded platform runs. */
const embeddedForge = process.env.FORGE_FILE || '/var/lib/gitops-platform/forge.json';

/** The embedded platform's file also has the addresses of its registries, as seen from this machine. */
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
      const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read by this user';
      throw new UserError(
        `no forge: FORGE_KIND, FORGE_API, FORGE_OWNER and FORGE_TOKEN are not set, and ${embeddedForge} ${why}; set the variables, or start the embedded platform with scripts/up`,
        exitStatus.input,
      );
    }
    try {
      address = Object(JSON.parse(text));
    } catch {
      // The parser's message would repeat a piece of the file, which holds a token.
      throw new UserError(`${embeddedForge}: not JSON; run scripts/up again`, exitStatus.input);
    }
  }
  const faults = forgeFaults(address);
  if (faults.length > 0) throw new UserError(`${where}: ${faults.join('; ')}`, exitStatus.input);
  return address as Embedded;
}

/** The person that git would name as author. */
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
      `given ${args.positionals.length} argument${args.positionals.length === 1 ? '' : 's'}, allowed two: SERVICE and ${targets.join(' or ')}; see scripts/promote --help`,
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
      throw new UserError(
        address.registries
          ? `${embeddedForge}: no signing key yet; wait until scripts/up has ended`
          : faultText({
              what: 'SIGNING_PUBLIC_KEY',
              given: undefined,
              allowed: 'the public key (PEM) that verifies images',
            }),
        exitStatus.input,
      );
    const has = async (image: string, release: Release): Promise<boolean> => {
      if (!(await hasImage(image, release.digest, access))) return false;
      await checkProvenance(image, release.digest, release, key, access);
      return true;
    };
    const promotion = { platform, service, environment, promotesFrom, run, by, has };
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
