import type { Manifest } from '../kube/render.ts';
import type { Placed } from './placed.ts';

/** Objects for the tests of the rules, as small as each can be. */
export const placed = (object: Partial<Manifest>, path = 'rendered/dev/shop/x.yaml'): Placed => ({
  path,
  object: { apiVersion: 'v1', metadata: { name: 'shop', namespace: 'dev' }, ...object } as Manifest,
});

export const deployment = (container: object, more: object = {}): Placed =>
  placed({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { ...more, template: { spec: { containers: [{ name: 'shop', ...container }] } } },
  });

export const task = (step: object, annotations: Record<string, string> = {}): Placed =>
  placed({
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: { name: 'build', namespace: 'ci', annotations },
    spec: { steps: [{ name: 'build', ...step }] },
  });
