import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Settings, Side } from './settings.ts';

/** Not Debian's wrapper of the same name. */
const program = '/usr/lib/postgresql/15/bin/psql';

/** Both give one line. The row is written without a wait for the disk: it is worth nothing after a second. */
const write = `insert into heartbeat values (1, clock_timestamp()) on conflict (id) do update set at = excluded.at returning 0`;
const read = `select extract(epoch from clock_timestamp() - at) from heartbeat where id = 1`;

/**
 * Seconds by which the PostgreSQL of this region is behind: the age of a row that is written each second where the writer is. One psql stays, because
 * to start one a second would be much of what an idle region does.
 */
export function heartbeat({ postgres: { host, port } }: Side, { user, password }: Settings['probe']) {
  let psql: ChildProcess | undefined;
  let answers: Interface | undefined;

  function start(): ChildProcess {
    const env = {
      ...process.env,
      ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: 'postgres' },
      ...{ PGCONNECT_TIMEOUT: '2', PGOPTIONS: '-c synchronous_commit=off -c statement_timeout=2000' },
    };
    const child = spawn(program, ['-qAtX'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.on('error', () => undefined);
    answers = createInterface({ input: child.stdout });
    return child;
  }
  function end(): void {
    psql?.kill('SIGKILL');
    psql = undefined;
  }

  return (isWriter: boolean): Promise<number> =>
    new Promise((resolve, reject) => {
      if (!psql || psql.exitCode !== null || psql.signalCode !== null) psql = start();
      const [child, lines] = [psql, answers as Interface];
      const finish = (fail?: Error, line = '') => {
        clearTimeout(timer);
        lines.off('line', heard);
        child.off('close', closed);
        if (!fail) return resolve(Number(line));
        end();
        reject(fail);
      };
      const heard = (line: string) => finish(undefined, line);
      const closed = () => finish(new Error('postgresql: no connection'));
      const timer = setTimeout(() => finish(new Error('postgresql: no answer within 3 s')), 3000);
      lines.once('line', heard);
      child.once('close', closed);
      child.stdin?.write(`${isWriter ? write : read};\n`);
    });
}
