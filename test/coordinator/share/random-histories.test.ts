import { expect, test } from 'vitest'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { scaled } from '../../support/scale.ts'
import { testSeed } from '../../support/seed.ts'
import { batch, OTHER_TOPIC_ID, TestShareCoordinator, TOPIC_ID } from './support.ts'

const TOPIC_IDS = [TOPIC_ID, OTHER_TOPIC_ID]
const PARTITIONS = [0, 1, 2]
const STEPS = 80
/** The interval of both periodic checks. */
const INTERVAL_MS = 300_000

test('the topic always has the whole state, whichever appends fail and records are deleted', async () => {
  for (let run = 0; run < scaled(60); run++) {
    const random = new SeededRandom(testSeed + run)
    const hint = `ODRADEK_TEST_SEED=${testSeed + run}`
    const shares = new TestShareCoordinator({ updatesPerSnapshot: random.int(4) })
    for (let step = 0; step < STEPS; step++) {
      const fails = random.int(6) === 0
      shares.topic.appendError = fails ? ErrorCode.NotEnoughReplicas : ErrorCode.None
      const before = fails ? stateOf(shares) : undefined
      await change(shares, random)
      if (before !== undefined) expect(stateOf(shares), hint).toEqual(before)
      shares.topic.appendError = ErrorCode.None
      if (random.int(8) > 0) continue
      const loaded = shares.reload()
      const live = stateOf(shares)
      const reloaded = stateOf(loaded)
      for (const [index, { summary, stateBatches }] of live.entries()) {
        expect(reloaded[index]!.summary, hint).toEqual(summary)
        // A leader may be fenced by an epoch that only deleted records had.
        if (stateBatches !== undefined)
          expect(reloaded[index]!.stateBatches, hint).toEqual(stateBatches)
      }
      loaded.coordinator.close()
    }
    expect(shares.loadFailures, hint).toEqual([])
  }
})

async function change(shares: TestShareCoordinator, random: SeededRandom): Promise<void> {
  const topicId = TOPIC_IDS[random.int(TOPIC_IDS.length)]!
  const partition = PARTITIONS[random.int(PARTITIONS.length)]!
  const { stateEpoch, leaderEpoch, startOffset } = shares.summary(partition, topicId)
  switch (random.int(8)) {
    case 0:
      shares.initialize({ stateEpoch: stateEpoch + random.int(2) }, partition, topicId)
      break
    case 1:
      if (random.int(3) === 0) shares.delete(partition, topicId)
      break
    case 2:
      shares.read(leaderEpoch + random.int(2), partition, topicId)
      break
    case 3:
      await shares.clock.advance(random.int(INTERVAL_MS))
      break
    default: {
      const first = Math.max(startOffset, 0) + random.int(10)
      const deliveryState = [0, 2, 3][random.int(3)]!
      const stateBatches = [batch(first, first + random.int(5), deliveryState, 1 + random.int(3))]
      const offset = Math.max(startOffset, 0) + random.int(4)
      const deliveryCompleteCount = random.int(5)
      const written = { startOffset: offset, deliveryCompleteCount, stateBatches }
      shares.write({ stateEpoch, leaderEpoch, ...written }, partition, topicId)
    }
  }
}

/**
 * The offsets and records in flight of all share partitions, without writing anything. The records
 * are undefined if the state has been reset and the leader of the partition has not read it since.
 */
function stateOf(shares: TestShareCoordinator) {
  return TOPIC_IDS.flatMap((topicId) =>
    PARTITIONS.map((partition) => {
      const summary = shares.summary(partition, topicId)
      const { errorCode, stateBatches } = shares.read(summary.leaderEpoch, partition, topicId)
      const isFenced = errorCode === ErrorCode.FencedLeaderEpoch
      return { summary, stateBatches: isFenced ? undefined : stateBatches }
    }),
  )
}
