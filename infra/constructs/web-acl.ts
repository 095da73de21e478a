import { Wafv2WebAcl } from '@cdktn/provider-aws/lib/wafv2-web-acl/index.js';
import { type FirewallRule, firewall } from '../../entrance/firewall.ts';
import { refusalBody, refusals } from '../../entrance/refusals.ts';
import { webAcl as name } from '../../overlays/names.ts';
import type { Scope } from '../stack.ts';

const visible = (metricName: string) => ({
  CloudWatchMetricsEnabled: true,
  MetricName: metricName,
  SampledRequestsEnabled: true,
});
const refused = 'refused';

const matches = (field: Record<string, unknown>, value: string) => ({
  ByteMatchStatement: {
    // The provider itself makes base64 of it, as the API wants it.
    SearchString: value,
    FieldToMatch: field,
    PositionalConstraint: 'EXACTLY',
    TextTransformations: [{ Priority: 0, Type: 'NONE' }],
  },
});

function statementOf(rule: FirewallRule): Record<string, unknown> {
  if ('managed' in rule)
    return {
      ManagedRuleGroupStatement: {
        VendorName: 'AWS',
        Name: rule.managed,
        ...(rule.settings && { ManagedRuleGroupConfigs: [rule.settings] }),
      },
    };
  const { limit, seconds, method, path } = rule.rate;
  const narrowed = [
    ...(method ? [matches({ Method: {} }, method)] : []),
    ...(path ? [matches({ UriPath: {} }, path)] : []),
  ];
  return {
    RateBasedStatement: {
      Limit: limit,
      EvaluationWindowSec: seconds,
      AggregateKeyType: 'IP',
      ...(narrowed.length === 1 ? { ScopeDownStatement: narrowed[0] } : {}),
      ...(narrowed.length > 1 ? { ScopeDownStatement: { AndStatement: { Statements: narrowed } } } : {}),
    },
  };
}

/** A group of AWS has actions of its own, which `Count` overrides as a whole; a rule of ours has one. */
const actionOf = ({ mode, ...rule }: FirewallRule): Record<string, unknown> => {
  if ('managed' in rule) return { OverrideAction: mode === 'count' ? { Count: {} } : { None: {} } };
  const block = { Block: { CustomResponse: { ResponseCode: 403, CustomResponseBodyKey: refused } } };
  return { Action: mode === 'count' ? { Count: {} } : block };
};

/** Rules in the JSON of the API. Blocks of rules are planned anew each time (hashicorp/terraform-provider-aws#33124); this text is compared as it is. */
export const rulesOf = (rules: readonly FirewallRule[]) =>
  rules.map((rule, index) => ({
    Name: rule.name,
    Priority: index,
    Statement: statementOf(rule),
    ...actionOf(rule),
    VisibilityConfig: visible(rule.name),
  }));

/** The firewall of CloudFront, in the one region where that is. Returns its ARN; what it records is for the stack of its alarms. */
export const webAcl = (scope: Scope): string =>
  new Wafv2WebAcl(scope.stack, 'web-acl', {
    provider: scope.provider('global'),
    name,
    description: 'Before CloudFront',
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    customResponseBody: [
      { key: refused, contentType: 'APPLICATION_JSON', content: JSON.stringify(refusalBody(refusals.firewall)) },
    ],
    // Unset, rules see 16 KB of a body, which is what inspectedBody says; more costs more.
    ruleJson: scope.json('web-acl-rules', rulesOf(firewall)),
    visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: name, sampledRequestsEnabled: true },
  }).arn;
