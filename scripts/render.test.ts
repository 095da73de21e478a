import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { services } from '../apps/index.ts';
import type { Service } from '../apps/service.ts';
import { parseRelease } from '../lib/release/releases.ts';
import { environments as overlays } from '../overlays/environments/index.ts';
import { regions } from '../overlays/regions/index.ts';
import { type LocalImages, localImageNames } from '../overlays/sites/local.ts';
import { run } from './render.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const localImages = Object.fromEntries(
  localImageNames.map((name) => [name, `registry.internal:5000/platform/${name.toLowerCase()}@${digest}`]),
) as LocalImages;
const environments = overlays.map(({ name }) => name);

let root = '';
let output = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'render-'));
  output = '';
  for (const method of ['log', 'error'] as const)
    jest.spyOn(console, method).mockImplementation((text: string) => {
      output += `${text}\n`;
    });
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true });
});

test('rendered/ is what the sources say', () => {
  expect([run(['--check']), output]).toEqual([0, '']);
});

const imagesFile = () => {
  writeFileSync(join(root, 'images.json'), JSON.stringify(localImages));
  return join(root, 'images.json');
};
const out = () => join(root, 'out');
const render = (given: readonly Service[] = services) => run(['--out', out()], given);

test('--help shows the options', () => {
  expect(run(['--help'])).toBe(0);
  for (const option of ['--check', '--site', '--images', '--out']) expect(output).toContain(option);
});

test.each([
  ['--bogus', 'bogus'],
  ['extra', 'extra'],
  ['--site=mars', 'given "mars", allowed aws and local'],
  ['--site=local', 'needs --images'],
  ['--images=x.json', 'goes with --site local'],
  ['--site=local --images=/does/not/exist --out=x', 'cannot be read as JSON'],
  ['--out', 'out'],
])('wrong arguments are reported in words, status 2: %s', (line, words) => {
  expect(run(line.split(' '))).toBe(2);
  expect(output).toContain(words);
  expect(output).not.toContain('    at ');
});

test('a folder that cannot be written to is reported in words, status 1', () => {
  writeFileSync(out(), '');
  expect(render()).toBe(1);
  expect(output).toMatch(/^render: .*out/);
  expect(output).not.toContain('    at ');
});

test('the local site never lands in the repository', () => {
  expect(run(['--site', 'local', '--images', imagesFile()])).toBe(2);
  expect(output).toContain('needs --out');
});

test('every fault of an image map is reported at once', () => {
  writeFileSync(
    join(root, 'bad.json'),
    JSON.stringify({ ...localImages, git: 'git:latest', crane: undefined, more: 1 }),
  );
  expect(run(['--site', 'local', '--images', join(root, 'bad.json'), '--out', out()])).toBe(2);
  for (const name of ['git: given "git:latest"', 'crane: given nothing', 'more: unknown'])
    expect(output).toContain(name);
  expect(existsSync(out())).toBe(false);
});

test('the local site is rendered into a folder, with release files that wait', () => {
  expect(run(['--site', 'local', '--images', imagesFile(), '--out', out()])).toBe(0);
  expect(existsSync(join(out(), 'rendered/seoul/ci/pipeline-deliver.yaml'))).toBe(true);
  expect(
    parseRelease(readFileSync(join(out(), 'releases/dev/ticket/kustomization.yaml'), 'utf8'), 'ticket'),
  ).toBeUndefined();
});

test('wrong services are reported all at once, status 1, and nothing is written', () => {
  const wrong = [
    { ...services[0], name: 'Not_DNS', colour: 'red' },
    { ...services[1], port: 0 },
  ] as Service[];
  expect(render(wrong)).toBe(1);
  for (const words of ['Not_DNS', 'colour', 'port', 'nothing was written']) expect(output).toContain(words);
  expect(output).not.toContain('    at ');
  expect(existsSync(out())).toBe(false);
});

test('a second render changes nothing', () => {
  render();
  output = '';
  expect(render()).toBe(0);
  expect(output).toContain('0 added, 0 changed, 0 deleted');
});

test('a release that is there is never touched', () => {
  const path = join(out(), 'releases/prod/ticket/kustomization.yaml');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'a release\n');
  render();
  expect(readFileSync(path, 'utf8')).toBe('a release\n');
});

test('G30: a service that is taken out loses its files and its Applications, not its releases', () => {
  render();
  render(services.filter(({ name }) => name !== 'live'));
  const left = readdirSync(out(), { recursive: true }) as string[];
  const releases = environments.flatMap((name) => [
    `releases/${name}/live`,
    `releases/${name}/live/kustomization.yaml`,
  ]);
  expect(left.filter((path) => /\blive\b/.test(path)).sort()).toEqual(releases.sort());
});

test('a new service is one entry', () => {
  render([...services, { ...(services[0] as Service), name: 'refund', secrets: {} }]);
  for (const environment of environments) {
    expect(readdirSync(join(out(), 'rendered', environment, 'refund')).sort()).toEqual([
      'kustomization.yaml',
      'refund.yaml',
    ]);
    expect(
      existsSync(
        join(
          out(),
          `rendered/${environment === 'dr' ? 'tokyo' : 'seoul'}/argocd/application-refund-${environment}.yaml`,
        ),
      ),
    ).toBe(true);
    expect(existsSync(join(out(), `releases/${environment}/refund/kustomization.yaml`))).toBe(true);
  }
});

test('--check names what differs and the cure, and writes nothing', () => {
  render();
  cpSync(join(out(), 'rendered/dev/ticket'), join(out(), 'rendered/dev/gone'), { recursive: true });
  writeFileSync(join(out(), 'rendered/seoul/ci/pipeline-deliver.yaml'), 'edited\n');
  rmSync(join(out(), 'rendered/prod/live/live.yaml'));
  rmSync(join(out(), 'releases/dr'), { recursive: true });
  writeFileSync(join(out(), 'rendered/notes.md'), 'hello\n');
  output = '';
  expect(run(['--check', '--out', out()])).toBe(1);
  for (const line of [
    'rendered/seoul/ci/pipeline-deliver.yaml differs from its sources',
    'rendered/prod/live/live.yaml is missing',
    'releases/dr/ticket/kustomization.yaml is missing',
    'rendered/dev/gone/ticket.yaml no longer has a source',
    'rendered/notes.md was not written by a render',
    'npm run render',
  ])
    expect(output).toContain(line);
  expect(readFileSync(join(out(), 'rendered/seoul/ci/pipeline-deliver.yaml'), 'utf8')).toBe('edited\n');
  expect(existsSync(join(out(), 'releases/dr'))).toBe(false);
});

test('an account of somebody with endpoints that nobody copied: the render says so, and --check fails', () => {
  const [region] = regions;
  if (!region) throw new Error('regions: given none');
  const { account } = region.aws;
  region.aws.account = '210987654321';
  try {
    expect(run(['--out', out()])).toBe(0);
    expect(output).toContain(
      'overlays/assigned.ts: globalDatabase: given "example", allowed the part that AWS made up',
    );
    output = '';
    expect(run(['--out', out(), '--check'])).toBe(1);
    expect(output.match(/overlays\/assigned\.ts: /g)).toHaveLength(4);
    expect(output).not.toContain('differs');
  } finally {
    region.aws.account = account;
  }
});
