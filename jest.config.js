/** Three speeds: `npm run check` runs the default project; `*.engine.test.ts` and `*.e2e.test.ts` need the engines (scripts/test). */
export default {
  testEnvironment: 'node',
  // Programs are started in tests, and machines are busy: only what hangs is cut off.
  testTimeout: 60_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/services/', '\\.engine\\.test\\.ts$', '\\.e2e\\.test\\.ts$'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/services/'],
};
