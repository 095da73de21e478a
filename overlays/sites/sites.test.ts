import { expect, test } from '@jest/globals';
import { renderTree } from '../../main.ts';
import { awsTree, localImages } from '../../trees.testing.ts';
import type { RegionSite, Site } from '../overlay.ts';
import { byRegion } from '../regions/index.ts';
import { aws } from './aws.ts';
import { local } from './local.ts';

/** The files that move when one field of aws becomes that of local, `<app>` for each service. What is not listed is what was tried. */
const moves: Record<keyof Omit<Site, 'regions'>, string[]> = {
  ingress: ['dev/<app>/<app>', 'dr/<app>/<app>', 'prod/<app>/<app>', 'seoul/ci/ingress-hooks'],
  registry: [
    'seoul/ci/cronjob-backfill-replicas',
    'seoul/ci/task-cache-save',
    'seoul/ci/task-dependency-build',
    'seoul/ci/task-git-clone',
    'seoul/ci/task-image-push',
    'seoul/ci/task-image-replicate',
    'seoul/ci/task-kaniko-build',
    'seoul/ci/task-release',
  ],
  forge: [
    'seoul/argocd/application-<app>-dev',
    'seoul/argocd/application-<app>-prod',
    'seoul/argocd/application-ci',
    'seoul/argocd/application-cluster',
    'seoul/argocd/application-notifier',
    'seoul/argocd/application-platform',
    'seoul/argocd/appproject-dev',
    'seoul/argocd/appproject-platform',
    'seoul/argocd/appproject-prod',
    'seoul/ci/cronjob-redeliver-pushes',
    'seoul/ci/task-release',
    'seoul/ci/trigger-<app>',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
    'seoul/notifier/deployment-notifier',
    'tokyo/argocd/application-<app>-dr',
    'tokyo/argocd/application-cluster',
    'tokyo/argocd/application-notifier',
    'tokyo/argocd/application-platform',
    'tokyo/argocd/appproject-dr',
    'tokyo/argocd/appproject-platform',
    'tokyo/notifier/deployment-notifier',
  ],
  images: [
    'seoul/ci/cronjob-backfill-replicas',
    'seoul/ci/cronjob-redeliver-pushes',
    'seoul/ci/task-cache-save',
    'seoul/ci/task-dependency-build',
    'seoul/ci/task-git-clone',
    'seoul/ci/task-image-push',
    'seoul/ci/task-image-replicate',
    'seoul/ci/task-kaniko-build',
    'seoul/ci/task-release',
    'seoul/ci/task-sonar-scan',
    'seoul/ci/task-trivy-scan',
    'seoul/ci/task-unit-test',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
  ],
  baseImages: ['seoul/ci/triggertemplate-<app>', 'seoul/ci/validatingadmissionpolicy-ci-listen'],
  signingKey: ['seoul/ci/networkpolicy-sign', 'seoul/ci/task-image-push'],
  scanDatabase: ['seoul/ci/task-trivy-scan'],
  sonarqube: ['seoul/ci/task-sonar-scan'],
  secrets: [
    'seoul/argocd/appproject-platform',
    'seoul/argocd/externalsecret-argocd-secret',
    'seoul/argocd/externalsecret-platform-repository',
    'seoul/ci/ecrauthorizationtoken-registry-pull-seoul',
    'seoul/ci/ecrauthorizationtoken-registry-push-seoul',
    'seoul/ci/ecrauthorizationtoken-registry-replicate-seoul',
    'seoul/ci/ecrauthorizationtoken-registry-replicate-tokyo',
    'seoul/ci/externalsecret-forge-read',
    'seoul/ci/externalsecret-forge-write',
    'seoul/ci/externalsecret-registry-pull',
    'seoul/ci/externalsecret-registry-push',
    'seoul/ci/externalsecret-registry-replicate',
    'seoul/ci/externalsecret-signing-public-key',
    'seoul/ci/externalsecret-sonarqube',
    'seoul/ci/externalsecret-webhook',
    'seoul/notifier/externalsecret-slack',
    'tokyo/argocd/appproject-platform',
    'tokyo/argocd/externalsecret-argocd-secret',
    'tokyo/argocd/externalsecret-platform-repository',
    'tokyo/notifier/externalsecret-slack',
  ],
  onDemandNodes: [
    'seoul/ci/triggertemplate-<app>',
    'seoul/notifier/deployment-notifier',
    'tokyo/notifier/deployment-notifier',
  ],
  webhookPorts: ['seoul/notifier/networkpolicy-notifier', 'tokyo/notifier/networkpolicy-notifier'],
};

/** The same for the fields that each region has. */
const regionMoves: Record<keyof RegionSite, string[]> = {
  registry: [
    'dev/<app>/kustomization',
    'dr/<app>/kustomization',
    'prod/<app>/kustomization',
    'seoul/ci/cronjob-backfill-replicas',
    'seoul/ci/externalsecret-registry-pull',
    'seoul/ci/externalsecret-registry-push',
    'seoul/ci/externalsecret-registry-replicate',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
  ],
  notifierImage: ['seoul/notifier/deployment-notifier', 'tokyo/notifier/deployment-notifier'],
  argocdLink: ['seoul/notifier/deployment-notifier', 'tokyo/notifier/deployment-notifier'],
  nodes: [
    'seoul/argocd/appproject-platform',
    'seoul/cluster/ec2nodeclass-default',
    'seoul/cluster/nodepool-on-demand',
    'seoul/cluster/nodepool-spot',
    'tokyo/argocd/appproject-platform',
    'tokyo/cluster/ec2nodeclass-default',
    'tokyo/cluster/nodepool-on-demand',
    'tokyo/cluster/nodepool-spot',
  ],
};

const embedded = local(localImages);

function moved(site: Site): string[] {
  const tree = renderTree(site);
  const paths = [...new Set([...awsTree.keys(), ...tree.keys()])].filter(
    (path) => awsTree.get(path) !== tree.get(path),
  );
  const short = (path: string) =>
    path.replace(/^rendered\/|\.yaml$/g, '').replace(/\b(?:booking|ticket|live)\b/g, '<app>');
  return [...new Set(paths.map(short))].sort();
}

test('a site has the fields of the lists, and no other', () => {
  expect(Object.keys(moves).sort()).toEqual(
    Object.keys(aws)
      .filter((name) => name !== 'regions')
      .sort(),
  );
  for (const region of Object.values(aws.regions))
    expect(Object.keys(regionMoves).sort()).toEqual(Object.keys(region).sort());
});

test.each(Object.entries(moves))('local in place of aws moves these files: %s', (field, files) => {
  expect(moved({ ...aws, [field]: embedded[field as keyof Site] })).toEqual(files);
});

test.each(Object.entries(regionMoves))('local in place of aws in each region moves these files: %s', (field, files) => {
  const regions = byRegion(({ name }) => ({
    ...aws.regions[name],
    [field]: embedded.regions[name][field as keyof RegionSite],
  }));
  expect(moved({ ...aws, regions })).toEqual(files);
});
