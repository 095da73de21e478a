import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { manifests } from '../../lib/kube/render.ts';
import { dev } from '../../overlays/environments/dev.ts';
import { environments } from '../../overlays/environments/index.ts';
import { seoul } from '../../overlays/regions/seoul.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { sites } from '../../trees.testing.ts';
import { componentApp } from '../app.ts';
import { argocd } from './argocd.ts';

describe.each(Object.entries(sites))('the Applications of %s', (_, tree) => {
  test('each folder has one Application, whose project allows every object in it', () => {
    const of = (kind: string) => tree.filter(({ object }) => object.kind === kind);
    // Each cluster has an Argo CD of its own, with its own project `platform`.
    const projects = new Map(
      of('AppProject').map(({ path, object }) => [`${dirname(path)} ${object.metadata.name}`, object.spec]),
    );
    const applications = new Map(
      of('Application').map(({ path, object: { spec } }) => [
        spec.source.path,
        { ...spec, allowed: projects.get(`${dirname(path)} ${spec.project}`) },
      ]),
    );
    const refused = tree.filter(({ path, object }) => {
      const application = applications.get(dirname(path));
      const project = application?.allowed;
      if (!project?.sourceRepos.includes(application?.source.repoURL)) return true;
      const [group, kind] = [object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '', object.kind];
      const listed = (entry: { group: string; kind: string; name?: string }) =>
        entry.group === group && entry.kind === kind && (entry.name ?? object.metadata.name) === object.metadata.name;
      const { namespace } = object.metadata;
      if (namespace === undefined) return !project.clusterResourceWhitelist.some(listed);
      const lands = project.destinations.some(
        (place: { server: string; namespace: string }) =>
          place.server === application?.destination.server && place.namespace === namespace,
      );
      return !lands || !project.namespaceResourceWhitelist.some(listed);
    });
    expect(refused.map(({ path }) => path)).toEqual([]);
    expect(new Set(tree.map(({ path }) => dirname(path)))).toEqual(new Set(applications.keys()));
  });

  test('an Application is rendered again only when its own folders change', () => {
    for (const { object } of tree.filter(({ object }) => object.kind === 'Application')) {
      const { path } = object.spec.source;
      const service = /^rendered\/(dev|prod|dr)\/([\w-]+)$/.exec(path);
      const expected = service ? `/${path};/releases/${service[1]}/${service[2]}` : `/${path}`;
      expect(object.metadata.annotations['argocd.argoproj.io/manifest-generate-paths']).toBe(expected);
    }
  });

  test('the project of an environment allows its namespace and no cluster-scoped kind', () => {
    for (const { name } of environments) {
      const [project] = tree.filter(({ object }) => object.kind === 'AppProject' && object.metadata.name === name);
      expect(project?.object.spec.clusterResourceWhitelist).toEqual([]);
      expect(project?.object.spec.destinations.map(({ namespace }: { namespace: string }) => namespace)).toEqual([
        name,
      ]);
    }
  });
});

test('the project of an environment allows what is rendered there, with children, of the kinds that a service may consist of', () => {
  const object = (apiVersion: string, kind: string) => ({
    apiVersion,
    kind,
    metadata: { name: 'a', namespace: 'dev' },
  });
  const objects = [
    object('v1', 'Service'),
    object('batch/v1', 'Job'),
    // A service consists of no such.
    object('v1', 'ConfigMap'),
    object('rbac.authorization.k8s.io/v1', 'RoleBinding'),
  ];
  const app = { ...componentApp(argocd, seoul), project: 'dev' };
  const target = {
    site: aws,
    region: seoul,
    overlays: [dev],
    services: [],
    components: [],
    renderedSoFar: [{ app, objects }],
  };
  const build = argocd.charts['apps/platform/argocd.ts'];
  const project = manifests('argocd', (chart) => build?.(chart, target)).find(
    ({ metadata }) => metadata.name === 'dev',
  );
  expect(project?.spec.namespaceResourceWhitelist).toEqual([
    { group: '', kind: 'Service' },
    { group: '', kind: 'Pod' },
    { group: 'batch', kind: 'Job' },
    { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
  ]);
});

test('the project of the platform allows rendered kinds and their children; cluster-scoped objects by name', () => {
  const platformObjects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'a', namespace: 'shop' } },
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'b', namespace: 'shop' } },
  ];
  const target = {
    site: aws,
    region: seoul,
    overlays: [],
    services: [],
    components: [],
    renderedSoFar: [{ app: componentApp(argocd, seoul), objects: platformObjects }],
  };
  const build = argocd.charts['apps/platform/argocd.ts'];
  const [project] = manifests('argocd', (chart) => build?.(chart, target));
  expect(project?.spec).toMatchObject({
    clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'shop' }],
    destinations: [{ namespace: 'argocd' }, { namespace: 'shop' }],
    namespaceResourceWhitelist: [
      { group: '', kind: 'Pod' },
      { group: 'argoproj.io', kind: 'AppProject' },
      { group: 'argoproj.io', kind: 'Application' },
      { group: 'batch', kind: 'CronJob' },
      { group: 'batch', kind: 'Job' },
    ],
  });
});
