import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias/index.js';
import { SchedulerSchedule } from '@cdktn/provider-aws/lib/scheduler-schedule/index.js';
import { failoverArmed } from '../../overlays/landing.ts';
import { arn, failover, failoverRules, keyAlias } from '../../overlays/names.ts';
import { alarms } from '../constructs/alarms.ts';
import { deadLetters, failoverKey, lockTable, stateMachine, topic, writerEpoch } from '../constructs/failover.ts';
import { insideVpc, lambdaFunction } from '../constructs/functions.ts';
import { type Published, published } from '../constructs/published.ts';
import { role, trustService } from '../constructs/roles.ts';
import type { Dr } from '../dr.ts';
import type { At, Scope, Stack } from '../stack.ts';
import { known, type Mode, resources, roleOf, statementOf, variables } from './dr-values.ts';

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

const once = <K extends string>(make: (key: K) => string) => {
  const made = new Map<K, string>();
  return (key: K): string => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
};

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
