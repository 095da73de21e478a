import { gzipSync } from 'node:zlib';

/** A record as AWS WAF logs it ("Log examples", AWS WAF developer guide), with what a test needs otherwise. */
export function record({
  action = 'BLOCK',
  rule = 'AWS-AWSManagedRulesSQLiRuleSet',
  inside = 'SQLi_BODY',
  ip = '203.0.113.7',
  country = 'KR',
  uri = '/booking/shows',
  counts = [] as object[],
  ...more
} = {}): string {
  return JSON.stringify({
    timestamp: 1_764_514_800_000,
    formatVersion: 1,
    webaclId: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/tickets/a1b2',
    terminatingRuleId: action === 'ALLOW' ? 'Default_Action' : rule,
    terminatingRuleType: action === 'ALLOW' ? 'REGULAR' : 'MANAGED_RULE_GROUP',
    action,
    terminatingRuleMatchDetails: [],
    httpSourceName: 'CF',
    httpSourceId: 'E1234567890',
    ruleGroupList: inside ? [{ ruleGroupId: rule, terminatingRule: { ruleId: inside, action: 'BLOCK' } }] : [],
    rateBasedRuleList: [],
    nonTerminatingMatchingRules: counts,
    httpRequest: {
      clientIp: ip,
      country,
      headers: [
        { name: 'host', value: 'tickets.example' },
        { name: 'authorization', value: 'REDACTED' },
        { name: 'x-forwarded-for', value: ip },
        { name: 'user-agent', value: 'ann@example.com' },
      ],
      uri,
      args: 'card=4111111111111111&name=ann',
      httpVersion: 'HTTP/2.0',
      httpMethod: 'POST',
      requestId: 'rid-1',
    },
    ...more,
  });
}
export const packed = (lines: readonly string[]): Buffer => gzipSync(lines.map((line) => `${line}\n`).join(''));

export const bucket = 'aws-waf-logs-tickets-111122223333';
export const folder = 'AWSLogs/111122223333/WAFLogs/cloudfront/tickets/2026/11/30/14/05/';
export const fileKey = (name = '1'): string =>
  `${folder}111122223333_waflogs_cloudfront_tickets_20261130T1405Z_${name}.log.gz`;
/** Of S3, by EventBridge. */
export const created = (key = fileKey(), of = bucket): object => ({
  version: '0',
  id: 'e-1',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '111122223333',
  time: '2026-11-30T14:10:03Z',
  region: 'us-east-1',
  detail: {
    version: '0',
    bucket: { name: of },
    object: { key, size: 1000, etag: 'e', sequencer: 's' },
    reason: 'PutObject',
  },
});
export const changedAlarm = (value = 'ALARM', before = 'OK', timestamp = '2026-11-30T14:06:00.000+0000'): object => ({
  source: 'aws.cloudwatch',
  alarmArn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:waf-blocked',
  accountId: '111122223333',
  time: timestamp,
  region: 'us-east-1',
  alarmData: {
    alarmName: 'waf-blocked',
    state: {
      value,
      reason: 'Threshold Crossed: 1 datapoint [812.0] was greater than the threshold (300.0).',
      timestamp,
    },
    previousState: { value: before, reason: '', timestamp: '2026-11-30T13:00:00.000+0000' },
    configuration: {
      metrics: [
        {
          id: 'm1',
          metricStat: {
            metric: { namespace: 'AWS/WAFV2', name: 'BlockedRequests', dimensions: { WebACL: 'tickets', Rule: 'ALL' } },
            period: 60,
            stat: 'Sum',
          },
          returnData: true,
        },
      ],
    },
  },
});
