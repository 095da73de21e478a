import { expect, test } from '@jest/globals';
import { routes } from '../entrance/routes/index.ts';
import type { Route } from '../entrance/types.ts';
import { answerFaults, schemaFaults } from './api.ts';

const hold = { id: 'hamlet.A-1.0', show: 'hamlet', seat: 'A-1', holder: 'me', expiresAt: '2027-12-03T10:00:00Z' };
const holds = routes.find(({ path }) => path === '/holds') as Route;
const answer = (status: number, value: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', 'x-request-id': 'r', ...headers },
  body: JSON.stringify(value),
});

test('an answer that is as the document says has no fault', () => {
  expect(answerFaults(holds, answer(201, hold))).toEqual([]);
  expect(answerFaults(holds, answer(404, { errors: ['seat: this show has no such seat'] }))).toEqual([]);
  const closed = { id: 'c', key: 'k', show: 's', title: 't', state: 'open', openedAt: '2027-12-03T10:00:00.000Z' };
  expect(schemaFaults('Channel', { ...closed, closedAt: null })).toEqual([]);
});

test.each([
  ['a status that it does not have', answer(418, hold)],
  ['a field too many', answer(201, { ...hold, price: 1 })],
  ['a field too few', answer(201, { ...hold, seat: undefined })],
  ['a time that is none', answer(201, { ...hold, expiresAt: 'soon' })],
  ['an error of another form', answer(404, { error: 'no' })],
  ['no id of the request', { ...answer(201, hold), headers: { 'content-type': 'application/json' } }],
  ['text', { ...answer(201, hold), body: 'hold' }],
  ['another type', answer(201, hold, { 'content-type': 'text/html' })],
  ['a store that is away without a time to ask again', answer(503, { errors: ['dynamodb: does not answer'] })],
])('%s is a fault', (_, given) => {
  expect(answerFaults(holds, given)).not.toEqual([]);
});
