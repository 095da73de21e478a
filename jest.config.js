/** What `npm run check` runs. `*.engine.test.ts` and `*.e2e.test.ts` need the engines: scripts/e2e runs those. */
export default {
  // The same in every copy of the repository: one takes what another transformed.
  id: 'gitops-platform',
  globalSetup: './jest.setup.js',
  testEnvironment: './jest.environment.js',
  // On two cores: many tests wait for programs that they start, or for a clock.
  maxWorkers: 4,
  // Node.js keeps the realm of each test file to the end of its worker, so that a busy machine takes its time to free a hundred of them.
  workerGracefulExitTimeout: 10_000,
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
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '<rootDir>/services/',
    '\\.engine\\.test\\.ts$',
    '\\.e2e\\.test\\.ts$',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/services/', '<rootDir>/infra/node_modules/'],
};
