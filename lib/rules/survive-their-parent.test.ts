import { expect, test } from '@jest/globals';
import { surviveTheirParent } from './survive-their-parent.ts';
import { placed } from './testing.ts';

const application = (metadata: object) => placed({ kind: 'Application', metadata: { name: 'shop-prod', ...metadata } });
const stays = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

test('an Application that stays and leaves what it brought passes', () => {
  expect(surviveTheirParent([application({ annotations: stays })], () => true)).toEqual([]);
});
test('one that need not stay is not looked at', () => {
  expect(surviveTheirParent([application({})], () => false)).toEqual([]);
});
test('one that is pruned or deleted with its parent is a fault, and so is one that takes everything with it', () => {
  expect(surviveTheirParent([application({})], () => true)).toHaveLength(2);
  const cascading = application({ annotations: stays, finalizers: ['resources-finalizer.argocd.argoproj.io'] });
  expect(surviveTheirParent([cascading], () => true)).toHaveLength(1);
});
