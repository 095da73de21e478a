import { CloudwatchEventRule } from '@cdktn/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktn/provider-aws/lib/cloudwatch-event-target/index.js';
import type { DynamodbTable } from '@cdktn/provider-aws/lib/dynamodb-table/index.js';
import { SfnStateMachine } from '@cdktn/provider-aws/lib/sfn-state-machine/index.js';
import { SnsTopic } from '@cdktn/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktn/provider-aws/lib/sns-topic-policy/index.js';
import type { SqsQueue } from '@cdktn/provider-aws/lib/sqs-queue/index.js';
import { arn, failover, failoverRules, keyAlias, servicePrincipal } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Dr, DrRule } from '../dr.ts';
import type { Statement } from '../policy.ts';
import type { At, Scope } from '../stack.ts';
import { claims } from './claims.ts';
import { key, useBy } from './keys.ts';
import { logGroup } from './logs.ts';
import { eventQueue } from './queue.ts';
import { role, trustService } from './roles.ts';
import { secret, writeSecret } from './secrets.ts';
import { useOfKey } from './services.ts';

/** The key of what the failover keeps, in Tokyo alone: alarms publish with it, too. */
export const failoverKey = (scope: Scope, tokyo: Region): string =>
  key(scope, tokyo, {
    alias: keyAlias('failover'),
    description: 'Lock, messages and logs of the failover',
    statements: [
      useBy('Alarms', 'cloudwatch', { StringEquals: { 'aws:SourceAccount': tokyo.aws.account } }),
      useBy('Logs', `logs.${tokyo.aws.region}`, {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn(tokyo, 'logs', 'log-group:*') },
      }),
    ],
  }).arn;

/** One failover at a time: an item that is written on condition. */
export const lockTable = (scope: Scope, tokyo: Region, kmsKeyArn: string): DynamodbTable =>
  claims(scope, tokyo.name, { id: 'locks', name: failover.lockTable }, kmsKeyArn);

/** Where people are notified. They subscribe themselves: AWS asks each for a confirmation. */
export function topic(scope: Scope, at: At, name: string, kmsMasterKeyId: string): SnsTopic {
  const provider = scope.provider(at.name);
  const made = new SnsTopic(scope.stack, 'topic', { provider, name, kmsMasterKeyId });
  new SnsTopicPolicy(scope.stack, 'topic-policy', {
    provider,
    arn: made.arn,
    policy: scope.policy('topic', [
      {
        sid: 'Alarms',
        actions: ['sns:Publish'],
        resources: [made.arn],
        principals: { Service: [servicePrincipal('cloudwatch')] },
        conditions: { StringEquals: { 'aws:SourceAccount': at.aws.account } },
      },
    ]),
  });
  return made;
}

/** What nothing took: events that came too late, and messages that nobody heard. */
export const deadLetters = (scope: Scope, at: At, name: string, rules: readonly string[]): SqsQueue =>
  eventQueue(scope, at, {
    id: 'dead-letters',
    name,
    messageRetentionSeconds: 14 * 24 * 3600,
    rules: rules.map((rule) => arn(at, 'events', `rule/${rule}`)),
  });

/** Who writes, by number: pods of a region that does not refuse writes. The machine writes it from then on, so its value is given once. */
export function writerEpoch(
  scope: Scope,
  [tokyo, seoul]: readonly [Region, Region],
  { secret: id, initial }: Dr['writerEpoch'],
  secretsKey: string,
): string {
  const made = secret(scope, {
    id,
    description: 'Number of failovers, and the region that writes. The state machine writes it',
    region: tokyo,
    key: secretsKey,
    replica: { region: seoul, key: keyAlias('secrets') },
  });
  writeSecret(scope, made, tokyo, { epoch: `${initial.epoch}`, writer: `"${initial.writer}"` });
  return made.arn;
}

type MachineParts = {
  definition: object;
  statements: readonly Statement[];
  key: string;
  queue: SqsQueue;
  /** Each starts it; the rule says what it gets of the event. */
  rules: readonly DrRule[];
  retry: Dr['rule']['retry'];
};

/** The machine, and the rules that start it. A late trigger is worse than none: after a few minutes it goes to the dead-letter queue. */
export function stateMachine(scope: Scope, tokyo: Region, parts: MachineParts): SfnStateMachine {
  const { definition, statements, key, queue, rules, retry } = parts;
  const { stack } = scope;
  const provider = scope.provider(tokyo.name);
  const logs = logGroup(scope, tokyo, `/aws/vendedlogs/states/${failover.machine}`, { days: 365, key });
  const machineRole = role(scope, tokyo.name, {
    name: failover.machine,
    description: 'The state machine of the failover',
    trust: trustService('states', tokyo.aws.account),
    statements: [
      ...statements,
      // It writes the writer's epoch.
      useOfKey(tokyo, 'secrets', ['secretsmanager'], ['Decrypt', 'GenerateDataKey']),
      {
        sid: 'Log',
        actions: [
          ...['CreateLogDelivery', 'DeleteLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies'],
          ...['GetLogDelivery', 'ListLogDeliveries', 'PutResourcePolicy', 'UpdateLogDelivery'],
        ].map((action) => `logs:${action}`),
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': tokyo.aws.region } },
      },
    ],
  });
  const machine = new SfnStateMachine(stack, 'machine', {
    provider,
    name: failover.machine,
    type: 'STANDARD',
    roleArn: machineRole.arn,
    definition: scope.json('machine-definition', definition),
    loggingConfiguration: { level: 'ALL', includeExecutionData: true, logDestination: `${logs.arn}:*` },
  });
  const starter = role(scope, tokyo.name, {
    name: failoverRules.starter,
    description: 'Events start the state machine of the failover',
    trust: trustService('events', tokyo.aws.account),
    statements: [
      {
        sid: 'Start',
        actions: ['states:StartExecution'],
        resources: [arn(tokyo, 'states', `stateMachine:${failover.machine}`)],
      },
    ],
  });
  for (const { name, pattern, inputTemplate, inputPath } of rules) {
    const id = `rule-${name}`;
    const rule = new CloudwatchEventRule(stack, id, {
      provider,
      name,
      eventPattern: scope.json(`${id}-pattern`, pattern),
    });
    new CloudwatchEventTarget(stack, `${id}-target`, {
      provider,
      rule: rule.name,
      arn: machine.arn,
      roleArn: starter.arn,
      ...(inputTemplate ? { inputTransformer: { inputTemplate } } : {}),
      ...(inputPath ? { inputPath } : {}),
      retryPolicy: {
        maximumEventAgeInSeconds: retry.maximumEventAgeSeconds,
        maximumRetryAttempts: retry.maximumAttempts,
      },
      deadLetterConfig: { arn: queue.arn },
    });
  }
  return machine;
}
