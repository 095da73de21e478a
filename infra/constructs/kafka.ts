import { AppautoscalingPolicy } from '@cdktn/provider-aws/lib/appautoscaling-policy/index.js';
import { AppautoscalingTarget } from '@cdktn/provider-aws/lib/appautoscaling-target/index.js';
import { MskCluster } from '@cdktn/provider-aws/lib/msk-cluster/index.js';
import { MskConfiguration } from '@cdktn/provider-aws/lib/msk-configuration/index.js';
import { MskSingleScramSecretAssociation } from '@cdktn/provider-aws/lib/msk-single-scram-secret-association/index.js';
import { MskTopic } from '@cdktn/provider-aws/lib/msk-topic/index.js';
import { SecretsmanagerSecretPolicy } from '@cdktn/provider-aws/lib/secretsmanager-secret-policy/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { type ServiceStores, storeSecrets } from '../../apps/stores.ts';
import { type Landing, versions } from '../../overlays/landing.ts';
import {
  kafkaAccount,
  kafkaCluster,
  kafkaDomain,
  kafkaPort,
  kafkaSecret,
  secretId,
  servicePrincipal,
} from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import { idOf, type Scope } from '../stack.ts';
import { copied } from './copied.ts';
import { logGroup } from './logs.ts';
import type { Found } from './lookup.ts';
import { networksOf } from './network.ts';
import { secret, writeSecret } from './secrets.ts';

/** AWS's default lets everybody use a topic without an ACL. */
export const settings = {
  'allow.everyone.if.no.acl.found': 'false',
  'auto.create.topics.enable': 'false',
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
};

type Given = {
  found: Found;
  keys: { data: string; secrets: string };
  stores: readonly ServiceStores[];
  /** The expression of each value that Terraform makes, by id and key of its secret. */
  values: ReadonlyMap<string, string>;
};

/** The brokers of a region, with the topics and accounts of the data that are in it. Nothing copies topics (docs/stores.md says what that loses). */
export function kafka(scope: Scope, region: Region & Landing, { found, keys, stores, values }: Given): void {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const at = (what: string) => `kafka-${region.name}${what ? `-${what}` : ''}`;
  const group = new SecurityGroup(stack, at('group'), {
    provider,
    name: 'kafka',
    description: 'Brokers, reached from pods',
    vpcId: found.vpc,
  });
  // Each region has its own topics, and nothing of the other reads them.
  for (const cidrIpv4 of networksOf(region, 'private'))
    new VpcSecurityGroupIngressRule(stack, at(`from-${idOf(cidrIpv4)}`), {
      provider,
      securityGroupId: group.id,
      description: 'SASL/SCRAM over TLS',
      cidrIpv4,
      ipProtocol: 'tcp',
      fromPort: kafkaPort,
      toPort: kafkaPort,
    });
  const configuration = new MskConfiguration(stack, at('settings'), {
    provider,
    name: kafkaCluster,
    kafkaVersions: [versions.kafka],
    serverProperties: `${Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`,
    lifecycle: { createBeforeDestroy: true },
  });
  const logs = logGroup(scope, region, `/aws/msk/${kafkaCluster}-${region.name}`, { days: 30, key: found.logsKey });
  const cluster = new MskCluster(stack, at(''), {
    provider,
    clusterName: kafkaCluster,
    kafkaVersion: versions.kafka,
    // One a zone.
    numberOfBrokerNodes: region.zones.length,
    brokerNodeGroupInfo: {
      instanceType: region.kafka.type,
      clientSubnets: found.subnets,
      securityGroups: [group.id],
      storageInfo: { ebsStorageInfo: { volumeSize: region.kafka.gibibytes } },
    },
    clientAuthentication: { sasl: { scram: true, iam: false }, unauthenticated: false },
    configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
    encryptionInfo: {
      encryptionAtRestKmsKeyArn: keys.data,
      encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
    },
    enhancedMonitoring: 'PER_TOPIC_PER_BROKER',
    loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: logs.name } } },
    // AWS grows a disk that gets full, as the policy below says.
    lifecycle: {
      preventDestroy: true,
      ignoreChanges: ['broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size'],
    },
  });
  growDisks(scope, region, cluster);
  scope.output(
    at('brokers'),
    cluster.bootstrapBrokersSaslScram,
    `assigned.kafka.${region.name} in overlays/assigned.ts`,
  );
  copied(scope, at('brokers'), [
    [
      `\${strcontains(aws_msk_cluster.${cluster.node.id}.bootstrap_brokers_sasl_scram, "${kafkaDomain(region)}")}`,
      `kafka.${region.name}`,
    ],
  ]);
  for (const owner of stores.filter(({ environments }) => environments.some((one) => one.region === region.name))) {
    for (const { name, partitions, hours } of owner.topics)
      new MskTopic(stack, at(`topic-${idOf(name)}`), {
        provider,
        clusterArn: cluster.arn,
        name,
        partitionCount: partitions,
        replicationFactor: 3,
        configs: scope.json(at(`topic-${idOf(name)}-settings`), {
          'min.insync.replicas': '2',
          'retention.ms': `${hours * 3_600_000}`,
        }),
        lifecycle: { preventDestroy: true },
      });
    if (owner.accounts.kafka !== undefined) account(scope, region, { cluster, owner, key: keys.secrets, values });
  }
}

/** Disks grow by a tenth when they are fuller than this, once in six hours, and never shrink (MSK developer guide, "Automatic scaling"). */
function growDisks(scope: Scope, region: Region & Landing, cluster: MskCluster): void {
  const provider = scope.provider(region.name);
  const target = new AppautoscalingTarget(scope.stack, `${cluster.node.id}-disk`, {
    provider,
    serviceNamespace: 'kafka',
    resourceId: cluster.arn,
    scalableDimension: 'kafka:broker-storage:VolumeSize',
    minCapacity: 1,
    maxCapacity: region.kafka.most,
  });
  new AppautoscalingPolicy(scope.stack, `${cluster.node.id}-disk-policy`, {
    provider,
    name: `${kafkaCluster}-disk`,
    policyType: 'TargetTrackingScaling',
    serviceNamespace: target.serviceNamespace,
    resourceId: target.resourceId,
    scalableDimension: target.scalableDimension,
    targetTrackingScalingPolicyConfiguration: {
      disableScaleIn: true,
      predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' },
      targetValue: 60,
    },
  });
}

/** MSK takes passwords from secrets of its own; the service has the same value. */
function account(
  scope: Scope,
  region: Region,
  given: { cluster: MskCluster; owner: ServiceStores; key: string; values: ReadonlyMap<string, string> },
): void {
  const { cluster, owner, key, values } = given;
  const provider = scope.provider(region.name);
  const { name, key: field } = storeSecrets(owner.service).kafka;
  const id = secretId({ namespace: owner.data, name });
  const value = values.get(`${id} ${field}`);
  if (!value) throw new Error(`constructs/kafka.ts: nothing makes ${id}`);
  const made = secret(scope, {
    id: kafkaSecret(owner),
    description: `Account of ${owner.service} at the brokers. The same value as ${id}`,
    region,
    key,
  });
  writeSecret(scope, made, region, { username: `"${kafkaAccount(owner)}"`, password: value });
  new SecretsmanagerSecretPolicy(scope.stack, `${made.node.id}-policy`, {
    provider,
    secretArn: made.arn,
    policy: scope.policy(made.node.id, [
      {
        sid: 'AWSKafkaResourcePolicy',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [made.arn],
        principals: { Service: [servicePrincipal('kafka')] },
      },
    ]),
  });
  new MskSingleScramSecretAssociation(scope.stack, `${made.node.id}-account`, {
    provider,
    clusterArn: cluster.arn,
    secretArn: made.arn,
  });
}
