import { assigned } from './assigned.ts';
import type { DataName, Region, RegionName } from './overlay.ts';

/** Every name that crosses to AWS: Kubernetes objects expect it, Terraform creates it. Spelled here and nowhere else. */

/** EKS clusters, their managed node groups, and the role of the nodes that Karpenter adds. */
export const clusters: Record<RegionName, { name: string; nodeGroup: string; nodeRole: string }> = {
  seoul: { name: 'eks-cluster', nodeGroup: 'eks-nodegroup', nodeRole: 'eks-cluster-node' },
  tokyo: { name: 'dr-eks-cluster', nodeGroup: 'dr-nodegroup', nodeRole: 'dr-eks-cluster-node' },
};

/** Amazon Resource Name of what is in a region; of IAM, `global`. */
export const arn = ({ aws }: Pick<Region, 'aws'>, service: string, resource: string): string =>
  `arn:aws:${service}:${aws.region}:${aws.account}:${resource}`;
export const globalArn = ({ aws }: Pick<Region, 'aws'>, service: string, resource: string): string =>
  `arn:aws:${service}::${aws.account}:${resource}`;
export const roleArn = (region: Pick<Region, 'aws'>, role: string): string => globalArn(region, 'iam', `role/${role}`);
export const policyArn = (region: Pick<Region, 'aws'>, policy: string): string =>
  globalArn(region, 'iam', `policy/${policy}`);
/** A policy that AWS writes. */
export const awsPolicyArn = (policy: string): string => `arn:aws:iam::aws:policy/${policy}`;
/** What people may do in a cluster, as EKS calls it. */
export const accessPolicyArn = (policy: string): string => `arn:aws:eks::aws:cluster-access-policy/${policy}`;
export const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
export const bucketHost = (bucket: string, { aws }: Pick<Region, 'aws'>): string =>
  `${bucket}.s3.${aws.region}.amazonaws.com`;
/** A service of AWS, as policies name it. */
export const servicePrincipal = (service: string): string => `${service}.amazonaws.com`;

/** Kinds of what Fluent Bit ships from the nodes of a cluster: pods, programs that make it a node, and its system. */
export const logKinds = ['application', 'dataplane', 'host'] as const;
export type LogKind = (typeof logKinds)[number];
export const nodeLogGroup = (cluster: string, kind: LogKind): string => `/aws/containerinsights/${cluster}/${kind}`;
/** Who ships them. */
export const logShipper = { namespace: 'logging', account: 'fluent-bit' };
/** Where logs go by Firehose, to stay for years: a stream for pods, and one for the control plane. */
export const logStreams = { application: 'eks-application', 'control-plane': 'eks-control-plane' } as const;
export const logBucket = (region: Region): string => `tickets-logs${bucketSuffix(region)}`;
/** What of the control plane of a cluster writes its logs. */
export const clusterLogGroup = (cluster: string): string => `/aws/eks/${cluster}/cluster`;
/** What Container Insights writes of a cluster. */
export const insightsLogGroup = (cluster: string, kind: 'performance'): string =>
  `/aws/containerinsights/${cluster}/${kind}`;
/** The ServiceAccount of the agents of Container Insights, as their add-on names it. */
export const metricsAgent = { namespace: 'amazon-cloudwatch', account: 'cloudwatch-agent' };
/** Where alarms of CloudWatch notify people, in each region. */
export const alarmTopic = 'tickets-alarms';
/** Where Karpenter hears of nodes that are about to be taken away: its setting `interruptionQueue`. */
export const interruptionQueue = (cluster: string): string => `${cluster}-interruptions`;
/** Role that Pod Identity gives to a program of the cluster itself. */
export const podRole = (cluster: string, program: string): string => `${cluster}-${program}`;
/** Programs that a person installs before Argo CD (docs/aws.md) and that use AWS: each with its ServiceAccount. */
export const clusterPrograms = {
  karpenter: { namespace: 'kube-system', account: 'karpenter' },
  'external-secrets': { namespace: 'external-secrets', account: 'external-secrets' },
  'load-balancer-controller': { namespace: 'kube-system', account: 'aws-load-balancer-controller' },
} as const;
/** Load balancer before the ingress controller of a region, and its target group: a TargetGroupBinding names it. */
export const ingress = (cluster: string) => ({
  loadBalancer: `${cluster}-ingress`,
  targetGroup: `${cluster}-ingress`,
});
/** The one by which the forge reaches the ingress controller: it cannot sign in. */
export const hooks = (cluster: string) => ({ loadBalancer: `${cluster}-hooks`, targetGroup: `${cluster}-hooks` });
/** The one before API Gateway: what the accelerator sends to. */
export const edge = (cluster: string) => ({ loadBalancer: `${cluster}-edge`, targetGroup: `${cluster}-edge` });
/** Security group of API Gateway's link to the ingress, and the endpoint by which API Gateway is reached. */
export const gatewayLink = (cluster: string): string => `${cluster}-gateway`;
export const gatewayEndpoint = (cluster: string): string => `${cluster}-execute-api`;
/** The private REST API of a region, and its stage. */
export const gateway = { api: 'tickets', stage: 'entrance', logs: '/aws/apigateway/tickets' };
/** Where API Gateway writes what fails in its stage. */
export const executionLogs = (api: string): string => `API-Gateway-Execution-Logs_${api}/${gateway.stage}`;
/** User pools, by what entrance/tokens.ts calls them. */
export const userPool = (pool: string): string => `tickets-${pool}`;
/** Hosts of the entrance. `origin`: the name by which CloudFront and the canary ask API Gateway. */
export const entranceHosts = (domain: string) => ({
  site: domain,
  origin: `api-origin.${domain}`,
  signIn: { customers: `auth.${domain}`, staff: `auth-staff.${domain}` },
});
/** Below the domain, so no service is called this. */
export const entranceNames = ['api-origin', 'auth', 'auth-staff'] as const;
/** What watches Tokyo's entrance, which nobody else uses: its key at API Gateway, and the secret with that and its client. */
export const canary = { key: 'canary', secret: 'entrance/canary' };
/** What the static pages of the site are in. */
export const siteBucket = (region: Region): string => `tickets-site${bucketSuffix(region)}`;

/** Host of ECR. The repository of a service has the service's name. */
export const registry = ({ aws }: Region): string => `${aws.account}.dkr.ecr.${aws.region}.amazonaws.com`;
/** ECR repository of one of the platform's own programs. */
export const programRepository = (program: string): string => `platform/${program}`;
export const ownPrograms = ['notifier', 'programs'] as const;
/** ECR repository of the layers that builds of a service share. */
export const cacheRepository = (service: string): string => `${service}/dependencies`;

/** Role that a login to the registries assumes. */
export const loginRoleName = (login: string): string => `tickets-${login}`;
export const loginRole = (region: Region, login: string): string => roleArn(region, loginRoleName(login));

/** Id of a Secret in Secrets Manager. */
export const secretId = ({ namespace, name }: { namespace: string; name: string }): string =>
  `platform/${namespace}/${name}`;

/** KMS key that images are signed with (ECC_NIST_P256). Only the ServiceAccount `push` may sign. */
export const signingKeyAlias = 'alias/gitops-platform-signing';
export const signingAccount = { namespace: 'ci', account: 'push', role: 'tickets-ci-push' };
/** KMS key of what its name says. */
export const keyAlias = (of: string): string => `alias/tickets-${of}`;

/** What stores hold of a service. The names below are the same on the embedded platform. */
export type Owner = { data: DataName; service: string };
export const tableName = ({ data, service }: Owner, table: string): string => `${data}-${service}-${table}`;
/** On AWS with the suffix of the region: the names of buckets are those of all its customers. */
export const bucketName = ({ data, service }: Owner, bucket: string): string => `${data}-${service}-${bucket}`;
export const bucketSuffix = ({ aws }: Region): string => `-${aws.account}-${aws.region}`;
/** The account at the broker. Its consumer group has the same name, and those of its topics begin with it. */
export const kafkaAccount = ({ data, service }: Owner): string => `${data}.${service}`;
export const topicName = (owner: Owner, topic: string): string => `${kafkaAccount(owner)}.${topic}`;
/** A database and its role. */
export const databaseName = ({ data, service }: Owner): string => `${data}_${service.replaceAll('-', '_')}`;
/** Its host for pods: a Service in the namespace of each environment, which whoever switches the writer points at it. */
export const databaseHost = (service: string): string => `${service}-db`;
/** Access key id at engines that take the place of AWS's own. */
export const accessKeyId = ({ data, service }: Owner): string => `${data}-${service}`;
/** Role that Pod Identity gives to the ServiceAccount of a service in the namespace of an environment. */
export const serviceRole = (environment: string, service: string): string => `tickets-${environment}-${service}`;

/** MSK: a cluster of this name in each region. */
export const kafkaCluster = 'tickets';
/** The secret from which MSK takes the password of an account; its name has to begin like this. */
export const kafkaSecret = (owner: Owner): string => `AmazonMSK_${kafkaAccount(owner)}`;
/** The secret with the password of the user who owns a cluster of databases. People use it, and nothing that runs. */
export const databaseOwnerSecret = (cluster: string): string => `databases/${cluster}`;

/** Who a person is for as long as the role is assumed; the group of the same name may assume it. */
export const people = {
  admin: 'tickets-platform-admin',
  developer: 'tickets-developer',
  oncall: 'tickets-oncall-dr',
  auditor: 'tickets-auditor',
} as const;
/** Roles of the workflows of the platform repository, by OIDC. */
export const workflows = { plan: 'tickets-terraform-plan', apply: 'tickets-terraform-apply' };
/** Who signs the tokens of workflows. */
export const githubTokens = 'token.actions.githubusercontent.com';
/** Who called what of AWS, and where that is kept. */
export const trail = 'tickets';
export const trailBucket = ({ aws }: Pick<Region, 'aws'>): string => `tickets-trail-${aws.account}`;
/** No role that Terraform makes has more permissions than this policy. */
export const boundaryPolicy = 'tickets-boundary';
/** Bucket with the state of the stacks that live in a region. */
export const stateBucket = ({ aws }: Region): string => `tickets-terraform-state-${aws.account}-${aws.region}`;

/** CloudFront's own region: its firewall, and all of the firewall's alarm, are there alone. */
export const globalRegion = 'us-east-1';
/** The web ACL before CloudFront. */
export const webAcl = 'tickets';
/** What notifies people of the firewall. */
export const firewallAlarm = {
  function: 'waf-report',
  rule: 'waf-records',
  alarm: 'waf-blocked-requests',
  topic: 'waf-alarm',
  deadLetters: 'waf-report-dead-letters',
  table: 'waf-report-told',
};
/** The log of CloudFront: what delivers it, and where to. */
export const siteLog = 'site-access-log';
export const siteLogBucket = ({ aws }: Pick<Region, 'aws'>): string => `tickets-site-log-${aws.account}`;
/** AWS WAF writes to buckets alone whose names begin like this. */
export const firewallBucket = ({ aws }: Pick<Region, 'aws'>): string => `aws-waf-logs-tickets-${aws.account}`;

/** Brokers of MSK, which let clients in by SCRAM over TLS at this port. */
export const kafkaPort = 9096;
/** What their names have behind the number of a broker. */
export const kafkaDomain = ({ name, aws }: Region): string =>
  `.${kafkaCluster}.${assigned.kafka[name]}.kafka.${aws.region}.amazonaws.com:${kafkaPort}`;
export const kafkaBrokers = (region: Region): string => [1, 2, 3].map((n) => `b-${n}${kafkaDomain(region)}`).join(',');

export const databasePort = 5432;
/** Aurora global database with the data of prod, and its cluster in each region. */
export const globalDatabase: { name: string; clusters: Record<RegionName, string> } = {
  name: 'reserve-db-global',
  clusters: { seoul: 'reserve-db-prod', tokyo: 'dr-aurora-cluster' },
};
/** The endpoint of the global database, which follows the writer from region to region. */
export const globalDatabaseWriter = `${globalDatabase.name}.global-${assigned.globalDatabase}.global.rds.amazonaws.com`;
/** The database of dev, which is in one region. */
export const devDatabaseCluster = 'reserve-db-dev';
export const devDatabaseWriter = ({ aws }: Region): string =>
  `${devDatabaseCluster}.cluster-${assigned.devDatabase}.${aws.region}.rds.amazonaws.com`;

/** The failover, all of it in Tokyo. */
export const failover = {
  alarm: 'dr-nlb-composite-trigger',
  /** Seoul's database alone: it may fail when the composite alarm is on already, and that changes its state no more. */
  writerAlarm: 'dr-seoul-writer',
  rule: 'dr-failover-nlb-composite',
  /** Events that a person or a rehearsal sends; AWS keeps sources that begin with `aws.` for itself. */
  sources: { operator: 'dr.operator', rehearsal: 'dr.rehearsal' },
  machine: 'dr-failover-failback',
  lockTable: 'dr-failover-lock',
  topic: 'dr-failover',
  /** CloudWatch namespace of what the probes see. */
  metrics: 'DR',
};
/** Lambda functions of the failover; the folder of each in dr/ has its name. */
export const failoverFunctions = [
  'aurora-healthcheck-seoul',
  'rds-healthcheck-tokyo',
  'aurora-promote-tokyo',
  'ga-switch-endpoint',
  'eks-scale-dr',
  'sns-notify-dr',
  'dr-failover-lock',
  'dr-failover-check',
  'dr-readiness',
  'dr-probe-seoul',
] as const;
/** Secret with the number of failovers so far and the region that writes. Pods of a region that does not write refuse writes by it. */
export const writerEpochSecret = secretId({ namespace: 'dr', name: 'writer-epoch' });
/** The API of Global Accelerator is in this region alone. Seoul's witness is there, too. */
export const acceleratorRegion = 'us-west-2';
/** Integrations of Step Functions: an asynchronous call of a Lambda, and a call of Secrets Manager. */
export const integrations = {
  invoke: 'arn:aws:states:::lambda:invoke',
  putSecretValue: 'arn:aws:states:::aws-sdk:secretsmanager:putSecretValue',
};
/** The accelerator with the one address of all services. */
export const accelerator = 'tickets';
/** Parameters in Tokyo with what AWS made up for other stacks: the failover finds it there, whatever of Seoul is gone. */
export const parameter = (what: string): string => `/tickets/failover/${what}`;
/** The network of the witness, which watches Seoul from a third region. */
export const witnessNetwork = 'dr-witness';
/** The DNS zone of the hosts by which the observers of the failover ask the services of one region, whatever the accelerator does. */
export const healthZone = (region: RegionName, domain: string): string => `health-${region}.${domain}`;
export const healthHost = (service: string, region: RegionName, domain: string): string =>
  `${service}.${healthZone(region, domain)}`;
/** Besides: what starts the machine by hand, and what notifies people of it. */
export const failoverRules = {
  operator: 'dr-failover-operator',
  starter: 'dr-failover-start',
  scheduler: 'dr-schedule',
  deadLetters: 'dr-failover-dead-letters',
};
