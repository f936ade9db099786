import { defineConfig } from 'vitest/config'

/** The client tests: real clients against one broker, each file with a broker of its own. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.cache/**'],
    globalSetup: ['setup/global-setup.ts'],
    // Clients wait on each other and on brokers far longer than they compute.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
})
