import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test } from 'vitest'
import { SeededRandom } from '../../src/platform/random.ts'
import { CrashingCluster } from './support/crashing-cluster.ts'
import { ExactlyOnceRun } from './support/exactly-once-run.ts'
import { jvmOptions } from './support/java-tools.ts'
import { patienceMs } from './support/patience.ts'
import { stuckAfterMs } from './support/transformer.ts'
import { testSeed } from '../support/seed.ts'

/** Per client. `ODRADEK_CRASHES=340` gives over 1,000 in total. */
const crashes = Number(process.env['ODRADEK_CRASHES'] ?? 15)
const partitions = 3

const { python, kafkaClients } = inject('tools')
const java = kafkaClients['4.4.0']!

const transformers: readonly {
  client: string
  missing?: string | undefined
  command(): readonly [string, ...string[]]
}[] = [
  {
    client: 'kafkajs 2.2.4',
    command: () => [process.execPath, clientProgram('node/transformer.mjs')],
  },
  {
    client: 'librdkafka 2.16 of confluent-kafka',
    missing: python.missing,
    command: () => [python.missing ?? python.executable, clientProgram('python/transformer.py')],
  },
  {
    client: 'kafka-clients 4.4.0',
    missing: java.missing,
    command: () => ['java', ...jvmOptions(java.missing ?? java.classpath), 'Transformer'],
  },
]

describe('consume, transform and produce, exactly once', () => {
  for (const { client, missing, command } of transformers) {
    const title = `${client} loses and doubles nothing over ${crashes} crashes`
    const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
    test.skipIf(missing !== undefined)(
      `${title}${skipped}`,
      async () => {
        const cluster = await CrashingCluster.start([
          { name: 'input', partitions },
          { name: 'output', partitions },
        ])
        const random = new SeededRandom(testSeed)
        const run = new ExactlyOnceRun(cluster, command(), { partitions, random })
        try {
          await run.start()
          for (let crash = 0; crash < crashes; crash++) await run.crash()
          await run.finish()
          const { input, output, committed } = await run.results()
          console.log(`${client}: ${run.summary()}, ${input.flat().length} records`)
          expect(output).toEqual(input)
          expect(committed).toEqual(input.map((keys) => keys.length))
        } finally {
          await run.close()
          await cluster.close()
        }
      },
      // Each crash can leave a client stuck, which is killed after this time.
      patienceMs + crashes * stuckAfterMs,
    )
  }
})

function clientProgram(path: string): string {
  return fileURLToPath(new URL(`clients/${path}`, import.meta.url))
}
