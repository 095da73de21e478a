import { expect, test } from '@jest/globals';
import { firewall, firewallWith } from './firewall.ts';

test('a group of rules with a fee is there when it is paid for, and not before', () => {
  const names = (rules: typeof firewall) => rules.map(({ name }) => name);
  expect(names(firewall)).not.toContain('anti-ddos');
  expect(names(firewallWith(['anti-ddos'])).filter((name) => !names(firewall).includes(name))).toEqual(['anti-ddos']);
  expect(firewall.length).toBeGreaterThan(5);
});
