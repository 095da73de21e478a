import type { Placed as Rendered } from '../../lib/rules/placed.ts';
import { containersOf, podSpecs } from '../../lib/rules/placed.ts';
import { cacheRepository, clusterPrograms, clusters, writerEpochSecret } from '../../overlays/names.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { type Json, jsonOf, ofType, type Placed, placed, type Stacks, texts } from './stacks.ts';

/** What Kubernetes objects expect of AWS, each as `<kind> <place> <name>`: one spelling for both sides. */
const fact = (kind: string, place: string, ...names: string[]): string => [kind, place, ...names].join(' ');

const ecr = /(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([a-z0-9][a-z0-9._/-]*)/g;
const brokers = /\bb-\d\.([a-z0-9-]+)\.[^,]*\.kafka\.([a-z0-9-]+)\.amazonaws\.com/g;

type Where = { region: RegionName; aws: string };

/** `regionOf`: the region in whose cluster an object is, by its file. */
export function expected(objects: readonly Rendered[], regionOf: (path: string) => Where): Set<string> {
  const facts = new Set<string>();
  for (const { path, object } of objects) {
    const { region, aws } = regionOf(path);
    for (const [, text] of texts(object)) {
      for (const [, , at, repository] of text.matchAll(ecr))
        facts.add(fact('repository', at as string, repository as string));
      for (const [, name, at] of text.matchAll(brokers)) facts.add(fact('brokers', at as string, name as string));
      for (const [, alias] of text.matchAll(/awskms:\/\/\/(alias\/[\w/-]+)/g))
        facts.add(fact('key', aws, alias as string));
    }
    for (const one of expectedOf(object, region)) facts.add(one);
  }
  return facts;
}

function expectedOf(object: Json, region: RegionName): string[] {
  const { kind, spec, metadata } = object;
  switch (kind) {
    case 'EC2NodeClass':
      return [
        fact('node role', region, spec.role),
        ...spec.subnetSelectorTerms.map(({ tags }: Json) => fact('subnets', region, tags['karpenter.sh/discovery'])),
        ...spec.securityGroupSelectorTerms.map(({ tags }: Json) =>
          fact('security group', region, tags['karpenter.sh/discovery']),
        ),
      ];
    case 'ECRAuthorizationToken':
      return [fact('login', region, spec.role)];
    case 'ExternalSecret':
      return (spec.data ?? []).map(({ remoteRef }: Json) => fact('secret', region, remoteRef.key, remoteRef.property));
    case 'ConfigMap':
      // Of Fluent Bit.
      return [...texts(object)].flatMap(([, text]) =>
        [...text.matchAll(/^\s*log_group_name (\S+)$/gm)].map(([, name]) => fact('log group', region, name as string)),
      );
    case 'Task':
      // The step that signs asks the Pod Identity Agent.
      return JSON.stringify(spec).includes('awskms:///') ? [fact('pods', region, metadata.namespace, 'push')] : [];
    case 'Service':
      return spec.externalName?.endsWith('.rds.amazonaws.com')
        ? [fact('database', region, spec.externalName.split('.')[0])]
        : [];
    default:
      return podSpecs(object).flatMap((pod) => ofPod(pod, metadata.namespace, region));
  }
}

function ofPod(pod: Json, namespace: string, region: RegionName): string[] {
  const env: { name: string; value?: string }[] = containersOf(pod).flatMap(({ env }) => env ?? []);
  const values = (prefix: string) =>
    env.flatMap(({ name, value }) => (name.startsWith(prefix) && value ? [value] : []));
  const tables = values('TABLE_');
  const buckets = values('BUCKET_');
  const ships = containersOf(pod).some(({ image }) => /\/aws-for-fluent-bit[:@]/.test(image));
  return [
    ...tables.map((name) => fact('table', region, name)),
    ...buckets.map((name) => fact('bucket', region, name)),
    ...values('TOPIC_').map((name) => fact('topic', region, name)),
    ...values('KAFKA_USERNAME').map((name) => fact('kafka account', region, name)),
    ...(tables.length + buckets.length > 0 || ships
      ? [fact('pods', region, namespace, pod.serviceAccountName ?? 'default')]
      : []),
  ];
}

/** The same of what Terraform makes for the clusters. */
export function made(stacks: Stacks, regionOf: (awsRegion: string) => string): Set<string> {
  const all = placed(stacks);
  const list = (type: string, names: (one: Placed) => string[]) => ofType(all, type).flatMap(names);
  const replicas = ({ args, place }: Placed, key: string): string[] => [
    place as string,
    ...(args.replica ?? []).map((replica: Json) => regionOf(replica[key])),
  ];
  const clusterOf = ({ stack }: Placed): RegionName => stack as RegionName;
  return new Set([
    ...list('aws_eks_access_entry', (one) =>
      one.args.type === 'EC2_LINUX' ? [fact('node role', one.place as string, nameOfRole(stacks, one))] : [],
    ),
    ...list('aws_subnet', ({ args, place }) =>
      args.tags['karpenter.sh/discovery']
        ? [fact('subnets', place as string, args.tags['karpenter.sh/discovery'])]
        : [],
    ),
    ...list('aws_ec2_tag', ({ args, place }) =>
      args.key === 'karpenter.sh/discovery' ? [fact('security group', place as string, args.value)] : [],
    ),
    ...list('aws_iam_role', (one) =>
      isLogin(stacks, one) ? [fact('login', one.place as string, roleArnOf(stacks, one))] : [],
    ),
    ...list('aws_secretsmanager_secret', (one) =>
      one.args.name.startsWith('platform/')
        ? replicas(one, 'region').flatMap((region) =>
            keysOf(stacks, one).map((key) => fact('secret', region, one.args.name, key)),
          )
        : [],
    ),
    ...list('aws_eks_pod_identity_association', (one) => [
      fact('pods', clusterOf(one), one.args.namespace, one.args.service_account),
    ]),
    ...list('aws_ecr_repository', ({ args, region }) => [fact('repository', region as string, args.name)]),
    ...list('aws_msk_cluster', ({ args, region }) => [fact('brokers', region as string, args.cluster_name)]),
    ...list('aws_kms_alias', ({ args, region }) =>
      stacks.data && /signing/.test(args.name) ? [fact('key', region as string, args.name)] : [],
    ),
    ...list('aws_dynamodb_table', (one) =>
      one.stack === 'data' ? replicas(one, 'region_name').map((region) => fact('table', region, one.args.name)) : [],
    ),
    ...list('aws_s3_bucket', ({ stack, args, place }) =>
      stack === 'data' ? [fact('bucket', place as string, args.bucket)] : [],
    ),
    ...list('aws_cloudwatch_log_group', ({ args, place }) =>
      args.name.startsWith('/aws/containerinsights/') ? [fact('log group', place as string, args.name)] : [],
    ),
    ...list('aws_msk_topic', ({ args, place }) => [fact('topic', place as string, args.name)]),
    ...list('aws_secretsmanager_secret', ({ args, place }) =>
      args.name.startsWith('AmazonMSK_') ? [fact('kafka account', place as string, args.name.slice(10))] : [],
    ),
    // A global database is reached from both regions.
    ...list('aws_rds_global_cluster', ({ args }) =>
      Object.keys(clusters).map((region) => fact('database', region, args.global_cluster_identifier)),
    ),
    ...list('aws_rds_cluster', ({ args, place }) =>
      args.global_cluster_identifier ? [] : [fact('database', place as string, args.cluster_identifier)],
    ),
  ]);
}

const referred = (text: string): string | undefined => text.match(/^\$\{[\w]+\.([\w-]+)\.\w+\}$/)?.[1];
const nameOfRole = (stacks: Stacks, { stack, args }: Placed): string =>
  stacks[stack].resource.aws_iam_role[referred(args.principal_arn) as string].name;
const roleArnOf = (stacks: Stacks, { stack, args }: Placed): string =>
  `arn:aws:iam::${stacks[stack].provider.aws[0].allowed_account_ids[0]}:role/${args.name}`;
const isLogin = (stacks: Stacks, { stack, args }: Placed): boolean =>
  jsonOf(stacks, stack, args.assume_role_policy).Statement.some(({ Sid }: Json) => Sid === 'ExternalSecrets');

/** The keys of a secret: those that Terraform writes, or those that its description asks a person for. */
function keysOf(stacks: Stacks, { stack, id, args }: Placed): string[] {
  const value = Object.values<Json>(stacks[stack].resource.aws_secretsmanager_secret_version ?? {}).find(
    ({ secret_id }) => referred(secret_id) === id,
  );
  const written = [...(value?.secret_string_wo ?? '').matchAll(/"([^"]+)" = /g)].map(([, key]) => key as string);
  return written.length > 0 ? written : (args.description.match(/with: (.*)$/)?.[1] ?? '').split(', ');
}

/** What Terraform makes and no rendered object names, each with the reason. */
export const unnamed: { fact: RegExp; because: string }[] = [
  {
    fact: new RegExp(`^secret tokyo ${writerEpochSecret} \\w+$`),
    because: 'the machine writes it there; the fence reads the replica in Seoul',
  },
  {
    fact: /^log group \w+ \S+\/performance$/,
    because: 'the add-on amazon-cloudwatch-observability writes there, which the stack monitoring installs',
  },
  ...Object.values(clusterPrograms).map(({ namespace, account }) => ({
    fact: new RegExp(`^pods \\w+ ${namespace} ${account}$`),
    because: 'a person installs it before Argo CD (docs/aws.md)',
  })),
  {
    fact: new RegExp(`^repository \\S+ ${cacheRepository('[a-z0-9-]+')}$`),
    because: 'the steps of restore-cache and cache-save put its name together',
  },
  {
    fact: /^repository ap-northeast-1 platform\/programs$/,
    because: 'replication takes it along; steps run in Seoul alone',
  },
];

const cure = 'run npm run render, and npm run render --prefix infra';

/** Each name that one side has and the other lacks. */
export function borderFaults(wanted: ReadonlySet<string>, there: ReadonlySet<string>): string[] {
  return [
    ...[...wanted]
      .filter((one) => !there.has(one))
      .map((one) => `${one}: rendered/ names it, and no stack makes it; ${cure}`),
    ...[...there]
      .filter((one) => !wanted.has(one) && !unnamed.some(({ fact }) => fact.test(one)))
      .map((one) => `${one}: a stack makes it, and nothing in rendered/ names it; ${cure}`),
  ].sort();
}
