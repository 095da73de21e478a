import { expect, test } from '@jest/globals';
import { requestsAndLimits } from './requests-and-limits.ts';
import { deployment, task } from './testing.ts';

const resources = { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } };

test('a container and a step with requests and a limit of memory pass', () => {
  expect(requestsAndLimits([deployment({ resources }), task({ computeResources: resources })])).toEqual([]);
});
test('every missing amount is named', () => {
  const found = requestsAndLimits([deployment({}), task({ computeResources: { requests: resources.requests } })]);
  expect(found).toHaveLength(4);
  expect(found[3]).toBe('rendered/dev/shop/x.yaml: build has no limits.memory; set its resources');
});
