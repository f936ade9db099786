import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests of what users are given: they need the build. */
const ofTheBuild = [
  'test/cli/odradek.test.ts',
  'test/cli/option-flags.test.ts',
  'test/cli/dump.test.ts',
  'test/examples/**',
]
const elsewhere = ['test/conformance/**', 'test/package/**', '**/node_modules/**']

export default defineConfig({
  test: {
    // Vitest leaves one core idle by default, which is half of a machine with two.
    maxWorkers: availableParallelism(),
    // Many times what a test needs, for a machine that has much else to do; it ends what would never end.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'src',
          include: ['test/**/*.test.ts'],
          exclude: [...ofTheBuild, ...elsewhere],
        },
      },
      {
        extends: true,
        test: { name: 'dist', include: ofTheBuild, globalSetup: ['test/support/build.ts'] },
      },
    ],
  },
})
