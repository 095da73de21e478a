import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dynoxideFolder } from '../engines/dynoxide.ts';
import { engineFolder } from '../engines/engines.ts';
import { kafkaFolder } from '../engines/kafka.ts';
import { run, until } from '../machine/process.ts';
import { rootfsFolder } from '../sandbox/rootfs.ts';
import { nodeBinary, type RegionName, repository } from '../topology.ts';
import { hangOf } from './hang.ts';
import { type Listens, listensOf } from './listens.ts';
import { firstInside, insideOf, makeMissing, type Running, signalOf } from './make.ts';
import { passwordsOf } from './passwords.ts';
import { filesOf, programLines, programsOf, type User } from './settings.ts';
import { given, writeFiles } from './stores.ts';
import { type ServiceStores, wantedIn } from './wanted.ts';
import { writerIn } from './writer.ts';

/** The stores of a region as `up` starts them, but in a temporary folder and at free ports of this machine's loopback. */
export type TestRegion = {
  listens: Listens;
  running: Running;
  folder: string;
  /** Runs a program inside and gives what it printed. */
  inside: (user: User, command: string[], input?: string) => Promise<string>;
  /** The same, while it runs. */
  begin: (user: User, command: string[], input?: string) => Promise<ChildProcess>;
  /** The PostgreSQL of prod, as a process. */
  database: ReturnType<typeof hangOf>;
  /** Sends a signal to one program. */
  signal: (program: string, signal: string) => Promise<void>;
  make: () => Promise<string[]>;
  stop: () => Promise<void>;
};

export const passwordOf = passwordsOf('for tests');
const address = '127.0.0.1';

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, address, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
const freePorts = async <T extends object>(of: T): Promise<T> => {
  const free: Record<string, number> = {};
  for (const name of Object.keys(of)) free[name] = await freePort();
  return free as T;
};

/** Where the stores of a region are to listen in a test. */
export async function freeListens(region: RegionName): Promise<Listens> {
  const listens = listensOf({ name: region, address } as never);
  return {
    ...listens,
    hosts: { kafka: address, dynamodb: address, s3: address, postgres: address },
    kafka: await freePort(),
    controller: await freePort(),
    metrics: await freePort(),
    s3: await freePort(),
    postgres: await freePorts(listens.postgres),
    dynamodb: await freePorts(listens.dynamodb),
  };
}

/** `all`: the regions as this one reaches them. */
export async function startRegion(
  listens: Listens,
  all: readonly Listens[],
  others: string[] = [],
): Promise<TestRegion> {
  const top = mkdtempSync(join(tmpdir(), `${listens.region}-stores-`));
  const [folder, state, logs] = ['data', 'state', 'logs'].map((name) => join(top, name)) as [string, string, string];
  for (const one of [folder, state, logs]) mkdirSync(one, { mode: 0o711 });
  // mkdtemp makes it for root alone.
  await run('chmod', ['711', top]);
  const stores: ServiceStores[] = wantedIn(listens.region);
  const settings = given(listens, all, stores, writerIn(folder), folder, passwordOf);
  writeFiles(folder, filesOf(settings));
  writeFileSync(join(folder, 'programs'), programLines(programsOf(settings)));
  writeFileSync(join(state, 'hosts'), '127.0.0.1 localhost\n');
  writeFileSync(join(state, 'resolv.conf'), '');
  const binds = [
    `${logs}:/logs`,
    `${join(repository, 'local')}:/platform-source`,
    `${folder}:/state`,
    `${engineFolder('stores')}:/stores-engine`,
    `${kafkaFolder}:/kafka`,
    `${dynoxideFolder}:/dynoxide`,
    `${dirname(nodeBinary)}:/node`,
  ];
  const out = openSync(join(logs, 'init.log'), 'a');
  const child = spawn(
    'unshare',
    [
      ...'--mount --pid --fork --kill-child --uts --ipc bash'.split(' '),
      ...[join(repository, 'local/sandbox/enter.sh'), 'stores-test', rootfsFolder('stores'), state],
      ...['/platform-source/stores/init.sh', ...binds],
    ],
    { stdio: ['ignore', out, out] },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const inside = insideOf(() => child.pid);
  const running: Running = { sandbox: { inside }, listens, stores, passwordOf, others };
  const first = () => until('the sandbox', 10, async () => (await firstInside(child.pid)) || undefined);
  await first();
  return {
    ...{ listens, running, folder },
    inside: (user, command, input = '') => inside(user, command, input),
    begin: async (user, command, input = '') => {
      const id = { postgres: 1001, kafka: 1002, dynamodb: 1003, s3: 1004 }[user];
      const as = ['setpriv', '--reuid', `${id}`, '--regid', `${id}`, '--clear-groups'];
      const begun = spawn('nsenter', ['--mount', '--pid', '-t', await first(), ...as, ...command]);
      // It may end before it has read all.
      begun.stdin.on('error', () => undefined);
      begun.stdin.end(input);
      return begun;
    },
    signal: signalOf(() => child.pid),
    database: hangOf(() => child.pid, 'prod'),
    make: () => makeMissing(running),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** A way to ports of this machine that can be cut. */
export type Way = {
  to: (port: number) => Promise<number>;
  cut: () => void;
  join: () => Promise<void>;
  close: () => void;
};

export function way(): Way {
  const doors: { port: number; target: number; server: Server }[] = [];
  const sockets = new Set<Socket>();
  const open = (target: number, port: number) =>
    new Promise<number>((resolve) => {
      const server = createServer((client) => {
        const beyond = connect(target, address);
        for (const [one, other] of [
          [client, beyond],
          [beyond, client],
        ] as const) {
          sockets.add(one);
          one.pipe(other);
          one.on('error', () => other.destroy()).on('close', () => sockets.delete(one) && other.destroy());
        }
      }).listen(port, address, () => {
        const at = (server.address() as { port: number }).port;
        doors.push({ port: at, target, server });
        resolve(at);
      });
    });
  const cut = () => {
    for (const { server } of doors) server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    to: (port) => open(port, 0),
    cut,
    join: async () => {
      for (const { target, port } of doors.splice(0)) await open(target, port);
    },
    close: cut,
  };
}

/** The same stores, by a way that can be cut. */
export async function through({ to }: Way, listens: Listens): Promise<Listens> {
  const each = async (ports: Record<string, number>) =>
    Object.fromEntries(
      await Promise.all(Object.entries(ports).map(async ([name, port]) => [name, await to(port)] as const)),
    );
  return {
    ...listens,
    s3: await to(listens.s3),
    postgres: await each(listens.postgres),
    dynamodb: await each(listens.dynamodb),
  };
}
