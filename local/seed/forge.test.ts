import { expect, test } from '@jest/globals';
import { hookRequests, protection, protectionRequests } from './forge.ts';

const url = 'http://hooks.test/';
const of = (id: number, name: string, more: object = {}) => ({ id, name, active: true, config: { url }, ...more });
const [[, , made]] = hookRequests([], url, 'new') as [[string, string, { name: string; config: object }]];

test('a webhook that is missing is made, and its name does not give its secret away', () => {
  expect(hookRequests([of(1, 'x', { config: { url: 'http://other.test/' } })], url, 'new')).toEqual([
    ['POST', '', made],
  ]);
  expect(made).toMatchObject({ active: true, events: ['push'], config: { url, secret: 'new' } });
  expect(made.name).toMatch(/^secret [0-9a-f]{12}$/);
});

test('one with another secret is replaced, and the new one is there first', () => {
  expect(hookRequests([of(1, ''), of(2, 'secret 0123456789ab', { active: false })], url, 'new')).toEqual([
    ['POST', '', made],
    ['DELETE', '/1'],
    ['DELETE', '/2'],
  ]);
});

test('one that is switched off is switched on, and a second one goes', () => {
  expect(hookRequests([of(1, made.name, { active: false }), of(2, made.name)], url, 'new')).toEqual([
    ['PATCH', '/1', { active: true }],
    ['DELETE', '/2'],
  ]);
});

test('one that is in step is left alone', () => {
  expect(hookRequests([of(1, made.name)], url, 'new')).toEqual([]);
});

const { rule_name: _, ...settings } = protection;

test('the rule of main is made where it is missing, and left alone where it is in step', () => {
  expect(protectionRequests([])).toEqual([['POST', '', protection]]);
  expect(protectionRequests([{ ...protection, created_at: 'then', priority: 1 }])).toEqual([]);
});

test.each(Object.keys(settings))('the rule of main is corrected when its %s differs', (name) => {
  expect(protectionRequests([{ ...protection, [name]: 'else' }])).toEqual([['PATCH', '/main', settings]]);
});

test('no other rule takes its place', () => {
  expect(protectionRequests([{ rule_name: '**/m?in' }, protection])).toEqual([['DELETE', '/**%2Fm%3Fin']]);
});

test('the robot may change release files of dev without a person, and nothing else', () => {
  expect(protection.unprotected_file_patterns).toBe('releases/dev/*/kustomization.yaml');
  expect(protection.push_whitelist_usernames).toEqual(['developer']);
});
