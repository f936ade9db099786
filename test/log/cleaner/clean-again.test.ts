import { describe, expect, test } from 'vitest'
import { encodeLegacyMessage } from './legacy-messages.ts'
import {
  batchesIn,
  CleanerKit,
  committedContentOf,
  contentOf,
  endTransaction,
  producing,
  put,
} from './cleaner-kit.ts'
import { scaled } from '../../support/scale.ts'

const day = 24 * 3_600_000
const nothing = { segmentsRead: 0, recordsRead: 0, bytesRead: 0, recordsWritten: 0 }

function opened(config: Parameters<CleanerKit['compacted']>[0] = {}) {
  const kit = new CleanerKit({ isEnabled: false })
  const log = kit.compacted({ deleteRetentionMs: day, ...config })
  const compact = async () => {
    log.files.roll()
    return kit.cleaner.cleanNow(log, 'everything')
  }
  /** Cleans as Kafka's cleaner does. */
  const clean = async () => {
    log.files.roll()
    return kit.cleaner.cleanNow(log)
  }
  return { kit, log, compact, clean }
}

/** Returns the last values of `offset:key=value`, without keys whose last value is null. */
function lastValues(content: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const record of content) {
    const [, key, value] = /^\d+:(.*)=(.*)$/.exec(record) as unknown as [string, string, string]
    if (value === 'null') found.delete(key)
    else found.set(key, value)
  }
  return found
}

describe('Cleaning everything on demand', () => {
  test('drops tombstones at their delete horizon, of compressed batches too', async () => {
    const { kit, log, compact, clean } = opened()
    put(log, [
      ['a', '1'],
      ['b', '1'],
    ])
    put(
      log,
      [
        ['a', null],
        ['c', '1'],
      ],
      { compression: 'gzip' },
    )
    put(log, [['d', '1']])
    await compact()
    expect(contentOf(log)).toEqual(['1:b=1', '2:a=null', '3:c=1', '4:d=1'])
    await kit.clock.advance(day - 1)
    expect(await compact()).toMatchObject(nothing)
    await kit.clock.advance(1)
    expect(await clean()).toMatchObject(nothing)
    expect(contentOf(log)).toEqual(['1:b=1', '2:a=null', '3:c=1', '4:d=1'])
    expect(await compact()).toMatchObject({ recordsRead: 4, recordsWritten: 3 })
    expect(contentOf(log)).toEqual(['1:b=1', '3:c=1', '4:d=1'])
    expect(await compact()).toMatchObject(nothing)
    expect(kit.checkpoint).toEqual({ 'orders 0': 5 })
  })

  test('drops markers a delete horizon after the records of their transactions', async () => {
    const { kit, log, compact } = opened()
    put(log, [['a', 'aborted']], producing(1, 0, true))
    endTransaction(log, 1, 'Abort')
    put(log, [['b', '1']], producing(1, 1))
    await compact()
    expect(contentOf(log)).toEqual(['1:abort', '2:b=1'])
    // Kafka's cleaner sets the horizon at the next cleaning of the log.
    expect(batchesIn(log)[0]!.deleteHorizonMs).toBe(kit.clock.now() + day)
    expect(log.files.segments[0]!.transactionIndex.entries).toEqual([])
    expect(await compact()).toMatchObject(nothing)
    await kit.clock.advance(day)
    expect(await compact()).toMatchObject({ recordsRead: 2, recordsWritten: 1 })
    expect(contentOf(log)).toEqual(['2:b=1'])
    expect(await compact()).toMatchObject(nothing)
  })

  test('drops the empty batch of a producer that has expired', async () => {
    const { kit, log, compact } = opened()
    put(log, [['a', '1']], producing(1, 0))
    put(log, [['a', '2']])
    await compact()
    expect(batchesIn(log).map(({ recordCount }) => recordCount)).toEqual([0, 1])
    expect(await compact()).toMatchObject(nothing)
    log.producers.removeExpired(kit.clock.now() + 365 * day)
    expect(await compact()).toMatchObject({ recordsRead: 1, recordsWritten: 1 })
    expect(batchesIn(log).map(({ recordCount }) => recordCount)).toEqual([1])
  })

  test('sets a delete horizon for tombstones that an older broker cleaned, and drops them after it', async () => {
    for (const magic of [0, 1] as const) {
      const kit = new CleanerKit({ isEnabled: false })
      kit.fileSystem.makeDirectory('/data/orders-0')
      const record = { key: Buffer.from('a'), value: null }
      const other = { key: Buffer.from('b'), value: Buffer.from('1') }
      const messages = [record, other].map((each, offset) =>
        encodeLegacyMessage(magic, offset, Date.UTC(2015, 0, 1), each),
      )
      kit.fileSystem.writeFile('/data/orders-0/00000000000000000000.log', Buffer.concat(messages))
      kit.fileSystem.writeFile('/data/cleaner-offset-checkpoint', '0\n1\norders 0 2\n')
      kit.crash()
      const log = kit.compacted({ deleteRetentionMs: day })
      log.updateHighWatermark(log.logEndOffset)
      log.files.roll()
      await kit.cleaner.cleanNow(log, 'everything')
      expect(contentOf(log)).toEqual(['0:a=null', '1:b=1'])
      await kit.clock.advance(day)
      await kit.cleaner.cleanNow(log, 'everything')
      expect(contentOf(log)).toEqual(['1:b=1'])
    }
  })

  test('stops below an open transaction, and where records are too young', async () => {
    const { kit, log, compact } = opened({ minCompactionLagMs: day })
    put(log, [['a', null]], { timestamp: kit.clock.now() - 2 * day })
    await compact()
    await kit.clock.advance(day)
    put(log, [['a', '1']], producing(1, 0, true))
    put(log, [['a', '2']], { timestamp: kit.clock.now() })
    expect(await compact()).toMatchObject({ recordsRead: 1, recordsWritten: 0 })
    expect(contentOf(log)).toEqual(['1:a=1', '2:a=2'])
    endTransaction(log, 1, 'Commit')
    expect(await compact()).toMatchObject(nothing)
  })

  test('starts again when the log changes meanwhile, and waits for another cleaning of the log', async () => {
    const { kit, log, compact } = opened()
    const value = 'x'.repeat(500_000)
    for (let record = 0; record < 20; record++) put(log, [[`${record}`, value]])
    put(log, [['t', null]])
    log.files.roll()
    put(log, [['z', '1']])
    await compact()
    await kit.clock.advance(day)
    const first = compact()
    log.advanceLogStartOffset(5)
    log.files.deleteOldSegments()
    const second = compact()
    expect((await first).recordsWritten).toBe((await first).recordsRead - 1)
    expect(await second).toMatchObject(nothing)
    expect(contentOf(log).at(-1)).toBe('21:z=1')
  })

  test('never removes the last value of a key, and nothing at the same time, after random histories', async () => {
    const seed = 20260131
    let state = seed
    const random = (bound: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return Math.floor((state / 2 ** 31) * bound)
    }
    for (let run = 0; run < scaled(40); run++) {
      const { kit, log, compact } = opened({ deleteRetentionMs: random(2) * day })
      const sequences = new Map<number, number>()
      const expected = new Map<string, string>()
      for (let step = 0; step < 60; step++) {
        const key = `${random(5)}`
        const producerId = 1 + random(3)
        const sequence = sequences.get(producerId) ?? 0
        const value = random(3) === 0 ? null : `${step}`
        let isAborted = false
        if (random(2) === 0) put(log, [[key, value]])
        else {
          sequences.set(producerId, sequence + 1)
          const isTransactional = random(2) === 0
          put(log, [[key, value]], producing(producerId, sequence, isTransactional))
          isAborted = isTransactional && random(2) === 0
          if (isTransactional) endTransaction(log, producerId, isAborted ? 'Abort' : 'Commit')
        }
        if (value === null && !isAborted) expected.delete(key)
        else if (value !== null && !isAborted) expected.set(key, value)
        if (random(10) === 0) await kit.clock.advance(random(2) * day)
        if (random(8) === 0) {
          await compact()
          const told = `seed ${seed}, run ${run}, step ${step}`
          expect(await compact(), told).toMatchObject(nothing)
          expect(lastValues(committedContentOf(log)), told).toEqual(expected)
        }
      }
    }
  })
})
