import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const script = shell(new URL('./git-clone.sh', import.meta.url), 'step');
const token = 's3cret-token';
const commit = '0123456789abcdef0123456789abcdef01234567';

const folder = temporaryFolder();

type Given = { COMMIT: string; REPOSITORY: string; PATH?: string; STUB_HEAD?: string; RESULT_REASON_PATH?: string };
const environment = (given: Given) => ({
  PATH: process.env.PATH ?? '',
  SOURCE: folder(),
  VERDICT: folder(),
  FORGE_TOKEN: token,
  RESULT_REF_PATH: folder('ref'),
  ...given,
});

describe('with a git that only records how it was called', () => {
  const run = (given: Partial<Given>) => {
    const bin = folder('bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'git'),
      `#!/bin/sh
printf '%s\\n' "$*" >>"$SOURCE/calls"
env | grep '^GIT_' | sort >"$SOURCE/env"
env | grep -c '^FORGE_TOKEN' >"$SOURCE/token"
case $1 in rev-parse) echo "$STUB_HEAD" ;; init) mkdir -p "$4/.git" ;; esac
`,
    );
    chmodSync(join(bin, 'git'), 0o755);
    const defaults = { COMMIT: commit, REPOSITORY: 'https://forge.example/o/ticket.git', STUB_HEAD: commit };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
      encoding: 'utf8',
      env: environment({ ...defaults, PATH: `${bin}:${process.env.PATH}`, ...given }),
    });
    const file = (name: string) => (existsSync(folder(name)) ? readFileSync(folder(name), 'utf8') : '');
    return {
      status,
      output: stdout + stderr,
      calls: file('calls').trim().split('\n'),
      env: file('env'),
      token: file('token'),
    };
  };

  test('fetches exactly the commit, without tags and submodules, values behind --', () => {
    const { status, calls } = run({});
    expect(status).toBe(0);
    expect(calls).toEqual([
      `init --quiet -- ${folder()}/repository`,
      `fetch --quiet --depth=1 --no-tags --no-recurse-submodules -- https://forge.example/o/ticket.git ${commit}`,
      '-c advice.detachedHead=false checkout --quiet --detach FETCH_HEAD',
      'rev-parse --verify HEAD',
      'fetch --quiet --filter=tree:0 --no-tags --no-recurse-submodules -- https://forge.example/o/ticket.git refs/heads/main',
      `merge-base --is-ancestor ${commit} FETCH_HEAD`,
    ]);
  });

  test('the token is in no argument, no output and only in the header for this address', () => {
    const { calls, output, env, token: plain } = run({});
    const header = Buffer.from(`x-access-token:${token}`).toString('base64');
    for (const text of [calls.join('\n'), output]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(header);
    }
    expect(env).toContain('GIT_CONFIG_KEY_0=http.https://forge.example/o/ticket.git.extraHeader');
    expect(env).toContain(`GIT_CONFIG_VALUE_0=Authorization: Basic ${header}\n`);
    expect(plain.trim()).toBe('0');
  });

  test('git never prompts, follows no redirect, runs no hook and speaks HTTP only', () => {
    const { env } = run({});
    for (const line of [
      'GIT_ALLOW_PROTOCOL=http:https',
      'GIT_TERMINAL_PROMPT=0',
      'GIT_CONFIG_NOSYSTEM=1',
      'GIT_CONFIG_GLOBAL=/dev/null',
      'GIT_CONFIG_KEY_1=http.followRedirects\n',
      'GIT_CONFIG_VALUE_1=false',
      'GIT_CONFIG_VALUE_2=/dev/null',
    ])
      expect(env).toContain(line);
  });

  test('repeats an earlier refusal, and calls nothing', () => {
    writeFileSync(folder('.refused'), 'Dockerfile: FROM "golang"');
    const { status, output, calls } = run({ RESULT_REASON_PATH: folder('reason') });
    expect([status, calls]).toEqual([1, ['']]);
    expect(output).toBe('git-clone: as before: Dockerfile: FROM "golang"\n');
    expect(readFileSync(folder('reason'), 'utf8')).toBe('Dockerfile: FROM "golang"');
  });

  test.each([
    '',
    'main',
    'HEAD',
    commit.slice(1),
    `${commit}0`,
    commit.toUpperCase(),
    '--upload-pack=touch x',
    `${commit.slice(1)}\n`,
  ])('refuses the commit %j and calls nothing', (wrong) => {
    const { status, output, calls } = run({ COMMIT: wrong });
    expect([status, calls]).toEqual([64, ['']]);
    expect(output).toContain('commit: allowed are 40 lower-case hex digits');
  });

  test.each([
    '',
    '-oProxyCommand=x',
    'ssh://forge.example/o/r.git',
    'ext::sh -c x',
    'file:///etc',
    'https://user:pass@forge.example/o/r.git',
    'https://forge.example/o/r.git?x=$(touch x)',
    "https://forge.example/'; id #",
    'https://',
  ])('refuses the repository %j and calls nothing', (wrong) => {
    const { status, output, calls } = run({ REPOSITORY: wrong });
    expect([status, calls]).toEqual([64, ['']]);
    expect(output).toContain('repository: allowed is an http(s) URL without user and query');
  });

  test('fails when it gets another commit than it asked for', () => {
    const { status, output } = run({ STUB_HEAD: 'f'.repeat(40) });
    expect(status).toBe(64);
    expect(output).toContain(`asked for ${commit} and got ${'f'.repeat(40)}`);
  });
});

describe('with git itself', () => {
  let forge: string;
  let server: Server;
  let url: string;
  let head: string;
  let first: string;
  let branch: string;
  let apart: string;
  const asked: { path: string; authorization: string | undefined }[] = [];

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
      cwd: join(forge, 'work'),
      encoding: 'utf8',
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null' },
    }).trim();

  beforeAll(async () => {
    forge = mkdtempSync(join(tmpdir(), 'forge-'));
    mkdirSync(join(forge, 'work'));
    git('init', '--quiet', '--initial-branch=main');
    for (const text of ['one', 'two']) {
      writeFileSync(join(forge, 'work/file'), text);
      git('add', '.');
      git('commit', '--quiet', '--message', text);
    }
    [head, first] = git('log', '--format=%H').split('\n') as [string, string];
    git('checkout', '--quiet', '-b', 'branch');
    git('commit', '--quiet', '--allow-empty', '--message', 'three');
    branch = git('rev-parse', 'HEAD');
    git('checkout', '--quiet', '--orphan', 'apart');
    git('commit', '--quiet', '--message', 'apart');
    apart = git('rev-parse', 'HEAD');
    git('checkout', '--quiet', 'main');
    git('clone', '--quiet', '--bare', '.', '../ticket.git');
    // The tag leads away from main, as one may.
    git('push', '--quiet', '../ticket.git', `${branch}:refs/tags/main`);
    for (const [name, value] of [
      ['uploadpack.allowFilter', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'true'],
      ['receive.denyDeleteCurrent', 'ignore'],
    ] as const)
      git('-C', '../ticket.git', 'config', name, value);

    // git's own server program behind the password that a forge asks for.
    server = createServer((request, response) => {
      const [path, query = ''] = (request.url ?? '').split('?') as [string, string?];
      asked.push({ path, authorization: request.headers.authorization });
      if (path.startsWith('/moved/')) {
        response.writeHead(302, { location: `/ticket.git/${request.url?.slice('/moved/ticket.git/'.length)}` }).end();
        return;
      }
      if (request.headers.authorization !== `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="forge"' }).end();
        return;
      }
      const backend = spawn('git', ['http-backend'], {
        env: {
          PATH: process.env.PATH,
          GIT_PROJECT_ROOT: forge,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: path,
          QUERY_STRING: query,
          REQUEST_METHOD: request.method,
          CONTENT_TYPE: request.headers['content-type'],
          HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
          GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
          REMOTE_USER: 'x',
        },
      });
      request.pipe(backend.stdin);
      const chunks: Buffer[] = [];
      backend.stdout.on('data', (chunk) => chunks.push(chunk));
      backend.on('close', () => {
        const all = Buffer.concat(chunks);
        const end = all.indexOf('\r\n\r\n');
        const headers = Object.fromEntries(
          all
            .subarray(0, end)
            .toString()
            .split('\r\n')
            .map((line) => line.split(': ') as [string, string]),
        );
        response.writeHead(Number.parseInt(headers.Status ?? '200', 10), headers).end(all.subarray(end + 4));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(forge, { recursive: true });
  });

  const run = (REPOSITORY: string, COMMIT: string) =>
    new Promise<{ status: number | null; output: string }>((done) => {
      const child = spawn('sh', ['-c', script], { env: environment({ REPOSITORY, COMMIT }) });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      child.on('close', (status) => done({ status, output }));
    });
  const file = () => readFileSync(folder('repository/file'), 'utf8');

  test('gets the files of an older commit, and leaves neither history nor token', async () => {
    const { status, output } = await run(`${url}/ticket.git`, first);
    expect([status, output]).toEqual([0, `git-clone: ${url}/ticket.git at ${first} (refs/heads/main)\n`]);
    expect(file()).toBe('one');
    expect(existsSync(folder('repository/.git'))).toBe(false);
  });

  test.each([
    ['the head of main', () => head, 'refs/heads/main'],
    ['an older commit of main', () => first, 'refs/heads/main'],
    ['a branch that goes on from main', () => branch, 'none'],
    ['a branch with another root', () => apart, 'none'],
  ])('says of a commit of %s whether main has it', async (_, of, ref) => {
    const { status, output } = await run(`${url}/ticket.git`, of());
    expect([status, output]).toEqual([0, `git-clone: ${url}/ticket.git at ${of()} (${ref})\n`]);
    expect(readFileSync(folder('ref'), 'utf8')).toBe(ref);
  });

  test('says of what main lost to a forced push that main does not have it, and fails without a main', async () => {
    git('push', '--quiet', '--force', '../ticket.git', `${first}:refs/heads/main`);
    try {
      expect((await run(`${url}/ticket.git`, head)).output).toContain('(none)');
      git('push', '--quiet', '../ticket.git', ':refs/heads/main');
      rmSync(folder('ref'));
      expect((await run(`${url}/ticket.git`, head)).status).not.toBe(0);
      expect(existsSync(folder('ref'))).toBe(false);
    } finally {
      git('push', '--quiet', '--force', '../ticket.git', `${head}:refs/heads/main`);
    }
  });

  test('a retry starts over', async () => {
    await run(`${url}/ticket.git`, first);
    writeFileSync(folder('repository/left over'), '');
    expect((await run(`${url}/ticket.git`, head)).status).toBe(0);
    expect(file()).toBe('two');
    expect(existsSync(folder('repository/left over'))).toBe(false);
  });

  test('fails for a commit that is not there', async () => {
    expect((await run(`${url}/ticket.git`, commit)).status).not.toBe(0);
  });

  test('does not follow a redirect, so the token goes nowhere else', async () => {
    asked.length = 0;
    expect((await run(`${url}/moved/ticket.git`, head)).status).not.toBe(0);
    expect(asked.filter(({ path }) => !path.startsWith('/moved/'))).toEqual([]);
  });
});
