import { describe, expect, test } from 'vitest'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { batchesIn, CleanerKit, contentOf, producing, put } from './cleaner-kit.ts'

const hour = 3_600_000

/** A replacer for `JSON.stringify`, which receives a Buffer as an object. */
function asText(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  const isBuffer = value !== null && typeof value === 'object' && 'type' in value && 'data' in value
  return isBuffer ? Buffer.from(value.data as number[]).toString() : value
}

describe('cleaning a log', () => {
  test('keeps the last value of every key at its offset, below the active segment', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted()
    put(log, [
      ['a', '1'],
      ['b', '1'],
    ])
    put(log, [['a', '2']])
    log.files.roll()
    put(log, [['b', '2']])
    const stats = await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['1:b=1', '2:a=2', '3:b=2'])
    expect([log.logStartOffset, log.logEndOffset]).toEqual([0, 4])
    expect(stats).toMatchObject({
      firstDirtyOffset: 0,
      endOffset: 3,
      mapRecordsRead: 3,
      recordsRead: 3,
      recordsWritten: 2,
      segmentsRead: 1,
      segmentsWritten: 1,
    })
    expect(stats.bytesWritten).toBe(log.files.segments[0]!.sizeInBytes)
    expect(stats.bytesRead).toBeGreaterThan(stats.bytesWritten)
  })

  test('does not change a batch that stays complete, byte for byte', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted()
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      put(
        log,
        [
          [compression, 'x'],
          [`${compression} 2`, 'y'],
        ],
        { compression },
      )
    }
    put(log, [['a', '1']])
    const before = batchesIn(log).map(({ bytes }) => bytes)
    log.files.roll()
    put(log, [['b', '1']])
    await kit.cleaner.cleanNow(log)
    const after = batchesIn(log).map(({ bytes }) => bytes)
    expect(after.slice(0, -1)).toEqual(before)
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'writes a batch with fewer records again with its codec, %s',
    async (compression) => {
      const kit = new CleanerKit()
      const log = kit.compacted()
      const timestamp = Date.UTC(2026, 0, 1)
      const records = ['a', 'b', 'c', 'd'].map((key, index) => ({
        timestamp: timestamp + index * 1000,
        key: Buffer.from(key),
        value: Buffer.from(key.repeat(100)),
        headers: [{ key: 'h', value: Buffer.from(key) }],
      }))
      const options = { ...producing(1, 0), compression }
      log.appendAsLeader(encodeBatch(records, options), 5)
      put(
        log,
        [
          ['a', 'later'],
          ['d', 'later'],
        ],
        { timestamp },
      )
      log.files.roll()
      await kit.cleaner.cleanNow(log)
      const [batch] = batchesIn(log)
      expect(batch!.isChecksumValid).toBe(true)
      expect(batch).toMatchObject({
        compression,
        baseOffset: 0,
        lastOffset: 3,
        recordCount: 2,
        baseTimestamp: timestamp + 1000,
        maxTimestamp: timestamp + 2000,
        partitionLeaderEpoch: 5,
        producerId: 1,
        baseSequence: 0,
        lastSequence: 3,
      })
      expect([...recordsOf(batch!)].map((record) => JSON.stringify(record, asText))).toEqual(
        [1, 2].map((index) => JSON.stringify({ offset: index, ...records[index] }, asText)),
      )
    },
  )

  test('drops records without a key', async () => {
    const kit = new CleanerKit()
    const log = kit.log()
    put(log, [
      [null, 'x'],
      ['a', '1'],
      [null, 'y'],
    ])
    log.files.roll()
    put(log, [[null, 'z']])
    const compacted = kit.compacted()
    compacted.updateConfig({ ...log.config, cleanupPolicy: { delete: false, compact: true } })
    const stats = await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['1:a=1', '3:null=z'])
    expect(stats.invalidRecords).toBe(2)
  })

  test('keeps an empty batch if the high watermark is directly after it', async () => {
    const kit = new CleanerKit()
    const log = kit.log()
    put(log, [['a', '1']])
    put(log, [
      [null, 'x'],
      [null, 'y'],
    ])
    log.files.roll()
    log.updateConfig({ ...log.config, cleanupPolicy: { delete: false, compact: true } })
    await kit.cleaner.cleanNow(log)
    const empty = batchesIn(log)[1]!
    expect(empty).toMatchObject({ baseOffset: 1, lastOffset: 2, recordCount: 0, sizeInBytes: 61 })
    expect(empty.isChecksumValid).toBe(true)
    kit.restart()
    expect(kit.compacted().logEndOffset).toBe(3)
  })

  test('keeps the last batch of every producer, possibly empty, so that its sequence is not lost', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted()
    put(log, [['a', '1']], producing(1, 0))
    put(
      log,
      [
        ['a', '2'],
        ['a', '3'],
      ],
      producing(1, 1),
    )
    put(log, [['a', '4']])
    log.files.roll()
    put(log, [['b', '1']])
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['3:a=4', '4:b=1'])
    expect(batchesIn(log)[0]).toMatchObject({
      baseOffset: 1,
      lastOffset: 2,
      recordCount: 0,
      producerId: 1,
      baseSequence: 1,
      lastSequence: 2,
    })
    for (const name of kit.files()) {
      if (name.endsWith('.snapshot')) kit.fileSystem.remove(`/data/orders-0/${name}`)
    }
    kit.crash()
    const reopened = kit.compacted()
    expect(
      put(
        reopened,
        [
          ['a', '2'],
          ['a', '3'],
        ],
        producing(1, 1),
      ),
    ).toMatchObject({ baseOffset: 1, duplicate: true })
    expect(put(reopened, [['a', '5']], producing(1, 3))).toMatchObject({ duplicate: false })
  })

  test('drops the empty batch of a producer that has written more or has expired', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted()
    const dirtyAgain = async () => {
      put(log, [['a', 'x']])
      log.files.roll()
      await kit.cleaner.cleanNow(log)
    }
    put(log, [['a', '1']], producing(1, 0))
    await dirtyAgain()
    expect(batchesIn(log)[0]).toMatchObject({ producerId: 1, recordCount: 0 })
    put(log, [['b', '1']], producing(1, 1))
    await dirtyAgain()
    expect(batchesIn(log)[0]).toMatchObject({ producerId: 1, recordCount: 1, baseSequence: 1 })
    put(log, [['b', '2']])
    await dirtyAgain()
    expect(batchesIn(log)[0]).toMatchObject({ producerId: 1, recordCount: 0, baseSequence: 1 })
    log.producers.removeExpired(kit.clock.now() + 1000 * hour)
    await dirtyAgain()
    expect(batchesIn(log).every(({ producerId }) => producerId === -1)).toBe(true)
  })
})

describe('a tombstone', () => {
  test('is retained for delete.retention.ms after its first cleaning, which its batch contains (KIP-534)', async () => {
    const kit = new CleanerKit({ isEnabled: false })
    const log = kit.compacted({ deleteRetentionMs: hour })
    const timestamp = kit.clock.now() - 5000
    put(log, [['a', '1']])
    put(
      log,
      [
        ['a', null],
        ['b', '1'],
      ],
      { timestamp },
    )
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    const deleteHorizonMs = kit.clock.now() + hour
    expect(contentOf(log)).toEqual(['1:a=null', '2:b=1'])
    expect(batchesIn(log)[0]).toMatchObject({
      hasDeleteHorizon: true,
      deleteHorizonMs,
      maxTimestamp: timestamp + 1,
    })
    expect([...recordsOf(batchesIn(log)[0]!)].map((record) => record.timestamp)).toEqual([
      timestamp,
      timestamp + 1,
    ])

    await kit.clock.advance(hour - 1)
    put(log, [['c', '1']])
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['1:a=null', '2:b=1', '3:c=1'])
    expect(batchesIn(log)[0]!.deleteHorizonMs).toBe(deleteHorizonMs)

    await kit.clock.advance(1)
    put(log, [['c', '2']])
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['2:b=1', '4:c=2'])
    expect(batchesIn(log)[0]).toMatchObject({ baseOffset: 1, recordCount: 1, deleteHorizonMs })
    expect([...recordsOf(batchesIn(log)[0]!)][0]!.timestamp).toBe(timestamp + 1)
  })

  test('is removed immediately if there is a later value', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted()
    put(log, [
      ['a', null],
      ['b', null],
    ])
    put(log, [['a', '1']])
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['1:b=null', '2:a=1'])
  })

  test('has the time of the append with LogAppendTime, also with a horizon', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted({ timestampType: 'LogAppendTime' })
    put(
      log,
      [
        ['a', null],
        ['b', '1'],
      ],
      { timestamp: 5 },
    )
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    const [batch] = batchesIn(log)
    expect(batch).toMatchObject({ timestampType: 'LogAppendTime', maxTimestamp: kit.clock.now() })
    expect(batch!.hasDeleteHorizon).toBe(true)
    const times = [...recordsOf(batch!)].map(({ timestamp }) => timestamp)
    expect(times).toEqual([kit.clock.now(), kit.clock.now()])
  })
})
