import { describe, expect, test } from 'vitest'
import {
  batchesIn,
  CleanerKit,
  committedContentOf,
  contentOf,
  endTransaction,
  producing,
  put,
} from './cleaner-kit.ts'

const hour = 3_600_000
const deleteRetentionMs = hour

function opened() {
  const kit = new CleanerKit({ isEnabled: false })
  const log = kit.compacted({ deleteRetentionMs })
  const clean = async () => {
    put(log, [['other', 'x']])
    log.files.roll()
    await kit.cleaner.cleanNow(log)
  }
  return { kit, log, clean }
}

describe('cleaning transactions', () => {
  test('drops aborted records at once, and does not let them supersede others', async () => {
    const { log, clean } = opened()
    put(log, [['a', '1']])
    put(
      log,
      [
        ['a', 'aborted'],
        ['b', 'aborted'],
      ],
      producing(1, 0, true),
    )
    endTransaction(log, 1, 'Abort')
    await clean()
    expect(contentOf(log)).toEqual(['0:a=1', '3:abort', '4:other=x'])
    expect(committedContentOf(log)).toEqual(['0:a=1', '4:other=x'])
    // The batch has the producer's last sequence.
    expect(batchesIn(log)[1]).toMatchObject({ recordCount: 0, lastOffset: 2, producerId: 1 })
  })

  test('keeps a marker until its records are removed, and for delete.retention.ms after that', async () => {
    const { kit, log, clean } = opened()
    put(log, [['a', '1']], producing(1, 0, true))
    endTransaction(log, 1, 'Commit')
    await clean()
    expect(contentOf(log)).toEqual(['0:a=1', '1:commit', '2:other=x'])
    put(log, [['a', '2']])
    put(log, [['b', '1']], producing(1, 1))
    await clean()
    expect(contentOf(log).slice(0, 2)).toEqual(['1:commit', '3:a=2'])
    expect(batchesIn(log)[0]!.hasDeleteHorizon).toBe(false)
    // Only now does the cleaner find no batch of the transaction.
    await clean()
    expect(batchesIn(log)[0]!.deleteHorizonMs).toBe(kit.clock.now() + deleteRetentionMs)
    await kit.clock.advance(deleteRetentionMs - 1)
    await clean()
    expect(contentOf(log)[0]).toBe('1:commit')
    await kit.clock.advance(1)
    await clean()
    expect(contentOf(log)[0]).toBe('3:a=2')
  })

  test('keeps the abort marker and its entry in the transaction index as long as a batch remains', async () => {
    const { kit, log, clean } = opened()
    put(log, [['a', 'aborted']], producing(1, 0, true))
    endTransaction(log, 1, 'Abort')
    await clean()
    const aborted = { producerId: 1, firstOffset: 0, lastOffset: 1, lastStableOffset: 2 }
    expect(log.files.segments[0]!.transactionIndex.entries).toMatchObject([aborted])
    kit.restart()
    const reopened = kit.compacted()
    expect(reopened.files.segments[0]!.transactionIndex.entries).toMatchObject([aborted])
  })

  test('drops the entry with the last batch, and the marker when its horizon has passed', async () => {
    const { kit, log, clean } = opened()
    put(log, [['a', 'aborted']], producing(1, 0, true))
    endTransaction(log, 1, 'Abort')
    put(log, [['b', '1']], producing(1, 1))
    await clean()
    expect(contentOf(log)).toEqual(['1:abort', '2:b=1', '3:other=x'])
    await clean()
    expect(log.files.segments[0]!.transactionIndex.entries).toEqual([])
    expect(batchesIn(log)[0]!.hasDeleteHorizon).toBe(true)
    await kit.clock.advance(deleteRetentionMs)
    await clean()
    expect(contentOf(log)[0]).toBe('2:b=1')
  })

  test('follows a transaction over several segments', async () => {
    const { log, clean } = opened()
    put(log, [
      ['a', '1'],
      ['b', '1'],
    ])
    put(log, [['a', 'aborted']], producing(1, 0, true))
    log.files.roll()
    put(log, [['b', 'aborted']], producing(1, 1, true))
    put(log, [['b', '2']], producing(2, 0, true))
    log.files.roll()
    endTransaction(log, 1, 'Abort')
    endTransaction(log, 2, 'Commit')
    await clean()
    expect(contentOf(log)).toEqual(['0:a=1', '4:b=2', '5:abort', '6:commit', '7:other=x'])
    expect(committedContentOf(log)).toEqual(['0:a=1', '4:b=2', '7:other=x'])
  })

  test('stops below an open transaction', async () => {
    const { kit, log, clean } = opened()
    put(log, [['a', '1']])
    log.files.roll()
    put(log, [['a', '2']])
    put(log, [['b', '1']], producing(1, 0, true))
    await clean()
    expect(contentOf(log)).toEqual(['0:a=1', '1:a=2', '2:b=1', '3:other=x'])
    expect(kit.checkpoint).toEqual({ 'orders 0': 1 })
    endTransaction(log, 1, 'Commit')
    await clean()
    expect(contentOf(log)).toEqual(['1:a=2', '2:b=1', '4:commit', '5:other=x'])
  })

  test("keeps a marker that is the only record of a producer's epoch", async () => {
    const { kit, log, clean } = opened()
    endTransaction(log, 1, 'Commit')
    await clean()
    expect(contentOf(log)[0]).toBe('0:commit')
    await kit.clock.advance(deleteRetentionMs)
    await clean()
    expect(batchesIn(log)[0]).toMatchObject({ isControl: true, recordCount: 0, producerId: 1 })
    log.producers.removeExpired(kit.clock.now() + 1000 * hour)
    await clean()
    expect(batchesIn(log)[0]!.isControl).toBe(false)
  })
})
