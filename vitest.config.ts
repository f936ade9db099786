import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SimulationsFirst } from './test/support/simulations-first.ts'

/** Tests of the built package. */
const ofTheBuild = [
  'test/cli/odradek.test.ts',
  'test/cli/option-flags.test.ts',
  'test/cli/dump.test.ts',
  'test/cli/transactions.test.ts',
  'test/examples/**',
]
/** Tests of what a process has once, such as its warnings. Each file has its own process. */
const ofTheProcess = [
  'test/cluster/config-warnings.test.ts',
  'test/platform/missing-packages.test.ts',
  'test/record/batch-validator-memory.test.ts',
]
const elsewhere = ['test/conformance/**', 'test/package/**', '**/node_modules/**']

export default defineConfig({
  test: {
    // Vitest leaves one core idle by default, which is half of a machine with two.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: SimulationsFirst },
    // The test files of a worker share their modules. Evaluating all modules for each file takes
    // longer than most tests.
    isolate: false,
    restoreMocks: true,
    setupFiles: ['test/support/fast-check.ts'],
    // Many times what a test needs, because the machine may be busy. It ends tests that would hang.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'src',
          include: ['test/**/*.test.ts'],
          exclude: [...ofTheBuild, ...ofTheProcess, ...elsewhere],
        },
      },
      { extends: true, test: { name: 'alone', include: ofTheProcess, isolate: true } },
      {
        extends: true,
        test: { name: 'dist', include: ofTheBuild, globalSetup: ['test/support/build.ts'] },
      },
    ],
  },
})
