import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { openRunDirectory } from './test/support/run-directory.ts';

openRunDirectory();

/** What is waited for comes soon on an idle machine, and not within Vitest's own second on a busy one. */
const PATIENT = { expect: { poll: { timeout: 60_000 } } };

/** A suite that starts servers. */
function withServers(name: string, include: string, testTimeout = 300_000) {
  return { test: { name, include: [include], testTimeout, hookTimeout: 300_000, ...PATIENT } };
}

/**
 * One process, with one graph of modules, for file after file: to begin anew for each takes more processor time than most of them
 * do (measured: 56 s for the unit tests, and 24 s so). What a file changes of its process it has to put back.
 */
const IN_ONE_PROCESS = { isolate: false };

/** Bundles of functions are made once for all suites of a run. */
const BUNDLED_ONCE = {
  alias: [
    {
      find: /^\.{1,2}\/(functions\/)?assemble-function\.ts$/,
      replacement: join(import.meta.dirname, 'test/support/lambda/assemble-once.ts'),
    },
  ],
};

/** Suites by name: `vitest run --project unit`. `npm test` runs the first three; the others are slow and run apart. */
export default defineConfig({
  test: {
    pool: 'forks',
    // Two cores, a third of whose time two workers leave unused: they wait for servers, locks and disks.
    maxWorkers: 3,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 120_000,
          ...IN_ONE_PROCESS,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          testTimeout: 60_000,
          ...IN_ONE_PROCESS,
          ...BUNDLED_ONCE,
        },
      },
      {
        test: {
          ...withServers('integration', 'test/integration/**/*.test.ts').test,
          setupFiles: ['test/support/keep-compiled.ts'],
          ...IN_ONE_PROCESS,
          ...BUNDLED_ONCE,
        },
      },
      withServers('mutations', 'test/mutations/**/*.test.ts', 600_000),
      withServers('faults', 'test/faults/**/*.test.ts', 600_000),
      withServers('fidelity', 'test/fidelity/**/*.test.ts', 900_000),
      withServers('schemas', 'test/schemas/**/*.test.ts', 1_800_000),
      withServers('exports', 'test/exports/**/*.test.ts', 600_000),
      withServers('staging', 'test/staging/**/*.test.ts', 600_000),
      withServers('pitr', 'test/pitr/**/*.test.ts', 1_800_000),
      withServers('handover', 'test/handover/**/*.test.ts', 600_000),
      withServers('package', 'test/package/**/*.test.ts', 600_000),
      withServers('year', 'test/year/**/*.test.ts', 600_000),
      withServers('browser', 'test/browser/**/*.test.ts', 900_000),
      withServers('newest', 'test/newest/**/*.test.ts', 300_000),
    ],
  },
});
