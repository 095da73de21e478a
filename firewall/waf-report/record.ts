import { isIPv4, isIPv6 } from 'node:net';
import { basePath } from '../../entrance/limits.ts';
import { routes } from '../../entrance/routes/index.ts';

/** What one record of the firewall says of one request, with nothing by which a person is known. */
export type Hit = { action: string; rule: string; country: string; block: string; path: string };

type Unknown = Record<string, unknown>;
const isRecord = (value: unknown): value is Unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const records = (value: unknown): Unknown[] => (Array.isArray(value) ? value.filter(isRecord) : []);

/** Names of rules are ours or AWS's. Anything else is not repeated. */
const name = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined;

/**
 * Reads a record as AWS WAF logs it (AWS WAF developer guide, "Log fields for web ACL traffic"). A rule that counts is in
 * `nonTerminatingMatchingRules`, while `action` says how the request went on; the first of them speaks for the request. Undefined: no record.
 */
export function hitOf(line: string): Hit | undefined {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(record) || typeof record.action !== 'string' || !isRecord(record.httpRequest)) return undefined;
  const { clientIp, country, uri } = record.httpRequest;
  const groups = records(record.ruleGroupList);
  const counted = [
    ...records(record.nonTerminatingMatchingRules),
    ...groups.flatMap((group) => [
      ...records(group.nonTerminatingMatchingRules),
      ...records(group.excludedRules).map((rule): Unknown => ({ ...rule, action: 'COUNT' })),
    ]),
  ];
  // A group of rules is named by its one rule that ended the evaluation.
  const inside = groups.map(({ terminatingRule }) => terminatingRule).find(isRecord);
  const terminating = name(inside?.ruleId) ?? name(record.terminatingRuleId);
  const ended = record.action !== 'ALLOW';
  const first = ended ? undefined : counted[0];
  return {
    action: name(ended ? record.action : first ? (first.action ?? 'COUNT') : 'ALLOW') ?? 'other',
    // A group that only counts names the rule in it that would have blocked.
    rule: (ended ? terminating : first ? (name(inside?.ruleId) ?? name(first.ruleId)) : terminating) ?? 'other',
    country: typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? country : '??',
    block: blockOf(clientIp),
    path: pathOf(uri),
  };
}

/** The network of an address, /24 or /48: enough to see a botnet, and no person. */
export function blockOf(address: unknown): string {
  if (typeof address !== 'string' || address.length > 45) return 'unknown';
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  if (!isIPv6(address) || address.includes('%')) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return blockOf(mapped);
  const [head = ''] = address.split('::');
  const groups = [...(head === '' ? [] : head.split(':')), '0', '0', '0'];
  const first = groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/48`;
}

/** Parts of paths that are known: those of the API, and those that scanners of the internet ask for. */
const known = new Set([
  ...routes.flatMap(({ path }) => path.split('/')),
  ...basePath.split('/'),
  ...[
    'booking',
    'ticket',
    'live',
    'sign-in',
    'v1',
    'v2',
    'admin',
    'login',
    'config',
    'actuator',
    'env',
    'etc',
    'passwd',
  ],
  ...[
    '.env',
    '.git',
    '.aws',
    'wp-admin',
    'wp-login.php',
    'xmlrpc.php',
    'index.php',
    'phpmyadmin',
    'cgi-bin',
    'server-status',
  ],
]);

/** The known words of a path. Anything else may identify a person, or be a text of the caller's. */
export function pathOf(uri: unknown): string {
  if (typeof uri !== 'string') return '';
  const parts = uri.slice(0, 500).split('?', 1)[0]?.split('/').slice(1, 7) ?? [];
  return `/${parts.map((part) => (known.has(part) ? part : '*')).join('/')}`;
}
