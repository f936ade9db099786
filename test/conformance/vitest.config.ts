import { defineConfig } from 'vitest/config'
import { patienceMs } from './support/patience.ts'

/** The client tests: real clients against brokers, one broker per file. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.cache/**'],
    globalSetup: ['setup/global-setup.ts'],
    // Clients mostly wait, for each other and for brokers.
    maxWorkers: 4,
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    reporters: ['verbose'],
  },
})
