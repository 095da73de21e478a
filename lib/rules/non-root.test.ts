import { expect, test } from '@jest/globals';
import { nonRoot } from './non-root.ts';
import { deployment, task } from './testing.ts';

const reason = 'example/runs-as-root';
const good = { runAsNonRoot: true, allowPrivilegeEscalation: false };
const faults = (...tree: Parameters<typeof nonRoot>[0]) => nonRoot(tree, reason);

test('what runs as an ordinary user passes', () => {
  expect(faults(deployment({ securityContext: good }), task({ securityContext: good }))).toEqual([]);
});
test('a Task that says why may run as root', () => {
  expect(
    faults(
      task({ securityContext: { runAsUser: 0, allowPrivilegeEscalation: false } }, { [reason]: 'unpacks images' }),
    ),
  ).toEqual([]);
});
test('root without a reason is a fault', () => {
  expect(faults(task({ securityContext: { ...good, runAsNonRoot: false } }))).toHaveLength(1);
  expect(faults(task({ securityContext: { ...good, runAsUser: 0 } }, { [reason]: ' ' }))).toHaveLength(1);
  expect(faults(deployment({}))).toHaveLength(2);
});
test('privileged is a fault, whatever the reason', () => {
  expect(faults(task({ securityContext: { ...good, privileged: true } }, { [reason]: 'wants to' }))).toHaveLength(1);
});
