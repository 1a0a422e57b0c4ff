import { defineConfig } from 'vitest/config';

/** Suites by name: `vitest run --project unit`. `npm test` runs those that CI needs; slow ones run apart. */
export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      // One module graph for all: importing aws-cdk-lib anew for each file takes longer than the tests.
      { test: { name: 'infra', include: ['test/infra/**/*.test.ts'], testTimeout: 60_000, isolate: false } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
