/**
 * Keeps the gateway's public keys those of the pools: asks every pool again and again, and on a change writes the gateway's settings and has HAProxy
 * read them, which loses no connection. Run: node main.ts SETTINGS
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Pool } from '../../../entrance/tokens.ts';
import { type Gateway, gatewayConfig } from '../gateway.ts';
import { type Known, trusted, whyNot } from './keys.ts';

export type KeySettings = {
  gateway: Omit<Gateway, 'keys'>;
  /** Where each pool publishes its keys, by address, and the host that it has in tokens. */
  pools: Record<Pool, { issuer: string; address: string; port: number; path: string }>;
  /** A file with the process of HAProxy. */
  pidFile: string;
  haproxy: string;
  /** Between two looks. */
  seconds: number;
};

async function published({ issuer, address, port, path }: KeySettings['pools'][Pool]) {
  const { host } = new URL(issuer);
  const answer = await new Promise<string>((resolve, reject) => {
    const asked = request({ host: address, port, path, headers: { host }, timeout: 2000, agent: false }, (response) => {
      if (response.statusCode === 200) text(response).then(resolve, reject);
      else {
        response.resume();
        reject(new Error(`keys of ${issuer}: given status ${response.statusCode}, allowed 200`));
      }
    });
    asked.on('timeout', () => asked.destroy(new Error(`keys of ${issuer}: no answer within 2 s`)));
    asked.on('error', reject).end();
  });
  const { keys } = JSON.parse(answer);
  if (!Array.isArray(keys)) throw new Error(`keys of ${issuer}: given no list, allowed a JWK set`);
  return keys;
}

function writeWhole(file: string, content: string): void {
  writeFileSync(`${file}.part`, content, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

export function follower(settings: KeySettings, now = Date.now) {
  const { gateway, pools, pidFile, haproxy } = settings;
  const [config, memory, folder] = ['haproxy.cfg', 'known.json', 'keys'].map((name) => `${gateway.folder}/${name}`) as [
    string,
    string,
    string,
  ];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const known: Known = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {};
  const issuers = Object.fromEntries(Object.entries(pools).map(([pool, { issuer }]) => [pool, issuer])) as Record<
    Pool,
    string
  >;
  let isNotified = false;
  /** Whether it changed anything. */
  return async (): Promise<boolean> => {
    await Promise.all(
      (Object.keys(pools) as Pool[]).map(async (pool) => {
        try {
          const keys = await published(pools[pool]);
          for (const key of keys) {
            const fault = whyNot(key);
            if (fault) console.error(`keys of ${issuers[pool]}: ${fault}`);
          }
          known[pool] = { at: now(), keys };
        } catch (error) {
          console.error((error as Error).message);
        }
      }),
    );
    writeWhole(memory, JSON.stringify(known));
    const all = trusted(known, issuers, folder, now());
    for (const { key, pem } of all) if (!existsSync(key.file)) writeWhole(key.file, pem);
    const wanted = gatewayConfig({ ...gateway, keys: all.map(({ key }) => key) });
    // Once after a start also of the same file: the one before may have ended before it notified the gateway.
    if (isNotified && existsSync(config) && readFileSync(config, 'utf8') === wanted) return false;
    writeWhole(`${config}.next`, wanted);
    execFileSync(haproxy, ['-c', '-q', '-f', `${config}.next`], { stdio: ['ignore', 'inherit', 'inherit'] });
    renameSync(`${config}.next`, config);
    console.log(`${all.length} keys: ${all.map(({ key }) => `${key.pool} ${key.kid}`).join(', ')}`);
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGUSR2');
    isNotified = true;
    return true;
  };
}

if (import.meta.main) {
  const settings: KeySettings = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
  const look = follower(settings);
  for (;;) {
    await look().catch((error: Error) => console.error(error.message));
    await new Promise((resolve) => setTimeout(resolve, settings.seconds * 1000));
  }
}
