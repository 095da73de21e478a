import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeImagesCommand, type DescribeImagesCommandOutput, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeNodegroupCommand, type DescribeNodegroupCommandOutput, EKSClient } from '@aws-sdk/client-eks';
import {
  DescribeTargetHealthCommand,
  type DescribeTargetHealthCommandOutput,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  type ContextEntry,
  IAMClient,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandOutput,
} from '@aws-sdk/client-iam';
import { acceleratorRegion, failover, keyAlias, servicePrincipal } from '../../overlays/names.ts';
import type { Config } from '../config.ts';
import type { FunctionName } from '../lambdas.ts';
import type { Standby } from '../ports.ts';
import { once, seoul, tokyo } from './clients.ts';
import { cloudwatch } from './database.ts';

const own = {
  cloudwatch,
  ecr: once((options) => new ECRClient(options)),
  eks: once((options) => new EKSClient(options)),
  balancer: once((options) => new ElasticLoadBalancingV2Client(options)),
  iam: once((options) => new IAMClient(options)),
};

/** What a real call says of itself, by the names that the roles ask for. */
const contextOf = (action: string, region: string): ContextEntry[] => [
  { ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: [region] },
  ...(action.startsWith('kms:')
    ? ([
        {
          ContextKeyName: 'kms:ViaService',
          ContextKeyType: 'string',
          ContextKeyValues: [servicePrincipal(`secretsmanager.${region}`)],
        },
        {
          ContextKeyName: 'kms:ResourceAliases',
          ContextKeyType: 'stringList',
          ContextKeyValues: [keyAlias('secrets')],
        },
      ] satisfies ContextEntry[])
    : []),
];

/** AWS replicates most images within this time. */
const replicatedMinutes = 30;
const list = (text: string) => text.split(',').flatMap((part) => part.trim() || []);

export function awsStandby(config: Config, now: () => Date, clients = own): Standby {
  async function images(region: string, repositoryName: string, before: Date): Promise<Set<string>> {
    const digests = new Set<string>();
    let nextToken: string | undefined;
    do {
      const page = (await clients.ecr(region).send(
        new DescribeImagesCommand({
          repositoryName,
          filter: { tagStatus: 'TAGGED' },
          maxResults: 1000,
          ...(nextToken ? { nextToken } : {}),
        }),
      )) as DescribeImagesCommandOutput;
      for (const { imageDigest, imagePushedAt } of page.imageDetails ?? [])
        if (imageDigest && imagePushedAt && imagePushedAt < before) digests.add(imageDigest);
      ({ nextToken } = page);
    } while (nextToken);
    return digests;
  }
  return {
    async missingImages() {
      const before = new Date(now().getTime() - replicatedMinutes * 60_000);
      const missing = await Promise.all(
        list(config('DR_SERVICES')).map(async (service) => {
          const [here, there] = await Promise.all([images(seoul, service, before), images(tokyo, service, now())]);
          return [...here].flatMap((digest) => (there.has(digest) ? [] : [`${service}@${digest}`]));
        }),
      );
      return missing.flat();
    },
    targets: () =>
      Promise.all(
        list(config('DR_TARGET_GROUPS_TOKYO')).map(async (TargetGroupArn) => {
          const { TargetHealthDescriptions = [] } = (await clients
            .balancer(tokyo)
            .send(new DescribeTargetHealthCommand({ TargetGroupArn }))) as DescribeTargetHealthCommandOutput;
          const healthy = TargetHealthDescriptions.filter(
            ({ TargetHealth }) => TargetHealth?.State === 'healthy',
          ).length;
          return { group: TargetGroupArn.split('/').at(-2) ?? TargetGroupArn, healthy };
        }),
      ),
    async denied() {
      const { nodegroup } = (await clients
        .eks(tokyo)
        .send(
          new DescribeNodegroupCommand({ clusterName: config('DR_CLUSTER'), nodegroupName: config('DR_NODE_GROUP') }),
        )) as DescribeNodegroupCommandOutput;
      type Act = [role: FunctionName | typeof failover.machine, action: string, region: string, resources: string[]];
      const acts: Act[] = [
        [
          'aurora-promote-tokyo',
          'rds:FailoverGlobalCluster',
          tokyo,
          [config('DR_DATABASE_SEOUL'), config('DR_DATABASE_TOKYO')],
        ],
        [
          'ga-switch-endpoint',
          'globalaccelerator:UpdateEndpointGroup',
          acceleratorRegion,
          [config('DR_ENDPOINT_GROUP_SEOUL'), config('DR_ENDPOINT_GROUP_TOKYO')],
        ],
        ['eks-scale-dr', 'eks:UpdateNodegroupConfig', tokyo, [nodegroup?.nodegroupArn ?? '']],
        // The state Fence: Secrets Manager asks the key in the name of the machine's role.
        [failover.machine, 'secretsmanager:PutSecretValue', tokyo, [config('DR_WRITER_EPOCH')]],
        [failover.machine, 'kms:GenerateDataKey', tokyo, [config('DR_SECRETS_KEY')]],
        [failover.machine, 'kms:Decrypt', tokyo, [config('DR_SECRETS_KEY')]],
      ];
      const denied = await Promise.all(
        acts.map(async ([name, action, region, ResourceArns]) => {
          const { EvaluationResults = [] } = (await clients.iam(tokyo).send(
            new SimulatePrincipalPolicyCommand({
              PolicySourceArn: `${config('DR_ROLES')}${name}`,
              ActionNames: [action],
              ResourceArns,
              ContextEntries: contextOf(action, region),
            }),
          )) as SimulatePrincipalPolicyCommandOutput;
          const allowed =
            EvaluationResults.length > 0 && EvaluationResults.every(({ EvalDecision }) => EvalDecision === 'allowed');
          return allowed ? [] : [`${name}: ${action}`];
        }),
      );
      return denied.flat();
    },
    async publish(ready) {
      await clients.cloudwatch(tokyo).send(
        new PutMetricDataCommand({
          Namespace: failover.metrics,
          MetricData: [{ MetricName: 'Ready', Value: ready ? 1 : 0 }],
        }),
      );
    },
  };
}
