import { boundaryPolicy, people, workflows } from '../../overlays/names.ts';
import { each, type Rule } from './rule.ts';
import { type Json, jsonOf, type Stacks } from './stacks.ts';

/** Policies that AWS writes. Each is read before it is listed: what AWS adds to it, its role may do. */
const awsPolicies: Record<string, string> = {
  AdministratorAccess: 'of platform engineers, and of the role that applies, which its own policy confines',
  AmazonAPIGatewayPushToCloudWatchLogs: 'API Gateway writes its logs; AWS asks for it, once an account and region',
  AmazonEBSCSIDriverPolicy: 'volumes with the tags of the driver',
  AmazonEC2ContainerRegistryPullOnly: 'nodes pull images',
  AmazonEKSClusterPolicy: 'the control plane; AWS asks for it',
  AmazonEKSWorkerNodePolicy: 'nodes describe what they join',
  AmazonEKS_CNI_Policy: 'addresses of pods; the add-on alone has it, not the nodes',
  AmazonSSMManagedInstanceCore: 'Session Manager, in place of SSH',
  SecurityAudit: 'auditors see settings',
};

/** Statements with `*` as a resource or in an action, each with the reason. Everything else names what it is about. */
const anyAllowed: { policy: RegExp; sid: RegExp; because: string; stack?: string }[] = [
  { policy: /^policy-key-/, sid: /./, because: 'in the policy of a key `*` is the key' },
  {
    policy: /^policy-tickets-registry-/,
    sid: /^Login$/,
    because: 'a login to ECR is of the account; its rights are confined',
  },
  { policy: /-karpenter$/, sid: /^ReadRegion$/, because: 'Describe calls have no resources; the region confines them' },
  { policy: /-karpenter$/, sid: /^(?:ReadPrices|ListProfiles)$/, because: 'the calls have no resources' },
  {
    policy: /-karpenter$/,
    sid: /^ReadZonalShifts$/,
    because: 'IAM knows no cluster as its resource; the region confines it',
  },
  {
    policy: /-load-balancer-controller$/,
    sid: /^Read$/,
    because: 'Describe calls have no resources; the region confines them',
  },
  {
    policy: /-cloudwatch-agent$/,
    sid: /^(?:Metrics|Describe)$/,
    because: 'the calls have no resources; the namespace of the metrics and the region confine them',
  },
  { policy: /^policy-boundary$/, sid: /^(?:AllButIdentity|Look)$/, because: 'a boundary gives nothing by itself' },
  {
    policy: new RegExp(`^policy-(?:${people.developer}|${people.oncall})$`),
    sid: /^(?:Look|See)$/,
    because: 'people look at settings',
  },
  {
    policy: new RegExp(`^policy-${workflows.plan}$`),
    sid: /^Settings$/,
    because: 'a plan looks at settings, and at nothing stored',
  },
  {
    stack: 'dr-control',
    policy: /./,
    sid: /^(?:PutMetrics|ReadMetrics|ReadTargets|SaySo|Publish\w*|See\w*)$/,
    because: 'dr/lambdas.ts says why of each; the region confines them',
  },
  {
    stack: 'dr-control',
    policy: /./,
    sid: /^(?:Log|Vpc)$/,
    because: 'IAM knows no resources of log deliveries and network interfaces; the region confines them',
  },
];
const mayNameAny = (stack: string, policy: string, sid: string): boolean =>
  anyAllowed.some((one) => (one.stack ?? stack) === stack && one.policy.test(policy) && one.sid.test(sid));

/** Statements of every policy in the stacks, in the local values that hold them. */
export const statements = (stacks: Stacks): { stack: string; policy: string; statement: Json }[] =>
  Object.entries(stacks).flatMap(([stack, { locals = {} }]) =>
    Object.entries<Json>(locals)
      .filter(([name]) => name.startsWith('policy-'))
      .flatMap(([policy, { Statement }]) => Statement.map((statement: Json) => ({ stack, policy, statement }))),
  );

/** Entries of the list that nothing needs. */
export const unneeded = (stacks: Stacks): string[] =>
  anyAllowed
    .filter(({ stack }) => stack === undefined || stack in stacks)
    .filter(
      ({ policy, sid }) => !statements(stacks).some((one) => policy.test(one.policy) && sid.test(one.statement.Sid)),
    )
    .map(({ policy, sid }) => `${policy} ${sid}`);

/** Of the API: its callers are no principals of IAM, so keys and tokens say who may, and the endpoint by which they come. */
const everybody = /^policy-(?:api|domain|endpoint-execute-api)$/;

/** Characters (IAM user guide, "IAM and AWS STS quotas"): the policies of a role, of a group and of an attached one; who may assume a role. */
const quotas: Record<string, [field: string, most: number]> = {
  aws_iam_role_policy: ['policy', 10_240],
  aws_iam_group_policy: ['policy', 5_120],
  aws_iam_policy: ['policy', 6_144],
  aws_iam_role: ['assume_role_policy', 2_048],
};

export const iamRules: Record<string, Rule> = {
  'IAM names `*` only where nothing narrower exists': (stacks) =>
    statements(stacks).flatMap(({ stack, policy, statement }) => {
      const { Sid, Effect, Action = [], NotAction, Resource = [], NotResource, Principal } = statement;
      if (Effect === 'Deny') return [];
      const any =
        Resource.includes('*') || NotResource || NotAction || Action.some((action: string) => action.includes('*'));
      return [
        ...(any && !mayNameAny(stack, policy, Sid) ? [`${stack}: ${policy}: ${Sid} names any resource or action`] : []),
        ...(Principal === '*' && !(everybody.test(policy) && Action.join() === 'execute-api:Invoke')
          ? [`${stack}: ${policy}: ${Sid} allows everybody`]
          : []),
      ];
    }),

  'policies that AWS writes are on the list': (stacks) =>
    each(stacks, 'aws_iam_role_policy_attachment', ({ args }) => {
      const name = args.policy_arn.split('/').at(-1) as string;
      return [!(name in awsPolicies) && `${name} is not on the list`];
    }),

  'a role has the boundary, unless people gave it more': (stacks) =>
    each(stacks, 'aws_iam_role', ({ args, stack }) => {
      const free = stack === 'access' && [people.admin, people.auditor, workflows.apply].includes(args.name);
      const bounded = args.permissions_boundary?.endsWith(`:policy/${boundaryPolicy}`);
      return [!free && !bounded && 'has no boundary', free && bounded && 'has one'];
    }),

  'policies fit the quotas of IAM': (stacks) => {
    const long = (stack: string, policy: string) =>
      // IAM counts no white space. An ARN that Terraform fills in is taken for a long one.
      JSON.stringify(jsonOf(stacks, stack, policy))
        .replace(/\$\{[^}]*\}/g, 'x'.repeat(100))
        .replace(/\s/g, '').length;
    return Object.entries(quotas).flatMap(([type, [field, most]]) =>
      each(stacks, type, ({ stack, args }) => {
        const length = long(stack, args[field]);
        return [length > most && `${field} has ${length} characters, allowed ${most}`];
      }),
    );
  },
};
