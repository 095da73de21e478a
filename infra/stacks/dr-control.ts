import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias/index.js';
import { DataAwsLbTargetGroup } from '@cdktn/provider-aws/lib/data-aws-lb-target-group/index.js';
import { SchedulerSchedule } from '@cdktn/provider-aws/lib/scheduler-schedule/index.js';
import { failoverArmed, failoverNodes } from '../../overlays/landing.ts';
import {
  arn,
  canary,
  clusters,
  failover,
  failoverRules,
  globalArn,
  globalDatabase,
  healthHost,
  ingress,
  keyAlias,
  roleArn,
  secretId,
} from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { alarms } from '../constructs/alarms.ts';
import { canaryVariables } from '../constructs/canary.ts';
import { deadLetters, failoverKey, lockTable, stateMachine, topic, writerEpoch } from '../constructs/failover.ts';
import { insideVpc, lambdaFunction } from '../constructs/functions.ts';
import { type Published, published } from '../constructs/published.ts';
import { role, trustService } from '../constructs/roles.ts';
import type { Dr, DrStatement } from '../dr.ts';
import type { Ground } from '../ground.ts';
import type { Statement } from '../policy.ts';
import type { At, Scope, Stack } from '../stack.ts';

/** Whether an alarm may move the company to Tokyo; otherwise the machine says what it would do, and does nothing. */
type Mode = 'live' | 'dry-run';

/** The failover: all of it in Tokyo but for the witness, and asking nothing of Seoul but through the network. */
export const drControl = (dr: Dr, mode: Mode = failoverArmed ? 'live' : 'dry-run'): Stack => ({
  name: 'dr-control',
  state: 'tokyo',
  places: ['tokyo', 'witness'],
  build: (scope, ground) => {
    const { seoul, tokyo } = ground.regions;
    const key = failoverKey(scope, tokyo);
    lockTable(scope, tokyo, key);
    const notifications = topic(scope, tokyo, failover.topic, key);
    // A person starts it by the same way as an alarm; a rehearsal only where nothing is live.
    const trigger = { ...dr.rule, inputTemplate: (dr.rule.inputTemplate ?? '').replace('"live"', `"${mode}"`) };
    const operator = {
      ...dr.rehearsal,
      name: failoverRules.operator,
      pattern: { source: [failover.sources.operator] },
    };
    const rules = [trigger, operator, ...(mode === 'live' ? [] : [dr.rehearsal])];
    const queue = deadLetters(
      scope,
      tokyo,
      failoverRules.deadLetters,
      rules.map(({ name }) => name),
    );
    const named = ([dimension, value]: [string, string]) => [
      dimension,
      value === 'state-machine' ? arn(tokyo, 'states', `stateMachine:${failover.machine}`) : value,
    ];
    const watched = dr.alarms.map((one) => ({
      ...one,
      dimensions: Object.fromEntries(Object.entries(one.dimensions).map(named)),
    }));
    alarms(scope, tokyo, { ...dr, alarms: watched }, notifications.arn);
    const keyNamed = (place: 'tokyo' | 'witness', of: string) =>
      new DataAwsKmsAlias(scope.stack, `key-${place}-${of}`, { provider: scope.provider(place), name: keyAlias(of) })
        .targetKeyArn;
    const secretsKey = keyNamed('tokyo', 'secrets');
    const epoch = writerEpoch(scope, [tokyo, seoul], dr.writerEpoch, secretsKey);

    const find = once((what: Published) => published(scope, what));
    const words = resources(ground, dr, { topic: notifications.arn, epoch, find });
    const values = variables(scope, ground, { mode, topic: notifications.arn, epoch, secretsKey, find });
    const around = {
      tokyo: { logsKey: key, deadLetters: queue, vpc: insideVpc(scope, tokyo, [seoul, tokyo]) },
      witness: {
        logsKey: keyNamed('witness', 'logs'),
        deadLetters: undefined,
        vpc: insideVpc(scope, ground.witness, [seoul]),
      },
    };
    const made = dr.functions.flatMap(({ environment, statements, places = ['tokyo'], ...rest }) =>
      places.map((place) => {
        const own: Record<string, string> = { ...values, DR_PROBER: place };
        const record = {
          ...rest,
          role: roleOf(rest.name, place),
          environment: Object.fromEntries(environment.map((name) => [name, known(own, name, 'variable')])),
          statements: statements.map((one) => statementOf(one, words, ground)),
        };
        const at = place === 'tokyo' ? tokyo : ground.witness;
        return { name: rest.name, place, arn: lambdaFunction(scope, at, record, around[place]).arn };
      }),
    );
    const arns = Object.fromEntries(made.flatMap(({ name, place, arn }) => (place === 'tokyo' ? [[name, arn]] : [])));
    stateMachine(scope, tokyo, {
      definition: dr.machine({ functions: arns, writerEpoch: epoch }),
      statements: dr.machineStatements.map((one) => statementOf(one, words, ground)),
      key,
      queue,
      rules,
      retry: dr.rule.retry,
    });
    for (const { function: name, expression } of dr.schedules)
      for (const { arn, place } of made.filter((one) => one.name === name))
        schedule(scope, place === 'tokyo' ? tokyo : ground.witness, { name, expression, arn });
  },
});

/** Each function in each place has a role of its own; that of Tokyo has the name of the function. */
const roleOf = (name: string, place: string): string => (place === 'tokyo' ? name : `${name}-${place}`);

function known(values: Record<string, string | readonly string[]>, name: string, what: string): never {
  const value = values[name];
  if (value === undefined)
    throw new Error(
      `dr-control: ${what}: given ${name}, allowed ${Object.keys(values).join(', ')}; add it in infra/stacks/dr-control.ts`,
    );
  return value as never;
}

const once = <K extends string>(make: (key: K) => string) => {
  const made = new Map<K, string>();
  return (key: K): string => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
};

type Find = (what: Published) => string;

/** What the words of dr/ stand for. */
function resources(
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
function statementOf(
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

function variables(
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

/** Starts a function every so often, where it is. */
function schedule(
  scope: Scope,
  at: At,
  { name, expression, arn }: { name: string; expression: string; arn: string },
): void {
  const provider = scope.provider(at.name);
  const id = roleOf(name, at.name);
  const scheduler = role(scope, at.name, {
    name: `${failoverRules.scheduler}-${id}`,
    description: `Starts ${name}`,
    trust: trustService('scheduler', at.aws.account),
    statements: [{ sid: 'Invoke', actions: ['lambda:InvokeFunction'], resources: [arn] }],
  });
  new SchedulerSchedule(scope.stack, `schedule-${id}`, {
    provider,
    name: id,
    description: name,
    scheduleExpression: expression,
    flexibleTimeWindow: { mode: 'OFF' },
    // What is late is done by the next one.
    target: {
      arn,
      roleArn: scheduler.arn,
      input: '{}',
      retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 1 },
    },
  });
}
