import { parseCidr } from '../../lib/cidr.ts';
import { acceleratorRegion, edge, entranceHosts, globalRegion, hooks, siteBucket } from '../../overlays/names.ts';
import { tokyo } from '../../overlays/regions/tokyo.ts';
import { aws } from '../../overlays/sites/aws.ts';
import { each, type Rule } from './rule.ts';
import { called, type Json, jsonOf, ofType, type Placed, placed, type Stacks } from './stacks.ts';

/** Stacks that a failover needs, or that must apply while Seoul, or the region of CloudFront's settings, is gone. */
const failoverPath = ['dr-control', 'gateway-tokyo', 'tokyo', 'traffic', 'witness'];
const globalTypes = /^aws_(?:cloudfront_|wafv2_)/;

/** Rules of the group count once each, a list of networks for as many as it has: that of CloudFront for 55 (quota of 60). */
const weights = { list: 55, most: 60 };

/** Of AWS WAF: windows, the least limit of a rate, how many such rules, and capacity at the base price. */
const waf = { windows: [60, 120, 300, 600], leastLimit: 10, mostRates: 10, capacity: 1500 };
/** As AWS documents them; a rate costs 2, and 5 more where it is scoped down by method and path. */
const capacities: Record<string, number> = {
  AWSManagedRulesAmazonIpReputationList: 25,
  AWSManagedRulesAnonymousIpList: 50,
  AWSManagedRulesAntiDDoSRuleSet: 50,
  AWSManagedRulesCommonRuleSet: 700,
  AWSManagedRulesKnownBadInputsRuleSet: 200,
  AWSManagedRulesSQLiRuleSet: 200,
};

const capacityOf = ({ Statement }: Json): number => {
  const { ManagedRuleGroupStatement: group, RateBasedStatement: rate } = Statement;
  return group ? (capacities[group.Name] ?? Number.NaN) : rate.ScopeDownStatement ? 7 : 2;
};

/** What CloudFront caches though the origin does not ask for it (developer guide, "HTTP 4xx and 5xx status codes that CloudFront always caches"). */
const keptErrors = [404, 405, 414, 500, 501, 502, 503, 504];
/** AWS's policy CachingDisabled. */
const cachesNothing = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

/** API Gateway lets so many requests a second through to all APIs of an account in a region. */
const accountRate = 10_000;

const listenerFault = ({ args }: Placed): string | false =>
  args.protocol === 'TLS'
    ? !/^ELBSecurityPolicy-TLS13-1-2-/.test(args.ssl_policy ?? '') && `TLS by ${args.ssl_policy}`
    : !(args.protocol === 'TCP' && args.port === 443) && `${args.protocol} at ${args.port}`;

const refersTo = (expression: string, one: Placed): boolean => expression === `\${${one.type}.${one.id}.id}`;

/** The groups of load balancers, with what they let in. */
function* balancers(stacks: Stacks): Generator<{ one: Placed; rules: Json[] }> {
  const all = placed(stacks);
  for (const one of ofType(all, 'aws_lb')) {
    const own = all.filter(({ stack }) => stack === one.stack);
    const [group] = ofType(own, 'aws_security_group').filter((it) => refersTo(one.args.security_groups[0], it));
    const rules = group
      ? ofType(own, 'aws_vpc_security_group_ingress_rule').filter(({ args }) => refersTo(args.security_group_id, group))
      : [];
    yield { one, rules: rules.map(({ args }) => args) };
  }
}

const isPublic = (cidr: string): boolean => !/^(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)\./.test(cidr);

export const entranceRules: Record<string, Rule> = {
  'CloudFront, its firewall and its certificates are set up in its own region, and nothing of a failover is': (
    stacks,
  ) => {
    const all = placed(stacks);
    const distributed = [
      ...ofType(all, 'aws_cloudfront_distribution').map((one) => ({
        one,
        arn: one.args.viewer_certificate.acm_certificate_arn,
      })),
      ...ofType(all, 'aws_cognito_user_pool_domain').map((one) => ({ one, arn: one.args.certificate_arn })),
    ].flatMap(({ one, arn }) => {
      const id = arn.match(/^\$\{aws_acm_certificate_validation\.([\w-]+)\./)?.[1];
      const issued = all.find((other) => other.type === 'aws_acm_certificate_validation' && other.id === id);
      return issued?.region === globalRegion ? [] : [`${called(one)}: its certificate is in ${issued?.region}`];
    });
    const misplaced = all.flatMap((one) => {
      if (globalTypes.test(one.type) && one.region !== globalRegion) return [`${called(one)}: is in ${one.region}`];
      return one.region === globalRegion && failoverPath.includes(one.stack)
        ? [`${called(one)}: a failover would need ${globalRegion}`]
        : [];
    });
    return [...distributed, ...misplaced];
  },

  'pages are read by our distribution alone': (stacks) => [
    ...each(stacks, 'aws_cloudfront_origin_access_control', ({ args }) => [
      args.signing_behavior !== 'always' && 'does not always sign',
    ]),
    ...each(stacks, 'aws_cloudfront_distribution', ({ args }) =>
      args.origin.map(
        (one: Json) =>
          !one.custom_origin_config && !one.origin_access_control_id && `${one.origin_id} is asked unsigned`,
      ),
    ),
    ...each(stacks, 'aws_s3_bucket_policy', ({ stack, args }) =>
      stack === 'site' && args.bucket.includes(siteBucket(tokyo))
        ? jsonOf(stacks, stack, args.policy).Statement.map(
            ({ Sid, Effect, Condition }: Json) =>
              Effect === 'Allow' &&
              !/^\$\{aws_cloudfront_distribution\.\w+\.arn\}$/.test(Condition?.StringEquals?.['AWS:SourceArn'] ?? '') &&
              `${Sid} lets in others`,
          )
        : [],
    ),
  ],

  'no request decides what others get: CloudFront keeps no error, and sends the origin nothing that is not in the key':
    (stacks) =>
      each(stacks, 'aws_cloudfront_distribution', ({ args }) => [
        ...keptErrors.map(
          (status) =>
            !args.custom_error_response.some(
              ({ error_code: code, error_caching_min_ttl: seconds }: Json) => code === status && seconds === 0,
            ) && `keeps a ${status}`,
        ),
        ...[args.default_cache_behavior, ...args.ordered_cache_behavior].map(
          ({ cache_policy_id: cache, origin_request_policy_id: forwards, path_pattern: path = '*' }: Json) =>
            cache !== cachesNothing && forwards && `${path} is cached, and forwarded to the origin by ${forwards}`,
        ),
      ]),

  'nothing talks less than TLS 1.2': (stacks) => [
    ...each(stacks, 'aws_cloudfront_distribution', ({ args }) => [
      !/^TLSv1\.[23]_20(?:21|25)$/.test(args.viewer_certificate.minimum_protocol_version) && 'viewers may use less',
      ...args.origin.map(
        ({ custom_origin_config: to, origin_id: id }: Json) =>
          to &&
          (to.origin_protocol_policy !== 'https-only' || to.origin_ssl_protocols.join() !== 'TLSv1.2') &&
          `${id} may use less`,
      ),
      ...[args.default_cache_behavior, ...args.ordered_cache_behavior].map(
        ({ viewer_protocol_policy: policy, response_headers_policy_id: headers }: Json) =>
          (policy === 'allow-all' || !headers) && 'a path is served by http, or without HSTS',
      ),
    ]),
    ...each(stacks, 'aws_cloudfront_response_headers_policy', ({ args }) => {
      const { access_control_max_age_sec: age, override } =
        args.security_headers_config.strict_transport_security ?? {};
      return [!(age >= 31_536_000 && override) && 'HSTS is shorter than a year'];
    }),
    ...each(stacks, 'aws_api_gateway_domain_name', ({ args }) => [args.security_policy !== 'TLS_1_2' && 'takes less']),
    ...each(stacks, 'aws_lb_listener', (one) => [listenerFault(one)]),
  ],

  'API Gateway is reached by its endpoint alone, and its answers come from the document': (stacks) => [
    ...each(stacks, 'aws_api_gateway_rest_api', ({ args, stack }) => [
      args.endpoint_configuration.types.join() !== 'PRIVATE' && 'is not private',
      args.disable_execute_api_endpoint !== true && 'answers to another name',
      args.put_rest_api_mode !== 'overwrite' && 'keeps what the document does not have',
      // The import of a document takes away a policy that is not in it.
      !jsonOf(stacks, stack, args.body)['x-amazon-apigateway-policy']?.Statement.some(
        ({ Effect, Condition }: Json) => Effect === 'Deny' && Condition?.StringNotEquals?.['aws:SourceVpce'],
      ) && 'lets in other endpoints',
    ]),
    ...each(stacks, 'aws_api_gateway_rest_api_policy', () => ['would be gone after the next import of the document']),
    ...each(stacks, 'aws_api_gateway_deployment', ({ args }) => [
      !/api-document/.test(args.triggers?.document ?? '') && 'would not be made anew for another document',
    ]),
  ],

  'CloudFront, DNS and both gateways have one name for the origin': (stacks) => {
    const all = placed(stacks);
    const { origin } = entranceHosts(aws.ingress.domain);
    const asked = ofType(all, 'aws_cloudfront_distribution').flatMap(({ args }) =>
      args.origin.flatMap((one: Json) => (one.custom_origin_config ? [one.domain_name] : [])),
    );
    const answered = ofType(all, 'aws_api_gateway_domain_name').map(({ args }) => args.domain_name);
    const known = ofType(all, 'aws_route53_record').flatMap(({ stack, args }) =>
      stack === 'traffic' && args.zone_id.includes('data.aws_route53_zone') ? [args.name] : [],
    );
    return [asked.length === 1, answered.length === 2, known.length === 1].includes(false) ||
      [...asked, ...answered, ...known].some((name) => name !== origin)
      ? [`origin: given ${[...asked, ...answered, ...known].join(', ')}, allowed ${origin} in all`]
      : [];
  },

  'a load balancer lets in whom it is for': (stacks) =>
    [...balancers(stacks)].flatMap(({ one, rules }) => {
      const { name, internal } = one.args;
      const open = rules.flatMap(({ cidr_ipv4: cidr }) =>
        cidr && ((parseCidr(cidr)?.prefix ?? 0) < 8 || (internal && isPublic(cidr))) ? [cidr] : [],
      );
      const lists = rules.filter((rule) => rule.prefix_list_id).length;
      const weight = lists * weights.list + rules.length - lists;
      return [
        rules.length === 0 && 'lets nobody in',
        open.length > 0 && `lets in ${open.join(', ')}`,
        !internal && !name.endsWith(hooks('').loadBalancer) && 'is in the internet',
        lists > 0 !== name.endsWith(edge('').loadBalancer) && 'CloudFront comes by the edge alone',
        weight > weights.most && `rules weigh ${weight}, allowed ${weights.most}`,
      ].flatMap((fault) => (fault ? [`${called(one)}: ${fault}`] : []));
    }),

  'the accelerator sends to the edge': (stacks) =>
    each(stacks, 'aws_globalaccelerator_endpoint_group', ({ args, region }) => {
      const id = args.endpoint_configuration[0].endpoint_id.match(/^\$\{data\.aws_lb\.([\w-]+)\.arn\}$/)?.[1];
      const to = stacks.traffic.data.aws_lb[id]?.name;
      return [!to?.endsWith(edge('').loadBalancer) && `sends to ${to}`, region !== acceleratorRegion && 'elsewhere'];
    }),

  'the firewall fits its price and the rules of AWS': (stacks) =>
    each(stacks, 'aws_wafv2_web_acl', ({ stack, args }) => {
      const rules: Json[] = jsonOf(stacks, stack, args.rule_json);
      const sum = rules.reduce((all, rule) => all + capacityOf(rule), 0);
      const rates = rules.flatMap(({ Statement }) => Statement.RateBasedStatement ?? []);
      const priorities = rules.map(({ Priority }) => Priority);
      return [
        !(sum <= waf.capacity) && `takes ${sum} units, allowed ${waf.capacity}`,
        rates.length > waf.mostRates && `has ${rates.length} rates`,
        ...rates.map(
          ({ Limit, EvaluationWindowSec: window }: Json) =>
            (Limit < waf.leastLimit || !waf.windows.includes(window)) && `a rate of ${Limit} in ${window} s`,
        ),
        ...[...JSON.stringify(rules).matchAll(/"SearchString":"([^"]*)"/g)].map(
          ([, text = '']) => !/^(?:\/|[A-Z]+$)/.test(text) && `looks for ${text}, which is no path and no method`,
        ),
        new Set(priorities).size !== priorities.length && 'two rules have one priority',
        // Without it AWS refuses a managed group, and takes overrides of single rules for nothing.
        ...rules.map(
          ({ Name, Action, OverrideAction, Statement }) =>
            (Statement.ManagedRuleGroupStatement ? !OverrideAction || Action : !Action || OverrideAction) &&
            `${Name} has the wrong kind of action`,
        ),
      ];
    }),

  'keys let less through than the account may': (stacks) =>
    ['seoul', 'tokyo'].flatMap((place) => {
      const plans = ofType(placed(stacks), 'aws_api_gateway_usage_plan').filter((one) => one.place === place);
      const rate = plans.reduce((sum, { args }) => sum + args.throttle_settings.rate_limit, 0);
      return plans.length > 0 && rate <= accountRate
        ? []
        : [`${place}: given ${rate} a second, allowed ${accountRate}`];
    }),
};
