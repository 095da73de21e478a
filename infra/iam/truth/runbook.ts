import { arn, globalArn, globalDatabase } from '../../../overlays/names.ts';
import type { Region } from '../../../overlays/overlay.ts';
import type { Request } from '../evaluate.ts';
import { aKey, call, keyOf, seoul, tokyo } from './kit.ts';

/** A command of the documents: what it was given, and where it is sent. */
type Given = { region: string; flag: (name: string) => string };

const at = (region: string): Region => ({ ...tokyo, aws: { ...tokyo.aws, region } });
const where = ({ region }: Given, service: string, resource: string): string => arn(at(region), service, resource);
/** Sent to the region that the command names, whatever the resource is in. */
const sent = ({ region }: Given, action: string, resource: string, more = {}): Request =>
  call(action, resource, { 'aws:RequestedRegion': region, ...more });
const instance = (given: Given, flag: string): string => where(given, 'rds', `db:${given.flag(flag)}`);
const table = (given: Given): string => where(given, 'dynamodb', `table/${given.flag('table-name')}`);
/** Secrets Manager puts six characters behind a name. */
const secret = (given: Given): string => where(given, 'secretsmanager', `secret:${given.flag('secret-id')}-a1b2c3`);
const withKey = (given: Given, action: string, alias: string, via: string): Request =>
  sent(given, `kms:${action}`, aKey(at(given.region)), keyOf(at(given.region), alias, via));
/** It, the cluster that is to write, and both members. */
const ofTheGlobalDatabase = (given: Given, action: string): Request[] =>
  [
    globalArn(tokyo, 'rds', `global-cluster:${given.flag('global-cluster-identifier')}`),
    given.flag('target-db-cluster-identifier'),
    arn(tokyo, 'rds', `cluster:${globalDatabase.clusters.tokyo}`),
    arn(seoul, 'rds', `cluster:${globalDatabase.clusters.seoul}`),
  ].map((resource) => sent(given, action, resource));

/** What each command in docs/ asks of AWS: the Service Authorization Reference has the actions and their resources. */
export const asked: Record<string, (given: Given) => Request[]> = {
  'cloudwatch get-metric-data': (given) => [sent(given, 'cloudwatch:GetMetricData', '*')],
  'dynamodb get-item': (given) => [
    sent(given, 'dynamodb:GetItem', table(given)),
    withKey(given, 'Decrypt', 'failover', 'dynamodb'),
  ],
  'dynamodb scan': (given) => [
    sent(given, 'dynamodb:Scan', table(given)),
    withKey(given, 'Decrypt', 'data', 'dynamodb'),
  ],
  'dynamodb update-item': (given) => [
    sent(given, 'dynamodb:UpdateItem', table(given)),
    withKey(given, 'Decrypt', 'failover', 'dynamodb'),
  ],
  'ec2 describe-security-groups': (given) => [sent(given, 'ec2:DescribeSecurityGroups', '*')],
  'eks update-kubeconfig': (given) => [
    sent(given, 'eks:DescribeCluster', where(given, 'eks', `cluster/${given.flag('name')}`)),
  ],
  'eks update-nodegroup-config': (given) => [
    sent(
      given,
      'eks:UpdateNodegroupConfig',
      where(given, 'eks', `nodegroup/${given.flag('cluster-name')}/${given.flag('nodegroup-name')}/1`),
    ),
  ],
  'globalaccelerator list-accelerators': (given) => [sent(given, 'globalaccelerator:ListAccelerators', '*')],
  'globalaccelerator list-listeners': (given) => [
    sent(given, 'globalaccelerator:ListListeners', given.flag('accelerator-arn')),
  ],
  'globalaccelerator list-endpoint-groups': (given) => [
    sent(given, 'globalaccelerator:ListEndpointGroups', given.flag('listener-arn')),
  ],
  'globalaccelerator update-endpoint-group': (given) => [
    sent(given, 'globalaccelerator:UpdateEndpointGroup', given.flag('endpoint-group-arn')),
  ],
  'rds create-db-instance-read-replica': (given) => [
    sent(given, 'rds:CreateDBInstanceReadReplica', instance(given, 'db-instance-identifier')),
    sent(given, 'rds:CreateDBInstanceReadReplica', given.flag('source-db-instance-identifier')),
    withKey(given, 'CreateGrant', 'data', 'rds'),
  ],
  'rds describe-global-clusters': (given) => [
    sent(
      given,
      'rds:DescribeGlobalClusters',
      globalArn(tokyo, 'rds', `global-cluster:${given.flag('global-cluster-identifier')}`),
    ),
  ],
  'rds failover-global-cluster': (given) => ofTheGlobalDatabase(given, 'rds:FailoverGlobalCluster'),
  'rds modify-db-instance': (given) => [sent(given, 'rds:ModifyDBInstance', instance(given, 'db-instance-identifier'))],
  'rds promote-read-replica': (given) => [
    sent(given, 'rds:PromoteReadReplica', instance(given, 'db-instance-identifier')),
  ],
  'rds switchover-global-cluster': (given) => ofTheGlobalDatabase(given, 'rds:SwitchoverGlobalCluster'),
  'rds wait db-instance-available': (given) => [
    sent(given, 'rds:DescribeDBInstances', instance(given, 'db-instance-identifier')),
  ],
  'secretsmanager get-secret-value': (given) => [
    sent(given, 'secretsmanager:GetSecretValue', secret(given)),
    withKey(given, 'Decrypt', 'secrets', 'secretsmanager'),
  ],
  'secretsmanager put-secret-value': (given) => [
    sent(given, 'secretsmanager:PutSecretValue', secret(given)),
    withKey(given, 'GenerateDataKey', 'secrets', 'secretsmanager'),
  ],
  'stepfunctions start-execution': (given) => [sent(given, 'states:StartExecution', given.flag('state-machine-arn'))],
  // Everybody may ask who they are.
  'sts get-caller-identity': () => [],
};

/** In place of what AWS answers. */
const accelerator = globalArn(tokyo, 'globalaccelerator', 'accelerator/a');
export const answers: Record<string, string> = {
  'sts get-caller-identity': tokyo.aws.account,
  'globalaccelerator list-accelerators': accelerator,
  'globalaccelerator list-listeners': `${accelerator}/listener/b`,
  'globalaccelerator list-endpoint-groups': `${accelerator}/listener/b/endpoint-group/c\t${arn(tokyo, 'elasticloadbalancing', 'loadbalancer/net/edge/d')}`,
  'secretsmanager get-secret-value': '{"epoch": 6, "writer": "tokyo"}',
  // Failovers that moved the traffic alone have not notified the fence.
  'dynamodb get-item': '10',
  'ec2 describe-security-groups': 'sg-1',
};
