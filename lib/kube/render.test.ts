import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { parseAllDocuments } from 'yaml';
import { UserError } from '../errors.ts';
import { compare, header, manifests, TreeBuilder, write } from './render.ts';

const config = (chart: Chart, name: string, metadata = {}) =>
  new ApiObject(chart, `config-${name}-${Object.values(metadata)}`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
  });

const shop = { region: 'seoul', folder: 'rendered/shop', source: 'apps/shop.ts', namespace: 'shop' };

test('objects get the namespace given, those of the whole cluster none', () => {
  const objects = manifests('shop', (chart) => {
    config(chart, 'a');
    config(chart, 'b', { namespace: 'other' });
    new k8s.KubeClusterRole(chart, 'role', { metadata: { name: 'c' } });
  });
  expect(objects.map(({ metadata }) => metadata)).toEqual([
    { name: 'a', namespace: 'shop' },
    { name: 'b', namespace: 'other' },
    { name: 'c' },
  ]);
});

test('every fault that constructs find in themselves is reported at once', () => {
  const build = (chart: Chart) => {
    for (const name of ['a', 'b']) config(chart, name).node.addValidation({ validate: () => [`${name} is wrong`] });
  };
  expect(() => manifests('shop', build)).toThrow(/a is wrong\n.*b is wrong/);
});

test('each validation runs once', () => {
  let times = 0;
  manifests('shop', (chart) => {
    chart.node.addValidation({
      validate: () => {
        times++;
        return [];
      },
    });
    for (const name of ['a', 'b', 'c']) config(chart, name);
  });
  expect(times).toBe(1);
});

test('an order among constructs is refused, because nothing here would keep it', () => {
  expect(() => manifests('shop', (chart) => config(chart, 'a').addDependency(config(chart, 'b')))).toThrow(
    'sync waves',
  );
});

test('a file is named after kind and name, and after the namespace where that is a foreign one', () => {
  const tree = new TreeBuilder();
  const objects = manifests('shop', (chart) => [config(chart, 'a'), config(chart, 'a', { namespace: 'other' })]);
  expect(tree.add({ ...shop, objects })).toEqual(['configmap-a.yaml', 'configmap-other-a.yaml']);
  expect(tree.files.get('rendered/shop/configmap-a.yaml')).toBe(`# generated from apps/shop.ts by npm run render
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: shop
`);
});

test('a chart of which there are thousands is one file', () => {
  const tree = new TreeBuilder();
  const objects = manifests('shop', (chart) => [config(chart, 'a'), config(chart, 'b')]);
  expect(tree.add({ ...shop, objects, together: 'shop.yaml' })).toEqual(['shop.yaml']);
  const text = tree.files.get('rendered/shop/shop.yaml') ?? '';
  expect(parseAllDocuments(text).map((document) => document.toJS())).toEqual(objects);
  expect(text.match(/^# generated from/gm)).toHaveLength(1);
});

test('an object that is there already is refused, also in another folder; all of them are named', () => {
  const tree = new TreeBuilder();
  const objects = manifests('shop', (chart) => [config(chart, 'a'), config(chart, 'b')]);
  tree.add({ ...shop, objects });
  const again = () => tree.add({ ...shop, folder: 'rendered/other', source: 'apps/other.ts', objects });
  expect(again).toThrow(UserError);
  expect(again).toThrow(
    'apps/other.ts: ConfigMap shop/a is already in rendered/shop/configmap-a.yaml; give every object a name of its own\napps/other.ts: ConfigMap shop/b',
  );
});

test('two regions may have objects of one name', () => {
  const tree = new TreeBuilder();
  const objects = manifests('shop', (chart) => config(chart, 'a'));
  tree.add({ ...shop, objects });
  tree.add({ ...shop, region: 'tokyo', folder: 'rendered/other', objects });
  expect(tree.files.size).toBe(2);
});

test('a file that is there already is refused, whoever adds it', () => {
  const tree = new TreeBuilder();
  tree.add({ ...shop, objects: manifests('shop', (chart) => config(chart, 'a')) });
  expect(() => tree.addFile('rendered/shop/configmap-a.yaml', 'apps/shop.ts', {})).toThrow(
    'apps/shop.ts: rendered/shop/configmap-a.yaml is in the tree already',
  );
});

test.each([
  ['v1', 'Namespace', true],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', true],
  ['rbac.authorization.k8s.io/v1', 'Role', false],
  ['karpenter.sh/v1', 'NodePool', true],
  ['tekton.dev/v1', 'Task', false],
])('%s %s has no namespace: %s', (apiVersion, kind, none) => {
  const [object] = manifests('shop', (chart) => {
    new ApiObject(chart, 'x', { apiVersion, kind, metadata: { name: 'x' } });
  });
  expect(object?.metadata.namespace).toBe(none ? undefined : 'shop');
});

test('a custom kind whose scope nobody stated is a fault', () => {
  const build = (chart: Chart) => new ApiObject(chart, 'x', { apiVersion: 'example.com/v1', kind: 'Namespace' });
  expect(() => manifests('shop', build)).toThrow(/kind Namespace of example.com\/v1: given no scope/);
});

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'render-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

test('only what differs is written, what a former render left is deleted with its empty folders, the rest is left alone', () => {
  const same = `${header('a')}same\n`;
  put('rendered/a/same.yaml', same);
  put('rendered/a/old.yaml', `${header('a')}old\n`);
  put('rendered/gone/deep/x.yaml', `${header('b')}x\n`);
  put('rendered/a/notes.md', 'by a person\n');
  put('elsewhere/x.yaml', `${header('b')}x\n`);
  const before = statSync(join(root, 'rendered/a/same.yaml'), { bigint: true }).mtimeNs;
  const tree = new Map([
    ['rendered/a/same.yaml', same],
    ['rendered/a/old.yaml', `${header('a')}new\n`],
    ['rendered/b/c/new.yaml', `${header('a')}new\n`],
  ]);
  const found = write(root, 'rendered', tree);
  expect(found).toEqual({
    missing: ['rendered/b/c/new.yaml'],
    changed: ['rendered/a/old.yaml'],
    stale: ['rendered/gone/deep/x.yaml'],
    foreign: ['rendered/a/notes.md'],
  });
  expect(statSync(join(root, 'rendered/a/same.yaml'), { bigint: true }).mtimeNs).toBe(before);
  expect(readFileSync(join(root, 'rendered/a/old.yaml'), 'utf8')).toContain('new');
  expect(readdirSync(join(root, 'rendered')).sort()).toEqual(['a', 'b']);
  expect(existsSync(join(root, 'elsewhere/x.yaml'))).toBe(true);
  expect(compare(root, 'rendered', tree)).toEqual({
    missing: [],
    changed: [],
    stale: [],
    foreign: ['rendered/a/notes.md'],
  });
});
