import { ApiGatewayAccount } from '@cdktn/provider-aws/lib/api-gateway-account/index.js';
import { ApiGatewayBasePathMapping } from '@cdktn/provider-aws/lib/api-gateway-base-path-mapping/index.js';
import { ApiGatewayDeployment } from '@cdktn/provider-aws/lib/api-gateway-deployment/index.js';
import { ApiGatewayDomainName } from '@cdktn/provider-aws/lib/api-gateway-domain-name/index.js';
import { ApiGatewayDomainNameAccessAssociation } from '@cdktn/provider-aws/lib/api-gateway-domain-name-access-association/index.js';
import { ApiGatewayMethodSettings } from '@cdktn/provider-aws/lib/api-gateway-method-settings/index.js';
import { ApiGatewayRestApi } from '@cdktn/provider-aws/lib/api-gateway-rest-api/index.js';
import { ApiGatewayStage } from '@cdktn/provider-aws/lib/api-gateway-stage/index.js';
import { ApiGatewayUsagePlan } from '@cdktn/provider-aws/lib/api-gateway-usage-plan/index.js';
import { ApiGatewayUsagePlanKey } from '@cdktn/provider-aws/lib/api-gateway-usage-plan-key/index.js';
import { Apigatewayv2VpcLink } from '@cdktn/provider-aws/lib/apigatewayv2-vpc-link/index.js';
import { basePath, type KeyName, keys } from '../../entrance/limits.ts';
import { routes } from '../../entrance/routes/index.ts';
import { executionLogs, gateway as names } from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Statement } from '../policy.ts';
import { policy } from '../policy.ts';
import { idOf, type Scope } from '../stack.ts';
import { logGroup } from './logs.ts';
import { role, trustPlainService } from './roles.ts';

export type Around = {
  /** The one way in. */
  endpoint: string;
  link: { subnets: readonly string[]; securityGroup: string };
  logsKey: string;
  host: string;
  certificate: string;
  /** Ids of keys, by whose they are. */
  keys: Partial<Record<KeyName, string>>;
  /** The API's document for this region. */
  body: (link: string) => object;
};

/** Whoever comes by our endpoint, and nobody else. Callers are no principals of IAM: the API asks for a key and a token. */
const byEndpoint = (endpoint: string, resource: string): Statement[] => [
  { sid: 'Invoke', actions: ['execute-api:Invoke'], resources: [resource], principals: '*' },
  {
    sid: 'OwnEndpoint',
    effect: 'Deny',
    actions: ['execute-api:Invoke'],
    resources: [resource],
    principals: '*',
    conditions: { StringNotEquals: { 'aws:SourceVpce': endpoint } },
  },
];

/** What a line says: who asked for what is in the logs of the services, by the same id, and no token or address of a person is here. */
const line = Object.fromEntries(
  ['requestId', 'requestTime', 'httpMethod', 'resourcePath', 'status', 'responseLatency', 'integrationLatency']
    .concat('error.responseType')
    .map((name) => [name, `$context.${name}`]),
);

/** The API of a region: private, from the document, with what it lets through in a second. */
export function gateway(scope: Scope, region: Region, around: Around): void {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const link = new Apigatewayv2VpcLink(stack, 'link', {
    provider,
    name: names.api,
    subnetIds: [...around.link.subnets],
    securityGroupIds: [around.link.securityGroup],
  });
  const body = scope.json('api-document', {
    ...around.body(link.id),
    // In the document: its import takes away a policy that is not in it.
    'x-amazon-apigateway-policy': policy(byEndpoint(around.endpoint, 'execute-api:/*')),
  });
  const api = new ApiGatewayRestApi(stack, 'api', {
    provider,
    name: names.api,
    description: 'What the public may call',
    endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: [around.endpoint] },
    body,
    // What is not in the document is gone.
    putRestApiMode: 'overwrite',
    failOnWarnings: true,
    disableExecuteApiEndpoint: true,
  });
  // A document that is not deployed answers nobody: another text makes another deployment.
  const deployment = new ApiGatewayDeployment(stack, 'deployment', {
    provider,
    restApiId: api.id,
    triggers: { document: `\${sha256(jsonencode(local.api-document))}` },
    lifecycle: { createBeforeDestroy: true },
  });
  const writer = role(scope, region.name, {
    name: `tickets-gateway-logs-${region.name}`,
    description: 'API Gateway writes its logs',
    trust: trustPlainService('apigateway'),
    managed: ['service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
  });
  const account = new ApiGatewayAccount(stack, 'account', { provider, cloudwatchRoleArn: writer.arn });
  const logs = logGroup(scope, region, names.logs, { days: 90, key: around.logsKey });
  // API Gateway would make it for what fails inside, without an end. Its name is fixed.
  const faults = logGroup(scope, region, executionLogs(`\${aws_api_gateway_rest_api.${api.node.id}.id}`), {
    days: 30,
    key: around.logsKey,
  });
  const stage = new ApiGatewayStage(stack, 'stage', {
    provider,
    restApiId: api.id,
    deploymentId: deployment.id,
    stageName: names.stage,
    accessLogSettings: { destinationArn: logs.arn, format: scope.json('access-log', line) },
    dependsOn: [account, faults],
  });
  for (const { method, path, throttle } of routes)
    new ApiGatewayMethodSettings(stack, `settings-${idOf(`${method}-${path}`)}`, {
      provider,
      restApiId: api.id,
      stageName: stage.stageName,
      methodPath: `${path.slice(1)}/${method}`,
      settings: {
        throttlingRateLimit: throttle.rate,
        throttlingBurstLimit: throttle.burst,
        metricsEnabled: true,
        // Of execution, faults alone; bodies and headers never.
        loggingLevel: 'ERROR',
        dataTraceEnabled: false,
      },
    });
  for (const [name, keyId] of Object.entries(around.keys)) {
    const { rate, burst } = keys[name as KeyName];
    const plan = new ApiGatewayUsagePlan(stack, `plan-${name}`, {
      provider,
      name,
      apiStages: [{ apiId: api.id, stage: stage.stageName }],
      throttleSettings: { rateLimit: rate, burstLimit: burst },
    });
    new ApiGatewayUsagePlanKey(stack, `plan-${name}-key`, {
      provider,
      usagePlanId: plan.id,
      keyId,
      keyType: 'API_KEY',
    });
  }
  const domain = new ApiGatewayDomainName(stack, 'domain', {
    provider,
    domainName: around.host,
    certificateArn: around.certificate,
    endpointConfiguration: { types: ['PRIVATE'] },
    securityPolicy: 'TLS_1_2',
    policy: scope.policy('domain', byEndpoint(around.endpoint, 'execute-api:/*')),
  });
  new ApiGatewayBasePathMapping(stack, 'domain-path', {
    provider,
    domainName: domain.domainName,
    domainNameId: domain.domainNameId,
    apiId: api.id,
    stageName: stage.stageName,
    basePath: basePath.slice(1),
  });
  new ApiGatewayDomainNameAccessAssociation(stack, 'domain-access', {
    provider,
    domainNameArn: domain.arn,
    accessAssociationSourceType: 'VPCE',
    accessAssociationSource: around.endpoint,
  });
}
