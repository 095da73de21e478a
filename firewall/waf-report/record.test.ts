import { expect, test } from '@jest/globals';
import { record } from '../records.testing.ts';
import { blockOf, hitOf, pathOf } from './record.ts';
import { windowOf } from './window.ts';

test('a blocked request: the rule in the group, the country, the network and the plain path', () => {
  expect(hitOf(record())).toEqual({
    action: 'BLOCK',
    rule: 'SQLi_BODY',
    country: 'KR',
    block: '203.0.113.0/24',
    path: '/booking/shows',
  });
  expect(hitOf(record({ inside: '', rule: 'rate' }))).toMatchObject({ action: 'BLOCK', rule: 'rate' });
});

test('a rule that counts speaks for a request that went on, with the rule that would have blocked', () => {
  const counts = [{ ruleId: 'AWS-AWSManagedRulesSQLiRuleSet', action: 'COUNT' }];
  expect(hitOf(record({ action: 'ALLOW', counts }))).toMatchObject({ action: 'COUNT', rule: 'SQLi_BODY' });
  const excluded = [
    { ruleGroupId: 'g', excludedRules: [{ exclusionType: 'EXCLUDED_AS_COUNT', ruleId: 'NoUserAgent' }] },
  ];
  expect(hitOf(record({ action: 'ALLOW', inside: '', ruleGroupList: excluded } as never))).toMatchObject({
    action: 'COUNT',
    rule: 'NoUserAgent',
  });
  expect(hitOf(record({ action: 'ALLOW', inside: '' }))).toMatchObject({ action: 'ALLOW', rule: 'Default_Action' });
});

test.each([
  ['198.51.100.23', '198.51.100.0/24'],
  ['2001:db8:12:34::1', '2001:db8:12::/48'],
  ['2001:0db8:0012:34:5:6:7:8', '2001:db8:12::/48'],
  ['2001:db8::1', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['::ffff:198.51.100.23', '198.51.100.0/24'],
  ['::FFFF:198.51.100.23', '198.51.100.0/24'],
  ['::ffff:c633:6417', '0:0:0::/48'],
  ['2001:DB8:ABCD::', '2001:db8:abcd::/48'],
  ['2001::db8:1', '2001:0:0::/48'],
  ['0000:0000:0000:0000:0000:ffff:198.151.100.123', '0:0:0::/48'],
  ['fe80::1%eth0', 'unknown'],
  ['198.51.100.23/24', 'unknown'],
  [['198.51.100.23'], 'unknown'],
  ['198.51.100.256', 'unknown'],
  ['<!channel>', 'unknown'],
  [7, 'unknown'],
])('the network of %s is %s', (address, block) => {
  expect(blockOf(address)).toBe(block);
});

test.each([
  ['/booking/shows/123/holds', '/booking/shows/*/holds'],
  ['/ticket/ann@example.com', '/ticket/*'],
  ['/users/jane.doe/reset', '/*/*/*'],
  ['/send-me-money/now', '/*/*'],
  ['/wp-login.php', '/wp-login.php'],
  ['/.env?token=1', '/.env'],
  ['/v1/admin/login/etc/passwd/env/f/g', '/v1/admin/login/etc/passwd/env'],
  ['/%2e%2e/<script>', '/*/*'],
  ['', '/'],
  [undefined, ''],
])('of the path %s stays %s', (uri, path) => {
  expect(pathOf(uri)).toBe(path);
});

const noRequest = { country: '??', block: 'unknown', path: '' };
test.each<[object, object]>([
  [{ country: 'KRX' }, { country: '??' }],
  [{ country: 'xKR' }, { country: '??' }],
  [{ country: 'kr' }, { country: '??' }],
  [{ httpRequest: { country: ['KR'], clientIp: ['198.51.100.23'], uri: ['/booking'] } }, noRequest],
  [{ inside: ['a'], rule: ['b'] }, { rule: 'other' }],
  [{ action: 'x BLOCK' }, { action: 'other' }],
  [{ action: 'BLOCK!' }, { action: 'other' }],
  [{ action: 'CAPTCHA' }, { action: 'CAPTCHA', rule: 'SQLi_BODY' }],
  [{ inside: '', rule: '<x>' }, { rule: 'other' }],
  [{ inside: '', rule: 'a|b' }, { rule: 'other' }],
  [{ inside: '', rule: 'r'.repeat(128) }, { rule: 'r'.repeat(128) }],
  [{ inside: '', rule: 'r'.repeat(129) }, { rule: 'other' }],
  [{ inside: '<x>', rule: 'group' }, { rule: 'group' }],
  [
    { action: 'ALLOW', inside: '', counts: [{ ruleId: 'one' }, { ruleId: 'two' }] },
    { action: 'COUNT', rule: 'one' },
  ],
  [{ action: 'ALLOW', inside: '', counts: [{ ruleId: 'one', action: 'CHALLENGE' }] }, { action: 'CHALLENGE' }],
  [
    { action: 'ALLOW', inside: '', counts: [7, null, 'x', []] },
    { action: 'ALLOW', rule: 'Default_Action' },
  ],
  // A rule that only counts says nothing of a request that another one ended.
  [{ counts: [{ ruleId: 'one', action: 'COUNT' }] }, { action: 'BLOCK', rule: 'SQLi_BODY' }],
])('of a record with %j', (given, hit) => {
  expect(hitOf(record(given as never))).toMatchObject(hit);
});

test('a rule that counts in a group speaks for a request that went on', () => {
  const ruleGroupList = [null, { ruleGroupId: 'g', nonTerminatingMatchingRules: [{ ruleId: 'inside' }] }];
  expect(hitOf(record({ action: 'ALLOW', inside: '', ruleGroupList } as never))).toMatchObject({
    ...{ action: 'COUNT', rule: 'inside' },
  });
});

test('what is no record is none', () => {
  for (const line of [
    '',
    'null',
    '[]',
    '"BLOCK"',
    '{"action":"BLOCK"}',
    '{"action":7,"httpRequest":{}}',
    '{"action":"BLOCK',
  ])
    expect([line, hitOf(line)]).toEqual([line, undefined]);
  const hostile =
    '{"action":"BLOCK","httpRequest":{"__proto__":{}},"ruleGroupList":{"length":9},"terminatingRuleId":"<a|b>"}';
  expect(hitOf(hostile)).toEqual({ action: 'BLOCK', rule: 'other', country: '??', block: 'unknown', path: '' });
});

test('a window is the folder of a file, and no other key has one', () => {
  const prefix = 'AWSLogs/111122223333/WAFLogs/cloudfront/tickets/2026/11/30/14/05/';
  expect(windowOf(`${prefix}a.log.gz`, 300)).toEqual({
    firewall: 'tickets',
    prefix,
    from: new Date('2026-11-30T14:05:00Z'),
    to: new Date('2026-11-30T14:10:00Z'),
  });
  for (const key of [
    `${prefix}a.log`,
    `${prefix}a/b.log.gz`,
    `x/${prefix}a.log.gz`,
    `${prefix.replace('/11/30', '/02/30')}a.log.gz`,
    `${prefix.replace('/14/', '/24/')}a.log.gz`,
    `${prefix.replace('/05/', '/60/')}a.log.gz`,
    `${prefix.replace('/11/', '/13/')}a.log.gz`,
    `${prefix.replace('/2026/', '/x026/')}a.log.gz`,
    `${prefix.replace('111122223333', '11112222333')}a.log.gz`,
    `${prefix.replace('tickets', 't'.repeat(129))}a.log.gz`,
    `${prefix}a.log.gz.x`,
    `${prefix}a|b.log.gz`,
    `${prefix}.log.gz`,
    `${prefix}${'a'.repeat(256)}.log.gz`,
    `${prefix.replace('cloudfront', 'ap-northeast-2')}a.log.gz`,
    `${prefix.replace('tickets', '../x')}a.log.gz`,
  ])
    expect([key, windowOf(key, 300)]).toEqual([key, undefined]);
});
