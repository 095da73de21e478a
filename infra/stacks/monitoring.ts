import { CloudwatchDashboard } from '@cdktn/provider-aws/lib/cloudwatch-dashboard/index.js';
import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias/index.js';
import { DataAwsLb } from '@cdktn/provider-aws/lib/data-aws-lb/index.js';
import { DataAwsLbTargetGroup } from '@cdktn/provider-aws/lib/data-aws-lb-target-group/index.js';
import { alarmsOf, cloudwatchDashboard, type Place } from '../../monitoring/cloudwatch.ts';
import type { CloudwatchPlace } from '../../monitoring/signal.ts';
import { lagging } from '../../monitoring/signals/services.ts';
import type { Landing } from '../../overlays/landing.ts';
import { clusters, edge, gateway, kafkaCluster, keyAlias, logStreams, topicName } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import { alarmsTopic, containerInsights, metricAlarm } from '../constructs/monitoring.ts';
import type { Ground } from '../ground.ts';
import type { Scope, Stack } from '../stack.ts';

/** What has metrics in a region, and by which dimensions CloudWatch knows it. */
function placesIn(
  scope: Scope,
  region: Region & Landing,
  environments: readonly string[],
): Record<CloudwatchPlace, Place[]> {
  const provider = scope.provider(region.name);
  const { name: cluster } = clusters[region.name];
  const { loadBalancer, targetGroup } = edge(cluster);
  const { arnSuffix: LoadBalancer } = new DataAwsLb(scope.stack, `edge-${region.name}`, {
    provider,
    name: loadBalancer,
  });
  const { arnSuffix: TargetGroup } = new DataAwsLbTargetGroup(scope.stack, `targets-${region.name}`, {
    provider,
    name: targetGroup,
  });
  const { group, topic } = lagging;
  return {
    cluster: [{ name: cluster, dimensions: { ClusterName: cluster } }],
    namespaces: environments.map((Namespace) => ({ name: Namespace, dimensions: { ClusterName: cluster, Namespace } })),
    edge: [{ name: loadBalancer, dimensions: { LoadBalancer } }],
    'edge-targets': [{ name: targetGroup, dimensions: { LoadBalancer, TargetGroup } }],
    kafka: [
      {
        name: `${kafkaCluster}-${region.name}`,
        dimensions: { 'Cluster Name': kafkaCluster, 'Consumer Group': group, Topic: topicName(topic, topic.name) },
      },
    ],
    brokers: region.zones.map((_, index) => ({
      name: `${kafkaCluster}-${region.name}-${index + 1}`,
      dimensions: { 'Cluster Name': kafkaCluster, 'Broker ID': `${index + 1}` },
    })),
    gateway: [{ name: gateway.api, dimensions: { ApiName: gateway.api, Stage: gateway.stage } }],
    'log-streams': Object.values(logStreams).map((name) => ({ name, dimensions: { DeliveryStreamName: name } })),
    // The failover has an alarm of the same metric and limit: dr/detection.ts. A test compares them.
    'global-database': [],
    // Each has its alarm where it is made: constructs/certificates.ts.
    certificates: [],
    // The stack `firewall` has its alarm, in the region of CloudFront.
    firewall: [],
  };
}

/** What CloudWatch reads of the list of signals, and whom it notifies: in each region by itself. */
export const monitoring: Stack = {
  name: 'monitoring',
  state: 'tokyo',
  places: ['seoul', 'tokyo'],
  build: (scope: Scope, { regions, environments }: Ground) => {
    const all = Object.values(regions).flatMap((region) => {
      const topic = alarmsTopic(scope, region);
      const logsKey = new DataAwsKmsAlias(scope.stack, `logs-key-${region.name}`, {
        provider: scope.provider(region.name),
        name: keyAlias('logs'),
      }).targetKeyArn;
      containerInsights(scope, region, logsKey);
      const own = environments.filter((one) => one.region === region.name).map(({ name }) => name);
      const places = placesIn(scope, region, own);
      const alarms = alarmsOf((of) => places[of]);
      for (const alarm of alarms) metricAlarm(scope, region, alarm, topic);
      return alarms.map((alarm) => ({ ...alarm, region: region.aws.region }));
    });
    // Dashboards belong to the account, and not to a region.
    new CloudwatchDashboard(scope.stack, 'dashboard', {
      provider: scope.provider('tokyo'),
      dashboardName: 'tickets',
      dashboardBody: scope.json('dashboard-body', cloudwatchDashboard(all)),
    });
  },
};
