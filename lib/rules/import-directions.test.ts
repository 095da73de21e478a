import { expect, test } from '@jest/globals';
import { importDirections } from './import-directions.ts';

const directions = { lib: [], overlays: ['type lib'], charts: ['lib', 'overlays/overlay.ts'], 'main.ts': ['charts'] };
const faults = (path: string, text: string) => importDirections(new Map([[path, text]]), directions);

test('an import along the line passes', () => {
  expect(
    faults('charts/web.ts', "import { x } from '../lib/x.ts';\nimport type { y } from '../overlays/overlay.ts';"),
  ).toEqual([]);
  expect(faults('charts/web.ts', "import { z } from './z.ts';\nimport { readFileSync } from 'node:fs';")).toEqual([]);
  expect(faults('main.ts', "import { x } from './charts/x.ts';")).toEqual([]);
});
test.each([
  "import { dev } from '../overlays/dev.ts';",
  "import type { Main } from '../main.ts';",
  "import {\n  a,\n  b,\n} from '../apps/x.ts';",
  "export { a } from '../apps/x.ts';",
  "import '../apps/x.ts';",
  "const a = await import('../apps/x.ts');",
])('an import against it is a fault: %j', (line) => {
  expect(faults('charts/web.ts', line)).toHaveLength(1);
});
test('where only types are allowed, a value is a fault', () => {
  expect(
    faults('overlays/dev.ts', "import type { x } from '../lib/x.ts';\nexport type { y } from '../lib/y.ts';"),
  ).toEqual([]);
  for (const line of [
    "import { x } from '../lib/x.ts';",
    "import { type x } from '../lib/x.ts';",
    "import '../lib/x.ts';",
  ])
    expect(faults('overlays/dev.ts', line)).toEqual([
      'overlays/dev.ts: imports lib/x.ts; allowed are overlays, type lib',
    ]);
});
test('a folder without a direction is a fault, and a test may import everything', () => {
  expect(faults('misc/x.ts', '')).toHaveLength(1);
  expect(faults('charts/web.test.ts', "import { dev } from '../overlays/dev.ts';")).toEqual([]);
});
