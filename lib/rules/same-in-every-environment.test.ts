import { expect, test } from '@jest/globals';
import { sameInEveryEnvironment } from './same-in-every-environment.ts';
import { placed } from './testing.ts';

const service = (environment: string) => placed({ kind: 'Service' }, `rendered/${environment}/shop/service-shop.yaml`);

test('the same objects everywhere pass, and other folders are not looked at', () => {
  expect(sameInEveryEnvironment([service('dev'), service('prod'), service('ci')], ['dev', 'prod'])).toEqual([]);
});
test('an object that one environment does not have is a fault', () => {
  expect(sameInEveryEnvironment([service('dev')], ['dev', 'prod'])).toEqual([
    'rendered/dev/shop/service-shop.yaml: shop: Service shop is missing in prod; render it everywhere',
  ]);
});
