import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { services } from './apps/index.ts';
import { serviceSecrets } from './apps/variables.ts';
import { reachTable, sources } from './e2e/reach.ts';
import { conditions } from './lib/quality-gate.ts';
import { host, ports, regions } from './local/topology.ts';
import { environments } from './overlays/environments/index.ts';
import { secretsFor } from './overlays/secrets.ts';
import { aws } from './overlays/sites/aws.ts';
import { localStores } from './overlays/sites/local.ts';
import { testFiles } from './scripts/guarantees.ts';
import { fileOf } from './scripts/test-titles.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const readme = read('README.md');
const documents = [
  'README.md',
  'local/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** Lines of the blocks of shell, without comments. */
const shell = (text: string) =>
  [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map((line) => line.replace(/\s+#.*/, '').trim());
const programs = readdirSync('scripts', { withFileTypes: true }).flatMap((entry) =>
  // Commands are links to one program, and so no plain files.
  !entry.isDirectory() && !entry.name.includes('.') && entry.name !== 'node' ? [entry.name] : [],
);
const npmScripts = ['package.json', 'infra/package.json'].flatMap((file) =>
  Object.keys(JSON.parse(read(file)).scripts),
);
const folders = (of: string) =>
  readdirSync(of, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && !/^(\.|node_modules$|dist$)/.test(entry.name) ? [`${entry.name}/`] : [],
  );
/** The folders in the first column of a table of folders. */
const listedFolders = (text: string) =>
  [...text.matchAll(/^\| (`[a-z0-9]+\/`(?:, `[a-z0-9]+\/`)*) \|/gm)].flatMap(([, cell = '']) =>
    cell.split(', ').map((name) => name.slice(1, -1)),
  );
/** As GitHub makes the anchor of a heading. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

/** All that is rendered, with the names of the files. */
const rendered = () =>
  readdirSync('rendered', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name + read(join(entry.parentPath, entry.name)))
    .join('');

describe('README', () => {
  test('has at most 100 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  });

  test('names every command, and no other', () => {
    const named = shell(readme).map((line) => line.match(/^(?:sudo )?(scripts\/\S+|npm run \S+)/)?.[1]);
    expect(named).not.toContain(undefined);
    expect([...new Set(named.filter((name) => name?.startsWith('scripts/')))].sort()).toEqual(
      programs.map((name) => `scripts/${name}`).sort(),
    );
  });

  test.each(programs)('scripts/%s explains itself', (name) => {
    expect(execFileSync(`scripts/${name}`, ['--help'], { encoding: 'utf8' })).toContain(`scripts/${name}`);
  });

  test('lists every folder of the top, once', () => {
    expect(listedFolders(readme).sort()).toEqual(folders('.').sort());
  });

  test('links every page of docs/', () => {
    for (const document of documents.slice(1)) expect(readme).toContain(`](${document})`);
  });
});

describe.each(documents)('%s', (document) => {
  const text = read(document);

  test('names files, commands and npm scripts that exist', () => {
    // Of docs/ and local/, paths are those of the repository or of the folder itself.
    for (const [, path = ''] of text.matchAll(/`([a-z]+[\w-]*\/[\w./-]*|[\w-]+\.ts)`/g))
      expect([path, existsSync(path) || existsSync(join(dirname(document), path))]).toEqual([path, true]);
    for (const [, name] of text.matchAll(/\bscripts\/([a-z][\w-]*)(?![\w.-]*\.ts)/g)) expect(programs).toContain(name);
    for (const [, name] of text.matchAll(/\bnpm run ([\w-]+)/g)) expect(npmScripts).toContain(name);
  });

  test('links what exists', () => {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#');
      const file = path ? normalize(join(dirname(document), path)) : document;
      expect([target, existsSync(file)]).toEqual([target, true]);
      if (anchor) expect([target, anchors(read(file))]).toEqual([target, expect.arrayContaining([anchor])]);
    }
  });
});

test('local/README.md lists every folder of local/, the addresses and the ports', () => {
  const text = read('local/README.md');
  expect(listedFolders(text).sort()).toEqual(folders('local').sort());
  for (const { address } of regions) expect(text).toContain(address);
  for (const name of [host.bridge, host.bridgeAddress, host.subnet, host.nftTable]) expect(text).toContain(name);
  for (const { port } of Object.values(ports)) {
    expect(text).toContain(` ${port} `);
    expect(read('docs/embedded-platform.md')).toMatch(new RegExp(`\\b${port}\\b`));
  }
});

test('docs/gates.md lists every gate, with its limits', () => {
  const text = read('docs/gates.md');
  const gates = [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  // All Tasks but those that come after the release, or wait for nobody.
  const tasks = readdirSync('rendered/seoul/ci').flatMap((file) => file.match(/^task-(.*)\.yaml$/)?.[1] ?? []);
  const others = ['cache-save', 'dependency-build', 'image-replicate'];
  expect([...gates, ...others].sort()).toEqual(tasks.sort());
  for (const { metric, error } of conditions)
    if (!metric.endsWith('_rating')) expect([metric, text]).toEqual([metric, expect.stringContaining(`${error} %`)]);
});

test('docs/security.md lists every Secret that the platform needs from outside', () => {
  const listed = [...read('docs/security.md').matchAll(/^\| `([\w<>-]+)` \|/gm)].map(([, name]) => name);
  const logins = readdirSync('rendered/seoul/ci').flatMap(
    (file) => file.match(/^externalsecret-(registry-.*)\.yaml$/)?.[1] ?? [],
  );
  const ofStores = new RegExp(`^(?:${services.map(({ name }) => name).join('|')})-(?=(?:kafka|keys|postgres)$)`);
  const ofServices = [aws, { stores: localStores }]
    .flatMap((site) => serviceSecrets(services, environments, site))
    .map(({ name }) => name.replace(ofStores, '<service>-'));
  expect(listed.sort()).toEqual(
    [...secretsFor(['<service>']).map(({ name }) => name), ...logins, ...new Set(ofServices)].sort(),
  );
});

test('docs/security.md names tests that there are', () => {
  const files = testFiles('.');
  const [, section = ''] = read('docs/security.md').split('## Attacks, and where they end');
  const titles = [...(section.split('\n## ')[0] as string).matchAll(/^\|.*\| `(.+)` \|$/gm)].map(
    ([, title]) => title as string,
  );
  expect(titles.length).toBeGreaterThan(10);
  expect(titles.map((title) => fileOf(title, files)).every(Boolean)).toBe(true);
});

test('the table of who reaches whom has every Task', () => {
  const tasks = readdirSync('rendered/seoul/ci').flatMap((file) => file.match(/^task-(.*)\.yaml$/)?.[1] ?? []);
  const pods = Object.entries(sources).flatMap(([name, namespace]) => (namespace === 'ci' ? [name] : []));
  expect(pods.sort()).toEqual(tasks.sort());
});

test('docs/security.md has the table of who reaches whom, as the story boundary compares it', () => {
  expect(read('docs/security.md')).toContain(reachTable());
});

test('every name of the account in docs/aws.md stands in rendered/', () => {
  const all = rendered();
  const names = [...read('docs/aws.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect([name, all.includes(name)]).toEqual([name, true]);
});

test('docs/aws.md says of each part what proves it here, by resources that are rendered and tests that there are', () => {
  const all = rendered();
  const [, table = ''] = read('docs/aws.md').split('| row | resource | proved here by | only on AWS |');
  const rows = [
    ...(table.split('\n## ')[0] as string).matchAll(/^\| ([^|]*) ?\| ([^|]+) \| ([^|]+) \| ([^|]*) ?\|$/gm),
  ];
  // Every line but the one below the head.
  expect(rows.length).toBe((table.split('\n## ')[0]?.match(/^\| /gm) ?? []).length);
  const parts = rows.flatMap(([, part = '']) => part.match(/^S\d+/) ?? []);
  expect(parts).toEqual(Array.from({ length: 16 }, (_, index) => `S${index + 1}`));
  for (const [, , resource = '', proof = ''] of rows) {
    for (const [, name = ''] of resource.matchAll(/`([^`]+)`/g))
      expect([name, all.includes(name)]).toEqual([name, true]);
    expect([resource, /\.test\.ts`|^rules: |^it is planned|\]\(/.test(proof)]).toEqual([resource, true]);
  }
});

test('README.md and docs/aws.md name the stacks in one order', () => {
  const [, listed = ''] = readme.match(/in this order: ([^.]*)\./) ?? [];
  const inReadme = [...listed.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
  const [, table = ''] = read('docs/aws.md').split('| stack | what it makes | its state |');
  const inDocs = [...(table.split('\n\n')[0] as string).matchAll(/^ *\| ((?:`[\w-]+`(?:, )?)+) \|/gm)].flatMap(
    ([, cell = '']) => cell.split(', ').map((name) => name.slice(1, -1)),
  );
  expect(inReadme).toEqual(inDocs);
  expect([...inReadme].sort()).toEqual(readdirSync('rendered/infra').sort());
});

test('every Task and CronJob of the pipeline is named in docs/', () => {
  const pages = documents
    .filter((name) => name.startsWith('docs/') && name !== 'docs/guarantees.md')
    .map(read)
    .join('');
  const names = readdirSync('rendered/seoul/ci').flatMap(
    (file) => file.match(/^(?:task|cronjob)-(.*)\.yaml$/)?.[1] ?? [],
  );
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect([name, pages.includes(`\`${name}\``)]).toEqual([name, true]);
});
