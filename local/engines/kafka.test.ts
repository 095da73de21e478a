import { expect, test } from '@jest/globals';
import { kafkaJars } from './kafka-jars.ts';

test('every jar of Kafka is pinned, once, and all of its own are of one version', () => {
  const paths = kafkaJars.map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(40);
  expect(new Set(paths.map((path) => path.slice(path.lastIndexOf('/') + 1))).size).toBe(paths.length);
  for (const { path, sha256 } of kafkaJars) {
    expect(path).toMatch(/^[\w./-]+\.jar$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  }
  const versions = paths.flatMap((path) => /^org\/apache\/kafka\/[\w.-]+\/([\d.]+)\//.exec(path)?.[1] ?? []);
  expect([...new Set(versions)]).toEqual(['4.4.0']);
});
