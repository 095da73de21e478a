import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { basePath, entranceBodyLimit } from '../../entrance/limits.ts';
import { refusalBody, refusals } from '../../entrance/refusals.ts';
import { clients, fullScope, type Pool, pools } from '../../entrance/tokens.ts';
import { environments } from '../../overlays/environments/index.ts';
import { acceleratorPort } from '../accelerator/accelerator.ts';
import { writeFile } from '../machine/process.ts';
import { sandboxState } from '../sandbox/sandbox.ts';
import { services } from '../seed/git.ts';
import { entrance, hostOf, ports, type Region, regionOf, servicesPort } from '../topology.ts';
import { type Api, type Gateway, gatewayFiles } from './gateway.ts';
import type { KeySettings } from './keys/main.ts';
import type { SignInSettings } from './sign-in/main.ts';
import { newKey, paths, type SigningKey } from './sign-in/names.ts';

/** Where the programs of the entrance listen, and what is behind them; a test gives its own. */
export type Listens = {
  address: string;
  site: number;
  signIn: number;
  gateway: number;
  /** Of the loopback ports by which callers come. */
  publicSite: number;
  publicSignIn: number;
};
export const listens: Listens = {
  address: entrance.address,
  site: Number(ports.site.to.split(':')[1]),
  signIn: Number(ports.signIn.to.split(':')[1]),
  gateway: 8081,
  publicSite: ports.site.port,
  publicSignIn: ports.signIn.port,
};

/** The site of an environment, as a browser names it. */
export const siteHost = (environment: string) => hostOf('tickets', environment);
export const signInHost: Record<Pool, string> = {
  customers: hostOf('auth', 'prod'),
  staff: hostOf('staff-auth', 'prod'),
};
export const issuerOf = (pool: Pool, { publicSignIn }: Listens = listens) =>
  `http://${signInHost[pool]}:${publicSignIn}`;
const poolNames = Object.keys(pools) as Pool[];

/** Where each environment's services are: those that another one answers for are behind the accelerator, which gives a customer to a region. */
const moves = (subdomain: string) => environments.some(({ answersFor }) => answersFor.includes(subdomain));
const hostsIn = (environment: string) =>
  Object.fromEntries(services.map((service) => [service, hostOf(service, environment)])) as Api['hosts'];
const ingressOf = ({ address }: Region) => `${address}:${servicesPort}`;
export const apis: readonly Api[] = environments.map(({ name, subdomain }) => {
  const own: Api = { name, host: siteHost(name), server: ingressOf(regionOf(name)), hosts: hostsIn(name) };
  return moves(subdomain) ? { ...own, server: `127.0.0.1:${acceleratorPort}` } : own;
});

/** What nobody else may know; made once, and kept with the platform's data. */
export type Secrets = {
  keys: Record<Pool, SigningKey[]>;
  subjectKey: string;
  cookieKeys: Record<Pool, string>;
  apiKeys: Record<'site' | 'canary', string>;
  clientSecrets: Record<string, string>;
  staff: { name: string; password: string };
};
const word = () => randomBytes(24).toString('base64url');
export const newSecrets = (): Secrets => ({
  keys: { customers: [newKey()], staff: [newKey()] },
  subjectKey: word(),
  cookieKeys: { customers: word(), staff: word() },
  apiKeys: { site: word(), canary: word() },
  clientSecrets: Object.fromEntries(
    Object.entries(clients)
      .filter(([, { grant }]) => grant === 'credentials')
      .map(([name]) => [name, word()]),
  ),
  staff: { name: 'producer', password: word() },
});

export const entranceState = () => sandboxState(entrance.name);
export const secretsFile = () => join(entranceState(), 'secrets.json');
export function entranceSecrets(): Secrets {
  if (!existsSync(secretsFile())) {
    mkdirSync(entranceState(), { recursive: true, mode: 0o711 });
    writeFile(secretsFile(), JSON.stringify(newSecrets()), 0o600);
  }
  return JSON.parse(readFileSync(secretsFile(), 'utf8'));
}

/** Records of what the firewall blocked, as AWS WAF delivers them to a bucket. */
export const recordsFolder = () => join(entranceState(), 'records');

/** What a browser may do with the site's own files. */
const siteHeaders = (at: Listens) => ({
  'Content-Security-Policy': `default-src 'self'; connect-src 'self' ${poolNames.map((pool) => issuerOf(pool, at)).join(' ')}; frame-ancestors 'none'; base-uri 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
});

export type Given = {
  listens: Listens;
  secrets: Secrets;
  apis: readonly Api[];
  /** As the programs see it: below it each has a folder of its own. */
  state: string;
  haproxy: string;
  pidFile: string;
};

export const firewallSettings = ({ listens: at, secrets, state }: Pick<Given, 'listens' | 'secrets' | 'state'>) => ({
  listen: `${at.address}:${at.site}`,
  gateway: `http://127.0.0.1:${at.gateway}`,
  basePath,
  site: `${state}/site`,
  headers: siteHeaders(at),
  keyHeader: 'X-Api-Key',
  key: secrets.apiKeys.site,
  mostBody: entranceBodyLimit,
  refusals: Object.fromEntries(
    (['firewall', 'tooLarge', 'other', 'away'] as const).map((name) => [
      refusals[name].status,
      refusalBody(refusals[name]),
    ]),
  ),
  records: {
    folder: `${state}/records`,
    // No account of AWS has this number.
    account: '000000000000',
    webAcl: 'tickets',
    rule: 'CoreRuleSet',
    ruleGroup: 'OWASP#CoreRuleSet',
    distribution: 'EMBEDDED',
    seconds: 5,
    redacted: ['authorization', 'cookie', 'x-api-key'],
  },
});

const gatewayOf = ({ listens: at, apis: all, state }: Given): Omit<Gateway, 'keys'> => ({
  listen: `127.0.0.1:${at.gateway}`,
  apis: all,
  keyFile: `${state}/gateway/api-keys`,
  folder: `${state}/gateway`,
});

const keySettings = (given: Given): KeySettings => ({
  gateway: gatewayOf(given),
  pools: Object.fromEntries(
    poolNames.map((pool) => [
      pool,
      {
        issuer: issuerOf(pool, given.listens),
        address: given.listens.address,
        port: given.listens.signIn,
        path: paths.jwks,
      },
    ]),
  ) as KeySettings['pools'],
  pidFile: given.pidFile,
  haproxy: given.haproxy,
  seconds: 3,
});

const signInSettings = ({ listens: at, secrets, state }: Given): SignInSettings => ({
  host: at.address,
  port: at.signIn,
  subjectKey: secrets.subjectKey,
  pools: poolNames.map((pool) => ({
    pool,
    issuer: issuerOf(pool, at),
    sites: environments.map(({ name }) => `http://${siteHost(name)}:${at.publicSite}`),
    keys: secrets.keys[pool],
    cookieKey: secrets.cookieKeys[pool],
    secrets: secrets.clientSecrets,
    accounts: `${state}/sign-in/${pool}.json`,
    ...(pools[pool].signUp === 'admins' ? { staff: secrets.staff } : {}),
  })),
});

/** Every file that the programs start with, below the folder of the one that reads it. */
export const entranceFiles = (given: Given): Record<string, string> => ({
  'firewall/settings.json': JSON.stringify(firewallSettings(given)),
  'gateway/settings.json': JSON.stringify(keySettings(given)),
  'gateway/api-keys': Object.entries(given.secrets.apiKeys)
    .map(([name, key]) => `${key} ${name}\n`)
    .join(''),
  ...Object.fromEntries(Object.entries(gatewayFiles()).map(([name, text]) => [`gateway/${name}`, text])),
  'sign-in/settings.json': JSON.stringify(signInSettings(given)),
  'site/sign-in.json': JSON.stringify({
    ...{ issuer: issuerOf(clients.web.pool, given.listens), client: 'web' },
    scope: ['openid', ...clients.web.scopes.map(fullScope)].join(' '),
  }),
});

/** Writes them, for their readers alone. */
export function writeEntranceFiles(folder: string, files: Record<string, string>): void {
  cpSync(join(import.meta.dirname, 'site'), join(folder, 'site'), { recursive: true });
  for (const name of ['firewall', 'gateway', 'sign-in', 'site', 'records']) {
    mkdirSync(join(folder, name), { recursive: true });
    chmodSync(join(folder, name), 0o700);
  }
  for (const [name, content] of Object.entries(files)) writeFile(join(folder, name), content, 0o600);
}
