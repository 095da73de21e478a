import { DataAwsSubnet } from '@cdktn/provider-aws/lib/data-aws-subnet/index.js';
import { DataAwsVpc } from '@cdktn/provider-aws/lib/data-aws-vpc/index.js';
import { LambdaFunction } from '@cdktn/provider-aws/lib/lambda-function/index.js';
import { LambdaFunctionEventInvokeConfig } from '@cdktn/provider-aws/lib/lambda-function-event-invoke-config/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupEgressRule } from '@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js';
import { arn, databasePort } from '../../overlays/names.ts';
import type { Statement } from '../policy.ts';
import { type At, idOf, type Scope } from '../stack.ts';
import { logGroup } from './logs.ts';
import { type Net, networkName, networksOf, subnetName } from './network.ts';
import { role, trustService } from './roles.ts';
import { useOfKey } from './services.ts';

/** A Lambda function as data, with ARNs and values in place. */
export type FunctionRecord = {
  name: string;
  /** Name of its role, which the whole account has. */
  role: string;
  description: string;
  timeoutSeconds: number;
  memoryMb: number;
  /** In the subnets of its region for functions. */
  inVpc: boolean;
  environment: Record<string, string>;
  statements: readonly Statement[];
};

/** Where infra/bundle.ts puts the code, seen from the folder of a stack. */
export const bundleOf = (name: string): string => `../../../dist/functions/${name}.zip`;

/** Subnets and security group of functions that reach these databases, and load balancers. */
export function insideVpc(
  scope: Scope,
  region: Net,
  databases: readonly Net[],
): { subnetIds: string[]; securityGroupIds: string[] } {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const named = (name: string) => [{ name: 'tag:Name', values: [name] }];
  const vpc = new DataAwsVpc(stack, `vpc-${region.name}`, { provider, filter: named(networkName(region)) });
  const group = new SecurityGroup(stack, `functions-group-${region.name}`, {
    provider,
    name: 'failover-functions',
    description: 'Functions of the failover',
    vpcId: vpc.id,
  });
  const out = (id: string, cidrIpv4: string, port: number, description: string) =>
    new VpcSecurityGroupEgressRule(stack, `functions-out-${region.name}-${id}`, {
      provider,
      securityGroupId: group.id,
      description,
      cidrIpv4,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
    });
  out('443', '0.0.0.0/0', 443, 'APIs of AWS, Slack, and health pages');
  for (const cidr of databases.flatMap((net) => networksOf(net, 'data')))
    out(idOf(cidr), cidr, databasePort, 'Databases');
  return {
    subnetIds: region.zones.map(
      (zone) =>
        new DataAwsSubnet(stack, `functions-${region.name}-${zone}`, {
          provider,
          vpcId: vpc.id,
          filter: named(subnetName(region, 'functions', zone)),
        }).id,
    ),
    securityGroupIds: [group.id],
  };
}

type Around = {
  logsKey: string;
  /** Alias of the key of what it stores; that of the failover, where it says nothing. */
  key?: string;
  /** Where its secrets are, if not in its own region. */
  secretsIn?: readonly At[];
  /** How old an event may become with all its tries. */
  maximumAgeSeconds?: number;
  /** Where what it could not do goes, if it is in the same region. */
  deadLetters: { arn: string } | undefined;
  vpc?: ReturnType<typeof insideVpc>;
};

/** A function with a role and a log group of its own. What calls it without waiting loses nothing: what fails goes to the dead-letter queue. */
export function lambdaFunction(scope: Scope, region: At, given: FunctionRecord, around: Around): LambdaFunction {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const { name, role: roleName, description, timeoutSeconds, memoryMb, inVpc, environment, statements } = given;
  const id = idOf(region.name === 'tokyo' ? name : `${name}-${region.name}`);
  const uses = (service: string) =>
    statements.some(({ actions }) => actions.some((one) => one.startsWith(`${service}:`)));
  const keyed = ['sns', 'dynamodb', 's3'].filter(uses);
  const secretsIn = around.secretsIn ?? [region];
  const logs = logGroup(scope, region, `/aws/lambda/${name}`, { days: 90, key: around.logsKey });
  const own = role(scope, region.name, {
    name: roleName,
    description,
    trust: trustService('lambda', region.aws.account),
    statements: [
      ...statements,
      {
        sid: 'Log',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [arn(region, 'logs', `log-group:/aws/lambda/${name}:*`)],
      },
      ...(around.deadLetters
        ? [{ sid: 'DeadLetters', actions: ['sqs:SendMessage'], resources: [around.deadLetters.arn] }]
        : []),
      ...(keyed.length > 0
        ? [{ ...useOfKey(region, around.key ?? 'failover', keyed, ['Decrypt', 'GenerateDataKey']), sid: 'OwnKey' }]
        : []),
      ...(uses('secretsmanager')
        ? secretsIn.map((place) => ({
            ...useOfKey(place, 'secrets', ['secretsmanager'], ['Decrypt']),
            ...(secretsIn.length > 1 ? { sid: `Key${idOf(place.name)}` } : {}),
          }))
        : []),
      ...(inVpc
        ? [
            {
              sid: 'Vpc',
              actions: [
                ...['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
                ...['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'],
              ],
              resources: ['*'],
              conditions: { StringEquals: { 'aws:RequestedRegion': region.aws.region } },
            },
          ]
        : []),
    ],
  });
  const made = new LambdaFunction(stack, `function-${id}`, {
    provider,
    functionName: name,
    description,
    role: own.arn,
    runtime: 'nodejs24.x',
    architectures: ['arm64'],
    handler: 'index.handler',
    filename: bundleOf(name),
    sourceCodeHash: `\${filebase64sha256("${bundleOf(name)}")}`,
    timeout: timeoutSeconds,
    memorySize: memoryMb,
    environment: { variables: environment },
    loggingConfig: { logFormat: 'JSON', logGroup: logs.name },
    ...(inVpc && around.vpc ? { vpcConfig: around.vpc } : {}),
    dependsOn: [logs],
  });
  new LambdaFunctionEventInvokeConfig(stack, `function-${id}-events`, {
    provider,
    functionName: made.functionName,
    maximumEventAgeInSeconds: around.maximumAgeSeconds ?? 300,
    maximumRetryAttempts: 2,
    ...(around.deadLetters ? { destinationConfig: { onFailure: { destination: around.deadLetters.arn } } } : {}),
  });
  return made;
}
