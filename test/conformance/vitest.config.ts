import { defineConfig } from 'vitest/config'
import { patienceMs } from './support/patience.ts'

/** The client tests: real clients against one broker, each file with a broker of its own. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.cache/**'],
    globalSetup: ['setup/global-setup.ts'],
    // Clients wait on each other and on brokers far longer than they compute.
    maxWorkers: 4,
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    reporters: ['verbose'],
  },
})
