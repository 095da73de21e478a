/** What the words and the names of variables in dr/ stand for on AWS: ARNs, hosts, names. */
import { DataAwsLbTargetGroup } from '@cdktn/provider-aws/lib/data-aws-lb-target-group/index.js';
import { failoverNodes } from '../../overlays/landing.ts';
import {
  arn,
  canary,
  clusters,
  failover,
  globalArn,
  globalDatabase,
  healthHost,
  ingress,
  roleArn,
  secretId,
} from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { canaryVariables } from '../constructs/canary.ts';
import type { Published } from '../constructs/published.ts';
import type { Dr, DrStatement } from '../dr.ts';
import type { Ground } from '../ground.ts';
import type { Statement } from '../policy.ts';
import type { Scope } from '../stack.ts';

/** Whether an alarm may move the company to Tokyo; otherwise the machine says what it would do, and does nothing. */
export type Mode = 'live' | 'dry-run';

/** Each function in each place has a role of its own; that of Tokyo has the name of the function. */
export const roleOf = (name: string, place: string): string => (place === 'tokyo' ? name : `${name}-${place}`);

export function known(values: Record<string, string | readonly string[]>, name: string, what: string): never {
  const value = values[name];
  if (value === undefined)
    throw new Error(
      `dr-control: ${what}: given ${name}, allowed ${Object.keys(values).join(', ')}; add it in infra/stacks/dr-values.ts`,
    );
  return value as never;
}

type Find = (what: Published) => string;

/** What the words of dr/ stand for. */
export function resources(
  { regions: { seoul, tokyo }, services }: Ground,
  dr: Dr,
  { topic, epoch, find }: { topic: string; epoch: string; find: Find },
): Record<string, readonly string[]> {
  const { name: cluster, nodeGroup } = clusters.tokyo;
  const names = services.map(({ name }) => name);
  return {
    any: ['*'],
    topic: [topic],
    'lock-table': [arn(tokyo, 'dynamodb', `table/${failover.lockTable}`)],
    executions: [arn(tokyo, 'states', `execution:${failover.machine}:*`)],
    'global-database': [globalArn(tokyo, 'rds', `global-cluster:${globalDatabase.name}`)],
    'database-seoul': [arn(seoul, 'rds', `cluster:${globalDatabase.clusters.seoul}`)],
    'database-tokyo': [arn(tokyo, 'rds', `cluster:${globalDatabase.clusters.tokyo}`)],
    accelerator: [find('accelerator')],
    'endpoint-groups': [find('endpoint-group-seoul'), find('endpoint-group-tokyo')],
    'node-group': [arn(tokyo, 'eks', `nodegroup/${cluster}/${nodeGroup}/*`)],
    // Secrets Manager puts six characters behind a name.
    'slack-secret': [arn(tokyo, 'secretsmanager', `secret:${secretId(slack)}-??????`)],
    'canary-secret': [arn(tokyo, 'secretsmanager', `secret:${canary.secret}-??????`)],
    'writer-epoch-secret': [epoch],
    'repositories-seoul': names.map((name) => arn(seoul, 'ecr', `repository/${name}`)),
    'repositories-tokyo': names.map((name) => arn(tokyo, 'ecr', `repository/${name}`)),
    'function-roles': dr.functions.flatMap(({ name, places = ['tokyo'] }) =>
      places.map((place) => roleArn(tokyo, roleOf(name, place))),
    ),
    'machine-role': [roleArn(tokyo, failover.machine)],
    ...Object.fromEntries(dr.functions.map(({ name }) => [name, [arn(tokyo, 'lambda', `function:${name}`)]])),
  };
}

const slack = { namespace: 'notifier', name: 'slack' };

/** Every call says where it is made, so a function that is confused about that may do nothing. */
export function statementOf(
  { sid, actions, resources, region, condition = {} }: DrStatement,
  words: Record<string, readonly string[]>,
  { regions: { seoul, tokyo }, acceleratorRegion }: Ground,
): Statement {
  const place = region === 'seoul' ? seoul.aws.region : region === 'accelerator' ? acceleratorRegion : tokyo.aws.region;
  const { StringEquals = {}, ...others } = condition;
  const equals = { ...StringEquals, ...(region !== 'global' ? { 'aws:RequestedRegion': place } : {}) };
  return {
    sid,
    actions,
    resources: resources.flatMap((word): readonly string[] => known(words, word, 'resource')),
    conditions: { ...others, ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}) },
  };
}

export function variables(
  scope: Scope,
  { regions: { seoul, tokyo }, services }: Ground,
  given: { mode: Mode; topic: string; epoch: string; secretsKey: string; find: Find },
): Record<string, string> {
  const { mode, topic, epoch, secretsKey, find } = given;
  const { name: cluster, nodeGroup } = clusters.tokyo;
  const targets = new DataAwsLbTargetGroup(scope.stack, 'targets', {
    provider: scope.provider('tokyo'),
    name: ingress(cluster).targetGroup,
  });
  // Each service in turn: one that answers says nothing about the others.
  const health = (region: RegionName) =>
    services
      .filter(({ port }) => port !== undefined)
      .map(({ name, health }) => `https://${healthHost(name, region, aws.ingress.domain)}${health?.ready ?? '/readyz'}`)
      .join(',');
  return {
    DR_ACCOUNT: tokyo.aws.account,
    // Until people armed it, they rehearse for real: the same account is not live yet.
    DR_MODES: mode === 'live' ? 'live,dry-run' : 'rehearsal,dry-run',
    DR_LIVE: mode === 'live' ? 'armed' : 'disarmed',
    DR_LOCK_TABLE: failover.lockTable,
    DR_WRITER_EPOCH: epoch,
    DR_SECRETS_KEY: secretsKey,
    DR_GLOBAL_DATABASE: globalDatabase.name,
    DR_DATABASE_SEOUL: arn(seoul, 'rds', `cluster:${globalDatabase.clusters.seoul}`),
    DR_DATABASE_TOKYO: arn(tokyo, 'rds', `cluster:${globalDatabase.clusters.tokyo}`),
    DR_DATABASE_HOST_SEOUL: find('database-host-seoul'),
    DR_APP_SEOUL: health('seoul'),
    DR_APP_TOKYO: health('tokyo'),
    ...canaryVariables(scope, aws.ingress.domain),
    DR_ACCELERATOR: find('accelerator'),
    DR_ENDPOINT_GROUP_SEOUL: find('endpoint-group-seoul'),
    DR_ENDPOINT_GROUP_TOKYO: find('endpoint-group-tokyo'),
    DR_ENDPOINT_SEOUL: find('endpoint-seoul'),
    DR_ENDPOINT_TOKYO: find('endpoint-tokyo'),
    DR_CLUSTER: cluster,
    DR_NODE_GROUP: nodeGroup,
    DR_NODES: `${Math.min(failoverNodes, tokyo.nodes.max)}`,
    DR_TOPIC: topic,
    DR_SLACK_SECRET: secretId(slack),
    DR_SERVICES: services.map(({ name }) => name).join(','),
    DR_ROLES: roleArn(tokyo, ''),
    DR_TARGET_GROUPS_TOKYO: targets.arn,
  };
}
