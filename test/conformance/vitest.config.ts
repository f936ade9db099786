import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { patienceMs } from './support/patience.ts'

/** The files that take minutes, slowest first. They start first. */
const slowest = [
  'kafka-integration',
  'transaction-grid',
  'group-grid',
  'java',
  'batch-grid',
  'kafka-clients',
]

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = slowest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return rank < 0 ? slowest.length : rank
    }
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

/** The client tests: real clients against brokers, one broker per file. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.cache/**'],
    sequence: { sequencer: SlowestFirst },
    globalSetup: ['setup/global-setup.ts'],
    // Clients mostly wait, for each other and for brokers.
    maxWorkers: 4,
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    reporters: ['verbose'],
  },
})
