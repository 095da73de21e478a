import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { binary, build } from '../engines/engines.ts';
import { until } from '../machine/process.ts';
import { rootfsFolder } from '../sandbox/rootfs.ts';
import { type Answered, type Asked, send } from './caller.ts';
import type { Api } from './gateway.ts';
import { follower, type KeySettings } from './keys/main.ts';
import {
  entranceFiles,
  type Given,
  type Listens,
  newSecrets,
  type Secrets,
  siteHost,
  writeEntranceFiles,
} from './settings.ts';
import { signInServer } from './sign-in/main.ts';
import { newKey } from './sign-in/names.ts';

const address = '127.0.0.1';
export const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createTcpServer().listen(0, address, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** What a service saw of a request. */
export type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string };

/**
 * The hops of the entrance as `up` starts them, but at free ports of the loopback and with a small service behind, which answers with what it saw.
 * `firewall`: also the built firewall before the gateway. `answer`: what the service says in place of that.
 */
export async function startTestEntrance({
  firewall,
  answer = (one) => ({ status: 200, body: one }),
}: {
  firewall: boolean;
  answer?: (seen: Seen) => { status: number; body: object };
}) {
  if (firewall) await build('firewall');
  const folder = mkdtempSync(join(tmpdir(), 'entrance-'));
  const seen: Seen[] = [];
  const service = createServer(async (request, response) => {
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: await text(request),
    };
    seen.push(one);
    const { status, body } = answer(one);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => service.listen(0, address, resolve));
  const servicePort = (service.address() as AddressInfo).port;

  const [sitePort, signInPort, gatewayPort] = [await freePort(), await freePort(), await freePort()];
  const listens: Listens = {
    ...{ address, site: sitePort, signIn: signInPort, gateway: gatewayPort },
    ...{ publicSite: firewall ? sitePort : gatewayPort, publicSignIn: signInPort },
  };
  const secrets: Secrets = newSecrets();
  const apis: Api[] = ['prod', 'dev'].map((name) => ({
    ...{ name, host: siteHost(name), server: `${address}:${servicePort}` },
    hosts: { booking: `booking.${name}`, ticket: `ticket.${name}`, live: `live.${name}` },
  }));
  const rootfs = rootfsFolder('node');
  // The program of the platform's own file system, with its libraries.
  const haproxy = join(folder, 'haproxy');
  writeFileSync(
    haproxy,
    `#!/bin/sh\nLD_LIBRARY_PATH=${rootfs}/usr/lib/x86_64-linux-gnu exec ${rootfs}/usr/sbin/haproxy "$@"\n`,
    { mode: 0o755 },
  );
  const pidFile = join(folder, 'gateway.pid');
  const given = (): Given => ({ listens, secrets, apis, state: folder, haproxy, pidFile });
  const files = entranceFiles(given());
  writeEntranceFiles(folder, files);

  let signIn: ReturnType<typeof signInServer> | undefined;
  const startSignIn = async () => {
    const settings = JSON.parse(entranceFiles(given())['sign-in/settings.json'] as string);
    signIn = signInServer(settings);
    await new Promise<void>((resolve) => signIn?.listen(signInPort, address, resolve));
  };
  const stopSignIn = async () => {
    signIn?.closeAllConnections();
    await new Promise((resolve) => signIn?.close(resolve));
  };
  await startSignIn();

  let clock = () => Date.now();
  const keySettings = (): KeySettings => JSON.parse(files['gateway/settings.json'] as string);
  const follow = follower(keySettings(), () => clock());
  await follow();

  const running: ChildProcess[] = [];
  const log = openSync(join(folder, 'log'), 'a');
  const run = (program: string, args: string[]) => {
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    running.push(child);
    return child;
  };
  const startGateway = () => {
    const child = run(haproxy, ['-W', '-db', '-f', join(folder, 'gateway/haproxy.cfg')]);
    writeFileSync(pidFile, `${child.pid}`);
  };
  startGateway();
  if (firewall) run(binary('firewall', 'firewall'), [join(folder, 'firewall/settings.json')]);

  const ask = (path: string, asked?: Asked, host = siteHost('prod')): Promise<Answered> =>
    send(host, listens.publicSite, path, asked);
  await until('the entrance', 20, async () => (await ask('/api/')).status > 0).catch((error: Error) => {
    throw new Error(`${error.message}\n${readFileSync(join(folder, 'log'), 'utf8')}`);
  });

  return {
    ...{ listens, secrets, seen, folder, ask, startSignIn, stopSignIn, service, servicePort },
    at: { listens, secrets: () => secrets },
    /** Has the follower look once, as at this time, until the gateway has what it found. */
    async look(now = Date.now()) {
      clock = () => now;
      const changed = await follow();
      // The old process serves until the new one listens.
      if (changed) await new Promise((resolve) => setTimeout(resolve, 1500));
      return changed;
    },
    /** A new key signs, and the old one is still published, or not. */
    async rotate(keepOld: boolean) {
      const old = secrets.keys.customers;
      secrets.keys.customers = [newKey(), ...(keepOld ? old : [])];
      await stopSignIn();
      await startSignIn();
    },
    async stop() {
      for (const child of running) child.kill('SIGTERM');
      await Promise.all(
        running.map((child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve))),
      );
      await stopSignIn();
      service.closeAllConnections();
      service.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type TestEntrance = Awaited<ReturnType<typeof startTestEntrance>>;
