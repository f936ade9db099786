import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { append, batchOf, LogKit, readAll } from './log-kit.ts'

const start = Date.UTC(2026, 0, 1)

describe('a new log', () => {
  test('is empty and has no files', () => {
    const kit = new LogKit()
    const log = kit.log()
    expect([log.logStartOffset, log.highWatermark, log.logEndOffset]).toEqual([0, 0, 0])
    expect(log.read(0, 100, 'highWatermark', true)).toEqual({
      slices: [],
      sizeInBytes: 0,
      abortedTransactions: null,
    })
    expect(log.read(1, 100, 'highWatermark', true)).toBe(ApiError.of(ErrorCode.OffsetOutOfRange))
    expect(log.offsetOfMaxTimestamp()).toBeUndefined()
    kit.manager.checkpoint()
    expect(kit.files()).toEqual([])
    kit.restart()
    expect(kit.manager.storedPartitions()).toEqual([])
  })

  test('gets its directory at the first append', () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    expect(kit.files()).toEqual([
      '00000000000000000000.log',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
  })
})

describe('append', () => {
  test('assigns consecutive offsets and the leader epoch', () => {
    const log = new LogKit().log()
    expect(append(log, ['a', 'b'], { epoch: 3 })).toEqual({
      baseOffset: 0,
      lastOffset: 1,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      duplicate: false,
    })
    expect(append(log, ['c'], { epoch: 4 })).toMatchObject({ baseOffset: 2, lastOffset: 2 })
    expect(readAll(log)).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ])
    expect(log.latestEpoch).toBe(4)
  })

  test('of records without a complete batch does nothing', () => {
    const kit = new LogKit()
    const log = kit.log()
    const nothing = { baseOffset: -1, lastOffset: -1, logStartOffset: 0, duplicate: false }
    expect(log.appendAsFollower(new Uint8Array(0))).toMatchObject(nothing)
    expect(log.appendAsFollower(batchOf(['a']).subarray(0, 60))).toMatchObject(nothing)
    expect(log.logEndOffset).toBe(0)
    expect(kit.files()).toEqual([])
  })

  test('stores the given bytes, stamped in place', () => {
    const log = new LogKit().log()
    append(log, ['a'])
    const batch = batchOf(['x'.repeat(5000)], { compression: 'gzip' })
    const large = batchOf(['y'.repeat(5000)])
    log.appendAsLeader(batch, 7)
    log.appendAsLeader(large, 7)
    const read = log.read(0, 1e6, 'logEnd', true)
    if (read instanceof ApiError) throw new Error('unreadable')
    const [, second, third] = [...batchesOf(Buffer.concat(read.slices))]
    expect(Buffer.from(second!.bytes).equals(batch)).toBe(true)
    expect(Buffer.from(third!.bytes).equals(large)).toBe(true)
    expect([third!.baseOffset, third!.partitionLeaderEpoch]).toEqual([2, 7])
  })

  test('with LogAppendTime returns the time of the broker', () => {
    const log = new LogKit().log({ timestampType: 'LogAppendTime' })
    expect(append(log, ['a'], { timestamp: 5 }).logAppendTimeMs).toBe(start)
    expect(log.offsetForTimestamp(start)).toEqual({ timestamp: start, offset: 0, leaderEpoch: 0 })
  })

  test('refuses what the validator refuses, and a batch larger than a segment', () => {
    const log = new LogKit().log({ maxMessageBytes: 200, segmentBytes: 150 })
    const errorOf = (bytes: Uint8Array) => {
      const result = log.appendAsLeader(bytes, 0)
      return result instanceof ApiError ? [result.errorCode, result.logStartOffset] : undefined
    }
    expect(errorOf(batchOf(['x'.repeat(300)]))).toEqual([ErrorCode.MessageTooLarge, -1])
    expect(errorOf(batchOf(['x'.repeat(100)]))).toEqual([ErrorCode.RecordListTooLarge, -1])
    const corrupt = Buffer.from(batchOf(['x']))
    corrupt[65]! ^= 1
    expect(errorOf(corrupt)).toEqual([ErrorCode.CorruptMessage, -1])
    expect(log.logEndOffset).toBe(0)
  })

  test("a follower appends the leader's batches unchanged, including gaps", () => {
    const log = new LogKit().log()
    const result = log.appendAsFollower(
      Buffer.concat([
        batchOf(['a', 'b'], { baseOffset: 5, partitionLeaderEpoch: 2 }),
        batchOf(['c'], { baseOffset: 9, partitionLeaderEpoch: 3 }),
      ]),
    )
    expect(result).toMatchObject({ baseOffset: 5, lastOffset: 9 })
    expect(readAll(log, 0)).toEqual([
      [5, 'a'],
      [6, 'b'],
      [9, 'c'],
    ])
    expect(log.endOffsetForEpoch(2)).toEqual({ epoch: 2, endOffset: 9 })
    expect(() => log.appendAsFollower(batchOf(['d'], { baseOffset: 9 }))).toThrow('below 10')
  })

  test('a failed write answers KAFKA_STORAGE_ERROR and changes nothing', () => {
    const kit = new LogKit()
    const log = kit.log()
    append(log, ['a'])
    const { open } = kit.fileSystem
    log.files.roll()
    for (const segment of log.files.segments) segment.close()
    kit.fileSystem.open = () => {
      throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
    }
    expect(log.appendAsLeader(batchOf(['b']), 0)).toMatchObject({
      errorCode: ErrorCode.KafkaStorageError,
    })
    kit.fileSystem.open = open
    expect(log.logEndOffset).toBe(1)
    expect(kit.warnings).toEqual(['cannot append to orders-0: ENOSPC: no space left'])
  })
})

describe('read', () => {
  test('returns whole batches up to maxBytes, the first one in any case', () => {
    const log = new LogKit().log()
    const sizes = [['a'], ['b', 'c'], ['d'], ['e'.repeat(9000)], ['f']].map((values) => {
      const before = log.files.sizeInBytes
      append(log, values)
      return log.files.sizeInBytes - before
    })
    const offsetsOf = (from: number, maxBytes: number, minOneMessage = true) => {
      const read = log.read(from, maxBytes, 'highWatermark', minOneMessage)
      if (read instanceof ApiError) return read.errorCode
      expect(read.sizeInBytes).toBe(read.slices.reduce((sum, { length }) => sum + length, 0))
      return read.slices.flatMap((slice) => [...batchesOf(slice)].map((batch) => batch.baseOffset))
    }
    const [first, second, third, fourth, fifth] = sizes as [number, number, number, number, number]
    expect(offsetsOf(0, 1e6)).toEqual([0, 1, 3, 4, 5])
    expect(offsetsOf(2, 1e6)).toEqual([1, 3, 4, 5])
    expect(offsetsOf(0, first + second)).toEqual([0, 1])
    expect(offsetsOf(0, first + second - 1)).toEqual([0])
    expect(offsetsOf(1, 1)).toEqual([1])
    expect(offsetsOf(1, 1, false)).toEqual([])
    expect(offsetsOf(0, 0, true)).toEqual([0])
    expect(offsetsOf(4, 10)).toEqual([4])
    expect(offsetsOf(3, third + fourth - 1)).toEqual([3])
    expect(offsetsOf(3, third + fourth)).toEqual([3, 4])
    expect(offsetsOf(3, third + fourth + fifth)).toEqual([3, 4, 5])
    expect(offsetsOf(6, 1e6)).toEqual([])
    expect(offsetsOf(7, 1e6)).toBe(ErrorCode.OffsetOutOfRange)
  })

  test('is bounded by the high watermark, but not for followers', () => {
    const log = new LogKit().log()
    append(log, ['a'])
    log.appendAsLeader(batchOf(['b']), 0)
    log.appendAsLeader(batchOf(['c']), 0)
    expect(readAll(log, 0, 'highWatermark')).toEqual([[0, 'a']])
    expect(readAll(log, 0, 'logEnd').length).toBe(3)
    expect(log.updateHighWatermark(2)).toBe(true)
    expect(log.updateHighWatermark(2)).toBe(false)
    expect(readAll(log, 0, 'highWatermark').length).toBe(2)
    log.updateHighWatermark(100)
    expect(log.highWatermark).toBe(3)
  })

  test('continues in the next segment', () => {
    const log = new LogKit().log()
    append(log, ['a'])
    log.files.roll()
    append(log, ['b'])
    log.files.roll()
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2])
    expect(readAll(log)).toEqual([
      [0, 'a'],
      [1, 'b'],
    ])
  })

  test('finds every batch of two logs with alternating appends', () => {
    const kit = new LogKit()
    const logs = [kit.log({}, 'a'), kit.log({}, 'b')]
    for (let i = 0; i < 300; i++) append(logs[i % 2]!, [`${i} ${'x'.repeat(i * 17)}`])
    for (const [index, log] of logs.entries()) {
      expect(readAll(log, 0, 'logEnd', 10_000).map(([, value]) => parseInt(value))).toEqual(
        Array.from({ length: 150 }, (_, i) => i * 2 + index),
      )
    }
  })
})

describe('segments', () => {
  test('roll when the next batch would pass segment.bytes', () => {
    const log = new LogKit().log({ segmentBytes: 200 })
    for (const value of ['a', 'b', 'c', 'd', 'e']) append(log, [value])
    const size = log.files.sizeInBytes / 5
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual(
      [0, 1, 2, 3, 4].filter((offset) => offset % Math.floor(200 / size) === 0),
    )
    expect(readAll(log).length).toBe(5)
  })

  test('roll when a record is segment.ms later than the first one, independently of the clock', async () => {
    const kit = new LogKit()
    const log = kit.log({ segmentMs: 1000, timestampAfterMaxMs: 1e12 })
    append(log, ['a'], { timestamp: start })
    await kit.clock.advance(5000)
    append(log, ['b'], { timestamp: start + 1000 })
    expect(log.files.segments.length).toBe(1)
    append(log, ['c'], { timestamp: start + 1001 })
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2])
  })

  test('roll by the clock when records have no timestamp', async () => {
    const kit = new LogKit()
    const log = kit.log({ segmentMs: 1000 })
    append(log, ['a'], { timestamp: -1 })
    await kit.clock.advance(1001)
    append(log, ['b'], { timestamp: -1 })
    expect(log.files.segments.length).toBe(2)
  })

  test('roll when an index is full', () => {
    const log = new LogKit().log({ indexIntervalBytes: 1, segmentIndexBytes: 36 })
    for (let i = 0; i < 6; i++) append(log, [`${i}`], { timestamp: start + i })
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 3])
  })

  test('roll when the offset would be more than 2^31 - 1 above the base offset', () => {
    const log = new LogKit().log()
    log.appendAsFollower(batchOf(['a'], { baseOffset: 0 }))
    log.appendAsFollower(batchOf(['b'], { baseOffset: 2 ** 31 - 1 }))
    log.appendAsFollower(batchOf(['c'], { baseOffset: 2 ** 31 }))
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2 ** 31])
    expect(readAll(log).map(([offset]) => offset)).toEqual([0, 2 ** 31 - 1, 2 ** 31])
  })

  test('an empty one is not rolled', () => {
    const kit = new LogKit()
    const log = kit.log()
    log.files.roll()
    append(log, ['a'])
    log.files.roll()
    log.files.roll()
    expect(log.files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1])
    expect(kit.files()).toContain('00000000000000000001.log')
    expect(kit.files()).toContain('00000000000000000001.snapshot')
  })
})

describe('lookup', () => {
  test('the record with the largest timestamp is the first one if none has a timestamp', () => {
    const log = new LogKit().log()
    expect(log.offsetOfMaxTimestamp()).toBeUndefined()
    append(log, ['a', 'b'], { timestamp: -1, epoch: 3 })
    expect(log.offsetOfMaxTimestamp()).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 3 })
  })

  test.each([
    ['with indexes', 1],
    ['without index entries', 1e9],
  ])('the first record at or after a timestamp, %s', (_name, indexIntervalBytes) => {
    const log = new LogKit().log({
      indexIntervalBytes,
      timestampBeforeMaxMs: 1e15,
      retentionMs: -1,
    })
    const timestamps = [10, 20, 15, 40, 30]
    for (const [i, timestamp] of timestamps.entries()) {
      append(log, [`${i}`], { timestamp, epoch: i })
      if (i % 2 === 1) log.files.roll()
    }
    for (let wanted = 0; wanted <= 41; wanted++) {
      const offset = timestamps.findIndex((timestamp) => timestamp >= wanted)
      expect(log.offsetForTimestamp(wanted)).toEqual(
        offset < 0 ? undefined : { timestamp: timestamps[offset], offset, leaderEpoch: offset },
      )
    }
    expect(log.offsetOfMaxTimestamp()).toEqual({ timestamp: 40, offset: 3, leaderEpoch: 3 })
    expect(log.offsetForTimestamp(25, 3)).toBeUndefined()
    expect(log.advanceLogStartOffset(4)).toBeUndefined()
    // Until the segment with offset 3, whose timestamp is later, is deleted.
    expect(log.offsetForTimestamp(25)).toBeUndefined()
    log.files.deleteOldSegments()
    expect(log.offsetForTimestamp(25)?.offset).toBe(4)
  })

  test('records within a batch by their own timestamps', () => {
    const log = new LogKit().log()
    append(log, ['a', 'b'], { timestamp: 100 })
    append(log, ['c'], { timestamp: 300 })
    expect(log.offsetForTimestamp(101)).toMatchObject({ offset: 2, timestamp: 300 })
    expect(log.offsetForTimestamp(100)).toMatchObject({ offset: 0 })
  })

  test('where a leader epoch ends', () => {
    const log = new LogKit().log()
    append(log, ['a', 'b'], { epoch: 1 })
    append(log, ['c'], { epoch: 4 })
    expect(log.endOffsetForEpoch(0)).toEqual({ epoch: 0, endOffset: 0 })
    expect(log.endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 2 })
    expect(log.endOffsetForEpoch(3)).toEqual({ epoch: 1, endOffset: 2 })
    expect(log.endOffsetForEpoch(4)).toEqual({ epoch: 4, endOffset: 3 })
    expect(log.endOffsetForEpoch(5)).toEqual({ epoch: -1, endOffset: -1 })
    expect([log.epochAt(0), log.epochAt(2), log.epochAt(9)]).toEqual([1, 4, 4])
  })
})

describe('the log start offset', () => {
  test('moves forward up to the high watermark, and records below cannot be read', () => {
    const log = new LogKit().log()
    append(log, ['a', 'b', 'c'])
    log.appendAsLeader(batchOf(['d']), 0)
    expect(log.advanceLogStartOffset(4)).toBe(ApiError.of(ErrorCode.OffsetOutOfRange))
    expect(log.advanceLogStartOffset(2)).toBeUndefined()
    expect(log.advanceLogStartOffset(1)).toBeUndefined()
    expect(log.logStartOffset).toBe(2)
    expect(log.read(1, 100, 'logEnd', true)).toBe(ApiError.of(ErrorCode.OffsetOutOfRange))
    expect(readAll(log, 2, 'highWatermark')).toEqual([[2, 'c']])
    log.updateHighWatermark(0)
    expect(log.highWatermark).toBe(2)
  })

  test('is the same after a restart, also with all records deleted', () => {
    const kit = new LogKit()
    append(kit.log(), ['a', 'b', 'c'])
    kit.log().advanceLogStartOffset(3)
    kit.restart()
    const log = kit.log()
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 3])
    expect(append(log, ['d']).baseOffset).toBe(3)
  })
})

describe('truncate', () => {
  test('drops whole batches from an offset on, over segments, and continues there', () => {
    const kit = new LogKit()
    const log = kit.log({ indexIntervalBytes: 1 })
    for (let i = 0; i < 6; i++) {
      append(log, [`${i}a`, `${i}b`], { epoch: i, timestamp: start + i })
      if (i === 3) log.files.roll()
    }
    expect(log.truncateTo(12)).toBe(false)
    expect(log.truncateTo(7)).toBe(true)
    expect([log.logEndOffset, log.highWatermark, log.latestEpoch]).toEqual([7, 7, 3])
    expect(readAll(log).at(-1)).toEqual([5, '2b'])
    expect(log.read(6, 100, 'logEnd', true)).toMatchObject({ sizeInBytes: 0 })
    expect(log.offsetOfMaxTimestamp()).toMatchObject({ offset: 4, timestamp: start + 2 })
    append(log, ['new'], { epoch: 9 })
    expect(readAll(log).slice(-2)).toEqual([
      [5, '2b'],
      [7, 'new'],
    ])
    kit.restart()
    expect(readAll(kit.log()).length).toBe(7)
    expect(kit.log().endOffsetForEpoch(4)).toEqual({ epoch: 3, endOffset: 7 })
  })

  test('fully starts again at another offset, also after a restart', () => {
    const kit = new LogKit()
    append(kit.log(), ['a', 'b'])
    kit.log().truncateFullyAndStartAt(10)
    const log = kit.log()
    expect([log.logStartOffset, log.highWatermark, log.logEndOffset]).toEqual([10, 10, 10])
    expect(append(log, ['c']).baseOffset).toBe(10)
    kit.restart()
    expect(readAll(kit.log())).toEqual([[10, 'c']])
    kit.log().truncateTo(3)
    expect(kit.log().logEndOffset).toBe(3)
  })
})
