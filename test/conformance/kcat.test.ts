import { expect, inject, test } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { startBroker } from './support/broker.ts'
import { kcatClient } from './support/kcat-client.ts'
import { runToEnd } from './support/processes.ts'
import { storedBatches } from './support/stored-batches.ts'

const { kcat } = inject('tools')

describeClient(kcatClient(kcat))

test.skipIf(kcat.missing !== undefined)(
  'kcat commits all of its input in one transaction',
  async () => {
    const broker = await startBroker()
    try {
      const produce = ['-P', '-b', broker.bootstrapServers, '-t', 'orders', '-p', '0']
      const transactional = ['-X', 'transactional.id=kcat']
      const input = 'one\ntwo\nthree\n'
      const { stderr, exitCode } = await runToEnd('kcat', [...produce, ...transactional], { input })
      expect(exitCode, stderr).toBe(0)
      // Kafka writes the marker after its response.
      await expect
        .poll(() => storedBatches(broker.dataDir, 'orders'))
        .toMatchObject([
          { isTransactional: true, isControl: false, recordCount: 3 },
          { isTransactional: true, isControl: true, recordCount: 1 },
        ])
    } finally {
      await broker.stop()
    }
  },
)
