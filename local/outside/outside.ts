import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inside } from '../../overlays/sites/local.ts';
import { engineFolder, moduleFolder } from '../engines/engines.ts';
import { engine } from '../engines/phases.ts';
import { firewallAlarm, firewallAlarmProgram, recordsFolder, writeFirewallAlarm } from '../firewall/settings.ts';
import { network } from '../machine/network.ts';
import { until, writeFile } from '../machine/process.ts';
import { nameServers } from '../machine/resolver.ts';
import { phase } from '../phases.ts';
import { isAlive, sandboxState, start, stop } from '../sandbox/sandbox.ts';
import { argocdHost, forgeName, forgeUrl, hooksHost, host, nodeBinary, ports, seoul, tokyo } from '../topology.ts';

export const outsideIsUp = () => isAlive('outside');

/** Path of the stand-in's webhook, made once: who knows it can write to the channel, as with Slack's own. */
export function slackPath(): string {
  const file = join(sandboxState('outside'), 'slack-path');
  if (!existsSync(file)) {
    mkdirSync(sandboxState('outside'), { recursive: true, mode: 0o711 });
    writeFile(file, `/services/embedded/platform/${randomBytes(18).toString('hex')}`, 0o600);
  }
  return readFileSync(file, 'utf8');
}

/** Writes Gitea's settings; its secrets are created once and stay with its data. */
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
HTTP_PORT = ${ports.forge.port}
ROOT_URL = http://${forgeName}:${ports.forge.port}/
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
; It would name the forge by a name that only the regions know.
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

/** Starts the forge with its stored data, the stand-ins and the ports, unless they run. */
async function startOutside(slackUrl: string): Promise<void> {
  if (!outsideIsUp()) {
    await stop('outside');
    const folder = sandboxState('outside');
    mkdirSync(join(folder, 'forge'), { recursive: true, mode: 0o711 });
    await forgeSettings(join(folder, 'forge'));
    const open = Object.values(ports).map(({ port, to }) => `${port}=${to}`);
    const environment = {
      ADDRESS: host.bridgeAddress,
      PORTS: `'${open.join(' ')}'`,
      SLACK_PATH: slackPath(),
      SLACK_PORT: ports.slack.port,
    };
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    writeFile(join(folder, 'environment'), lines.join(''), 0o600);
    // The sandbox knows no name of the stand-in, and is on the machine that has its address.
    writeFirewallAlarm(folder, slackUrl.replace(`//${inside.slack.host}:`, `//${host.bridgeAddress}:`));
    start({
      name: 'outside',
      init: '/platform-source/outside/init.sh',
      binds: [
        `${folder}:/state`,
        `${engineFolder('forge')}:/forge`,
        `${await moduleFolder('forge', 'code.gitea.io/gitea')}:/forge-static`,
        `${dirname(nodeBinary)}:/node`,
        `${dirname(firewallAlarmProgram)}:/firewall-alarm`,
        `${recordsFolder()}:/records`,
      ],
      // The forge's webhooks reach the regions' ingresses by their public names.
      hosts: {
        [forgeName]: host.bridgeAddress,
        [hooksHost]: seoul.address,
        [argocdHost.seoul]: seoul.address,
        [argocdHost.tokyo]: tokyo.address,
      },
      nameServers: nameServers(),
    });
  }
  await until(
    'forge',
    60,
    async () => (await fetch(`${forgeUrl}/api/healthz`, { signal: AbortSignal.timeout(1000) })).ok,
  );
}

export const outside = phase({
  name: 'forge',
  needs: { network, firewallAlarm, forge: engine.forge },
  isDone: outsideIsUp,
  run: (_, { slackUrl }) => startOutside(slackUrl),
});
