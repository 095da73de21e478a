import { describe, expect, test } from '@jest/globals';
import { renderTree } from '../../main.ts';
import { fencedIn } from '../../overlays/environments/index.ts';
import { aws } from '../../overlays/sites/aws.ts';

describe('on AWS', () => {
  const tree = renderTree(aws);
  const files = [...tree.keys()].filter((path) => /\/fence\//.test(path));

  test('a fence is where another region may take over, and nowhere else', () => {
    expect(fencedIn('seoul').map(({ name }) => name)).toEqual(['prod']);
    expect(fencedIn('tokyo')).toEqual([]);
    expect(files.filter((path) => !path.startsWith('rendered/seoul/'))).toEqual([]);
    expect(files).toContain('rendered/seoul/fence/deployment-fence.yaml');
  });

  test('it reads one Secret, and changes pods and its quota in prod alone', () => {
    const roles = files.filter((path) => /\/role-/.test(path)).map((path) => tree.get(path) as string);
    expect(roles.map((text) => /namespace: (.*)/.exec(text)?.[1]).sort()).toEqual(['fence', 'prod']);
    for (const text of roles) {
      expect(text).not.toMatch(/\*|update|deletecollection|escalate|bind/);
      // The status alone: with the rest it could run any image.
      if (/patch/.test(text)) expect(text).toMatch(/- replicasets\/status\n\s+verbs:\n\s+- patch\n/);
    }
    expect(tree.get('rendered/seoul/fence/externalsecret-writer-epoch.yaml')).toMatch(
      /key: platform\/dr\/writer-epoch[\s\S]*refreshInterval: "15s"/,
    );
  });
});
