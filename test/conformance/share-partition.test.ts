import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { JavaDriver } from './support/java-driver.ts'
import { patienceMs } from './support/patience.ts'
import { ShareHistory } from './support/share-history.ts'
import { ShareTwins } from './support/share-twins.ts'

const { kafka } = inject('tools')
/** `SHARE_HISTORIES=5000` runs more histories, from seed `SHARE_FIRST_SEED` on. */
const { SHARE_HISTORIES = '200', SHARE_FIRST_SEED = '0' } = process.env

describe.skipIf(kafka.missing !== undefined)(
  "A share partition and Kafka's own SharePartition are the same after every step",
  { timeout: patienceMs },
  () => {
    let driver: JavaDriver

    beforeAll(() => {
      driver = new JavaDriver(kafka, 'SharePartitionDriver')
    })

    afterAll(() => driver?.close())

    test('of random histories', async () => {
      const histories = Number(SHARE_HISTORIES)
      let failed = 0
      for (let i = 0; i < histories; i++) {
        const seed = Number(SHARE_FIRST_SEED) + i
        try {
          const ended = await new ShareHistory(new ShareTwins(driver), seed).live()
          if (ended !== undefined) failed++
        } catch (error) {
          throw new Error(`SHARE_FIRST_SEED=${seed} SHARE_HISTORIES=1`, { cause: error })
        }
      }
      // Kafka's class throws in some states. The history ends then.
      expect(failed).toBeLessThan(histories / 2)
    })
  },
)
