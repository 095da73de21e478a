/**
 * The rules of the firewall before CloudFront, in their order. A new rule counts first; when its record shows nothing but attacks, people make it
 * `block`. A web ACL has 1,500 capacity units (WCU) at the base price.
 */
export type FirewallRule = {
  name: string;
  /** `count` lets through what it finds, and records it. */
  mode: 'count' | 'block';
  /** Capacity units, as AWS documents them. */
  wcu: number;
  /** Of the OWASP Top 10 (2021), what it is against. */
  against: string;
} & (
  | {
      /** Rules that AWS writes and updates, by the name of their group. */
      managed: string;
      /** True: AWS asks a fee for the group, beside those of every rule and request. */
      fee?: true;
      /** Settings of the group, as the API of WAF spells them. */
      settings?: Record<string, unknown>;
    }
  | {
      /** Requests of one address within so many seconds, at most; of one method and path only, where they are given. */
      rate: { limit: number; seconds: 60 | 120 | 300 | 600; method?: string; path?: string };
    }
);

/**
 * Groups with a fee that people decided to pay, by their names; none. The page about the entrance says what `anti-ddos` costs and what it would do more
 * than the rates.
 */
export const paid: readonly string[] = [];

const all: readonly FirewallRule[] = [
  {
    name: 'ip-reputation',
    managed: 'AWSManagedRulesAmazonIpReputationList',
    mode: 'count',
    wcu: 25,
    against: 'bots and known attackers',
  },
  {
    name: 'anti-ddos',
    managed: 'AWSManagedRulesAntiDDoSRuleSet',
    fee: true,
    // A challenge needs a browser page, which an API is not.
    settings: {
      AWSManagedRulesAntiDDoSRuleSet: {
        ClientSideActionConfig: { Challenge: { UsageOfAction: 'DISABLED' } },
        SensitivityToBlock: 'LOW',
      },
    },
    mode: 'count',
    wcu: 50,
    against: 'floods',
  },
  { name: 'rate', rate: { limit: 2_000, seconds: 300 }, mode: 'count', wcu: 2, against: 'A07, and floods' },
  {
    name: 'rate-bookings',
    rate: { limit: 60, seconds: 60, method: 'POST', path: '/api/bookings' },
    mode: 'count',
    wcu: 7,
    against: 'A04: one who buys all',
  },
  {
    name: 'common',
    managed: 'AWSManagedRulesCommonRuleSet',
    mode: 'count',
    wcu: 700,
    against: 'A01, A03, A10',
  },
  {
    name: 'known-bad-inputs',
    managed: 'AWSManagedRulesKnownBadInputsRuleSet',
    mode: 'count',
    wcu: 200,
    against: 'A06, A08',
  },
  { name: 'sql-injection', managed: 'AWSManagedRulesSQLiRuleSet', mode: 'count', wcu: 200, against: 'A03' },
  {
    name: 'anonymous',
    managed: 'AWSManagedRulesAnonymousIpList',
    // It also finds people who use a VPN: it counts, and stays so.
    mode: 'count',
    wcu: 50,
    against: 'bots',
  },
];

/** The rules that the firewall has, with those groups that are paid for. */
export const firewallWith = (paid: readonly string[]): FirewallRule[] =>
  all.filter((rule) => !('managed' in rule && rule.fee) || paid.includes(rule.name));
export const firewall: readonly FirewallRule[] = firewallWith(paid);

/** Bytes of a body that rules see; the rest of a larger one they do not, and services take 4096. */
export const inspectedBody = 16 * 1024;
