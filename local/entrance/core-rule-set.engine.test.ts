/** The core rule set's own tests, with go-ftw, against the firewall as it is built. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binary, build, goTest } from '../engines/engines.ts';
import { run, until } from '../machine/process.ts';
import { send } from './caller.ts';
import { freePort } from './entrance.testing.ts';
import { exceptions } from './exceptions.ts';
import { firewallSettings, listens, newSecrets } from './settings.ts';

beforeAll(async () => {
  for (const engine of ['firewall', 'regression'] as const) await build(engine);
}, 600_000);

// Rules of all levels, which only report; the rest is as it is built.
const directives = `
SecRuleEngine DetectionOnly
SecResponseBodyMimeType text/plain
SecDefaultAction "phase:3,log,auditlog,pass"
SecDefaultAction "phase:4,log,auditlog,pass"
SecDefaultAction "phase:5,log,auditlog,pass"
SecAction "id:900005,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly,ctl:ruleRemoveById=910000,setvar:tx.blocking_paranoia_level=4,setvar:tx.reporting_level=4,setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"
SecRule REQUEST_HEADERS:X-CRS-Test "@rx ^.*$" "id:999999,phase:1,pass,t:none,log,msg:'X-CRS-Test %{MATCHED_VAR}'"
`;
const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'regression-'));
afterAll(() => {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true });
});

test('an expression is left out only where it cannot match, and no rule reads what Coraza no longer writes: Go tests', async () => {
  await goTest('firewall');
}, 600_000);

test('pass through the built hop, but for those that are left out with a reason', async () => {
  const [server, port] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'site'));
  const log = join(folder, 'firewall.log');
  const settings = {
    ...firewallSettings({ listens, secrets: newSecrets(), state: folder }),
    ...{ listen: `127.0.0.1:${port}`, gateway: `http://127.0.0.1:${server}`, basePath: '', verbose: true, directives },
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  const out = openSync(log, 'a');
  const start = (engine: 'regression' | 'firewall', args: string[]) =>
    children.push(spawn(binary(engine, engine), args, { stdio: ['ignore', out, out] }));
  start('regression', ['serve', `127.0.0.1:${server}`]);
  start('firewall', [join(folder, 'settings.json')]);
  await until('the firewall of the tests', 20, async () => (await send('localhost', port, '/')).status === 200);
  const output = await run(binary('regression', 'regression'), ['test', `127.0.0.1:${port}`, log], {
    input: JSON.stringify(exceptions),
  });
  const { passed, failed, ignored } = JSON.parse(output);
  expect({ failed, ignored: [...ignored].sort() }).toEqual({ failed: [], ignored: Object.keys(exceptions).sort() });
  expect(passed).toBeGreaterThan(4000);
}, 600_000);
