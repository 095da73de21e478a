import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { firewall } from './firewall.ts';
import { refusals } from './refusals.ts';
import { routeTable } from './table.ts';
import { clients, lifetimes, pools, scopes } from './tokens.ts';

const page = readFileSync('docs/entrance.md', 'utf8');

test('docs/entrance.md has the routes, scopes, clients, refusals and rules of the firewall that there are', () => {
  expect(page).toContain(routeTable());
  for (const name of [scopes, clients, pools].flatMap(Object.keys)) expect(page).toContain(`\`${name}\``);
  for (const { error, status } of Object.values(refusals)) expect(page).toContain(`| ${status} | \`${error}\` |`);
  for (const { name, wcu } of firewall) expect(page).toContain(`| \`${name}\` | ${wcu} |`);
  expect(page).toContain(`${lifetimes.access} minutes`);
});
