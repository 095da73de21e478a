import { expect, test } from '@jest/globals';
import { services } from '../../apps/index.ts';
import { platform } from '../../apps/platform/index.ts';
import { renderTree } from '../../main.ts';
import { awsTree } from '../../trees.testing.ts';
import type { RegionSite, Site } from '../overlay.ts';
import { byRegion } from '../regions/index.ts';
import { aws } from './aws.ts';
import { localImages } from './local.testing.ts';
import { local } from './local.ts';

/** What watches a cluster, one of each. */
const watching = ['alertmanager', 'grafana', 'kube-state-metrics', 'prometheus'];

/** The files that move when one field of aws becomes that of local, with `<app>` for each service, and so on. What is not listed is what was tried. */
const moves: Record<keyof Omit<Site, 'regions'>, string[]> = {
  ingress: [
    'dev/<app>/<app>',
    'dr/<app>/<app>',
    'prod/<app>/<app>',
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/ci/ingress-hooks',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
  ],
  registry: [
    'seoul/ci/cronjob-backfill-replicas',
    'seoul/ci/cronjob-prune-images',
    'seoul/ci/networkpolicy-prune-images',
    'seoul/ci/serviceaccount-prune-images',
    'seoul/ci/task-<task>',
  ],
  forge: [
    'seoul/argocd/application-<app>-dev',
    'seoul/argocd/application-<app>-prod',
    'seoul/argocd/application-<component>',
    'seoul/argocd/appproject-dev',
    'seoul/argocd/appproject-platform',
    'seoul/argocd/appproject-prod',
    'seoul/ci/cronjob-redeliver-pushes',
    'seoul/ci/task-<task>',
    'seoul/ci/trigger-<app>',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
    'seoul/notifier/deployment-notifier',
    'tokyo/argocd/application-<app>-dr',
    'tokyo/argocd/application-<component>',
    'tokyo/argocd/appproject-dr',
    'tokyo/argocd/appproject-platform',
    'tokyo/notifier/deployment-notifier',
  ],
  images: [
    'seoul/ci/cronjob-backfill-replicas',
    'seoul/ci/cronjob-redeliver-pushes',
    'seoul/ci/task-<task>',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
    'seoul/fence/deployment-fence',
  ],
  baseImages: ['seoul/ci/triggertemplate-<app>', 'seoul/ci/validatingadmissionpolicy-ci-listen'],
  signingKey: ['seoul/ci/networkpolicy-reach-internet', 'seoul/ci/networkpolicy-sign', 'seoul/ci/task-<task>'],
  scanDatabase: ['seoul/ci/networkpolicy-reach-internet', 'seoul/ci/task-<task>'],
  sonarqube: ['seoul/ci/task-<task>'],
  secrets: [
    'dev/<app>/<app>',
    'dr/<app>/<app>',
    'prod/<app>/<app>',
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/argocd/appproject-dev',
    'seoul/argocd/appproject-platform',
    'seoul/argocd/appproject-prod',
    'seoul/argocd/externalsecret-<secret>',
    'seoul/ci/ecrauthorizationtoken-<secret>',
    'seoul/ci/externalsecret-<secret>',
    'seoul/ci/externalsecret-webhook-<app>',
    'seoul/datadog/externalsecret-<secret>',
    'seoul/fence/externalsecret-<secret>',
    'seoul/notifier/externalsecret-<secret>',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
    'tokyo/argocd/appproject-dr',
    'tokyo/argocd/appproject-platform',
    'tokyo/argocd/externalsecret-<secret>',
    'tokyo/datadog/externalsecret-<secret>',
    'tokyo/notifier/externalsecret-<secret>',
  ],
  stores: [
    'dev/<app>/<app>',
    'dr/<app>/<app>',
    'prod/<app>/<app>',
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
  ],
  // Both have one.
  entrance: [],
  mostReplicas: [
    'dr/<app>/<app>',
    'prod/<app>/<app>',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/cluster/resourcequota-prod-bounds',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
    'tokyo/cluster/resourcequota-dr-bounds',
  ],
  onDemandNodes: [
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
    'seoul/fence/deployment-fence',
    ...watching.map((name) => `seoul/monitoring/deployment-${name}`),
    'seoul/notifier/deployment-notifier',
    ...watching.map((name) => `tokyo/monitoring/deployment-${name}`),
    'tokyo/notifier/deployment-notifier',
  ],
  runs: [
    'seoul/argocd/appproject-platform',
    'seoul/ci/resourcequota-bounds',
    'seoul/ci/storageclass-run-<app>',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
    'seoul/cluster/nodepool-runs',
  ],
  networks: [
    // Of those that use DynamoDB or S3, the internet is all that is not theirs.
    'dev/<app>/<app>',
    'dr/<app>/<app>',
    'prod/<app>/<app>',
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/ci/networkpolicy-reach-forge',
    'seoul/ci/networkpolicy-reach-internet',
    'seoul/ci/networkpolicy-reach-registry',
    'seoul/ci/networkpolicy-reach-sonarqube',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
  ],
  webhookPorts: ['seoul/notifier/networkpolicy-notifier', 'tokyo/notifier/networkpolicy-notifier'],
};

/** The same for the fields that each region has. */
const regionMoves: Record<keyof RegionSite, string[]> = {
  registry: [
    'dev/<app>/kustomization',
    'dr/<app>/kustomization',
    'prod/<app>/kustomization',
    'seoul/admission/validatingadmissionpolicy-pods-dev',
    'seoul/admission/validatingadmissionpolicy-pods-prod',
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/ci/cronjob-backfill-replicas',
    'seoul/ci/externalsecret-<secret>',
    'seoul/ci/triggertemplate-<app>',
    'seoul/ci/validatingadmissionpolicy-ci-listen',
    'tokyo/admission/validatingadmissionpolicy-pods-dr',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
  ],
  notifierImage: ['seoul/notifier/deployment-notifier', 'tokyo/notifier/deployment-notifier'],
  argocdLink: ['seoul/notifier/deployment-notifier', 'tokyo/notifier/deployment-notifier'],
  nodes: [
    'seoul/argocd/appproject-platform',
    'seoul/cluster/ec2nodeclass-default',
    'seoul/cluster/nodepool-on-demand',
    'seoul/cluster/nodepool-runs',
    'seoul/cluster/nodepool-spot',
    'tokyo/argocd/appproject-platform',
    'tokyo/cluster/ec2nodeclass-default',
    'tokyo/cluster/nodepool-on-demand',
    'tokyo/cluster/nodepool-spot',
  ],
  logs: [
    'seoul/argocd/application-<component>',
    'seoul/argocd/appproject-platform',
    'seoul/cluster/namespace-logging',
    'seoul/cluster/networkpolicy-logging-default-deny',
    'seoul/logging/configmap-fluent-bit',
    'seoul/logging/daemonset-fluent-bit',
    'seoul/logging/networkpolicy-fluent-bit',
    'seoul/logging/serviceaccount-fluent-bit',
    'tokyo/argocd/application-<component>',
    'tokyo/argocd/appproject-platform',
    'tokyo/cluster/namespace-logging',
    'tokyo/cluster/networkpolicy-logging-default-deny',
    'tokyo/logging/configmap-fluent-bit',
    'tokyo/logging/daemonset-fluent-bit',
    'tokyo/logging/networkpolicy-fluent-bit',
    'tokyo/logging/serviceaccount-fluent-bit',
  ],
  monitoring: ['seoul', 'tokyo'].flatMap((region) =>
    [
      'argocd/application-<component>',
      'argocd/appproject-platform',
      'datadog/datadogagent-datadog',
      'datadog/datadoggenericresource-<signal>',
      'datadog/externalsecret-<secret>',
      'monitoring/configmap-grafana-etc-grafana-dashboards',
      'monitoring/configmap-grafana-etc-grafana-provisioning-dashboards',
      'monitoring/configmap-grafana-etc-grafana-provisioning-datasources',
      'monitoring/configmap-prometheus-etc-prometheus',
      'monitoring/daemonset-node-exporter',
      ...watching.map((name) => `monitoring/deployment-${name}`),
      'monitoring/networkpolicy-grafana',
      'monitoring/networkpolicy-prometheus',
      'monitoring/persistentvolumeclaim-prometheus-prometheus',
      'monitoring/role-ingress-prometheus',
      'monitoring/rolebinding-ingress-prometheus',
      'monitoring/service-grafana',
      'monitoring/serviceaccount-grafana',
      'monitoring/storageclass-monitoring',
    ].map((file) => `${region}/${file}`),
  ),
};

const embedded = local(localImages, { stores: true });
const anyOf = (list: readonly { name: string }[]) => list.map(({ name }) => name).join('|');
/** Names that come and go with what they name. */
const kinds: [RegExp, string][] = [
  [new RegExp(`\\b(?:${anyOf(services)})\\b`, 'g'), '<app>'],
  [new RegExp(`/application-(?:${anyOf(platform)})$`), '/application-<component>'],
  [/\/task-[a-z-]+$/, '/task-<task>'],
  [/\/datadoggenericresource-[a-z-]+$/, '/datadoggenericresource-<signal>'],
  [/\/(externalsecret|ecrauthorizationtoken)-[a-z-]+$/, '/$1-<secret>'],
];

function moved(site: Site): string[] {
  const tree = renderTree(site);
  const paths = [...new Set([...awsTree.keys(), ...tree.keys()])].filter(
    (path) => awsTree.get(path) !== tree.get(path),
  );
  const short = (path: string) => kinds.reduce((text, [name, kind]) => text.replace(name, kind), path.slice(9, -5));
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

test('a site without monitoring leaves out what watches, and what lets it in', () => {
  const regions = byRegion(({ name }) => ({ ...aws.regions[name], monitoring: undefined }));
  const own = moved({ ...aws, regions }).filter((path) => !/\/(?:monitoring|datadog)\//.test(path));
  expect(own).toEqual([
    ...['dev/<app>/<app>', 'dr/<app>/<app>', 'prod/<app>/<app>'],
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/argocd/application-<component>',
    'seoul/argocd/appproject-platform',
    'seoul/cluster/namespace-monitoring',
    'seoul/cluster/networkpolicy-monitoring-default-deny',
    'seoul/notifier/configmap-alerts-told',
    'seoul/notifier/deployment-notifier',
    'seoul/notifier/networkpolicy-notifier',
    'seoul/notifier/role-notifier',
    'seoul/notifier/rolebinding-notifier',
    'seoul/notifier/service-notifier',
    'seoul/tekton/networkpolicy-metrics',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
    'tokyo/argocd/application-<component>',
    'tokyo/argocd/appproject-platform',
    'tokyo/cluster/namespace-monitoring',
    'tokyo/cluster/networkpolicy-monitoring-default-deny',
    'tokyo/notifier/configmap-alerts-told',
    'tokyo/notifier/deployment-notifier',
    'tokyo/notifier/networkpolicy-notifier',
    'tokyo/notifier/role-notifier',
    'tokyo/notifier/rolebinding-notifier',
    'tokyo/notifier/service-notifier',
  ]);
});

test('a site without stores moves what services have of them, their number, and what projects allow', () => {
  expect(moved({ ...aws, stores: undefined })).toEqual([
    'dev/<app>/<app>',
    'dr/<app>/<app>',
    'prod/<app>/<app>',
    'seoul/admission/validatingadmissionpolicy-releases-dev',
    'seoul/admission/validatingadmissionpolicy-releases-prod',
    'seoul/argocd/appproject-dev',
    'seoul/argocd/appproject-prod',
    'seoul/cluster/resourcequota-dev-bounds',
    'seoul/cluster/resourcequota-prod-bounds',
    'tokyo/admission/validatingadmissionpolicy-releases-dr',
    'tokyo/argocd/appproject-dr',
    'tokyo/cluster/resourcequota-dr-bounds',
  ]);
});
