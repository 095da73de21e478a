import { expect, test } from '@jest/globals';
import { phases } from './up.ts';
import { isMeasured } from './weights.ts';

test.each([true, false])(
  'with SonarQube %j every phase stands after what it needs, under a name of its own',
  (sonarqube) => {
    const list = phases(sonarqube);
    list.forEach(({ needs }, index) => {
      expect(list.slice(0, index)).toEqual(expect.arrayContaining(Object.values(needs)));
    });
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  },
);

test('every build, download and file system has a measured weight', () => {
  const long = phases(true).filter(({ name, lane }) => lane !== undefined || name.startsWith('file system'));
  expect(long.map(({ name }) => name).filter((name) => !isMeasured(name))).toEqual([]);
});
