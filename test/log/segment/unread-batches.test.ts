import { ApiError } from '../../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import type { ReadInfo, ReadIsolation } from '../../../src/log/log-types.ts'
import type { Allocate } from '../../../src/log/segment/read-batches.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { append, batchOf, LogKit } from '../log-kit.ts'

const noMemory: Allocate = () => undefined
const value = 'x'.repeat(1000)
const BATCH_BYTES = batchOf([value]).length

function read(log: Log, offset: number, maxBytes: number, minOneMessage = true): ReadInfo {
  const info = log.read(offset, maxBytes, 'highWatermark', minOneMessage, noMemory)
  if (info instanceof ApiError) throw new Error(`read failed at ${offset}: ${info.errorCode}`)
  return info
}

function bytesOf({ unread, sizeInBytes }: ReadInfo): Buffer {
  const bytes = Buffer.alloc(sizeInBytes)
  unread?.read(bytes, 0)
  return bytes
}

function fill(log: Log, count: number): void {
  for (let i = 0; i < count; i++) append(log, [value])
}

/** Replaces the first segment, like a cleaning that removes nothing. */
function replaceFirst(log: Log): void {
  const [first] = log.files.segments
  const cleaned = log.files.newCleanedSegment(first!.baseOffset)
  const { slices } = log.read(0, first!.sizeInBytes, 'logEnd', true) as ReadInfo
  for (const slice of slices) cleaned.append(slice)
  cleaned.becomeInactive()
  log.files.replaceSegments([cleaned], [first!])
}

describe("batches that do not fit in the reader's memory", () => {
  test('are read on request, from any position on', () => {
    const log = new LogKit().log()
    fill(log, 50)
    const info = read(log, 0, Infinity)
    expect(info.slices).toEqual([])
    expect(info.sizeInBytes).toBe(50 * BATCH_BYTES)
    expect(info.unread).toHaveLength(50 * BATCH_BYTES)
    const inMemory = log.read(0, Infinity, 'highWatermark', true) as ReadInfo
    const [expected] = inMemory.slices
    expect(Buffer.compare(bytesOf(info), expected!)).toBe(0)
    const part = Buffer.alloc(1000)
    info.unread!.read(part, 12_345)
    expect(Buffer.compare(part, expected!.subarray(12_345, 13_345))).toBe(0)
  })

  test('start with the batch that contains the offset, and end within the limit with one that the index knows', () => {
    const log = new LogKit().log({ indexIntervalBytes: 3 * BATCH_BYTES })
    fill(log, 50)
    for (let offset = 0; offset < 45; offset++) {
      const info = read(log, offset, 10 * BATCH_BYTES + 5)
      expect(info.sizeInBytes).toBeLessThanOrEqual(10 * BATCH_BYTES)
      expect(info.sizeInBytes).toBeGreaterThan(Math.min(5, 49 - offset) * BATCH_BYTES)
      expect(info.sizeInBytes % BATCH_BYTES).toBe(0)
      expect([...batchesOf(bytesOf(info))][0]!.baseOffset).toBe(offset)
    }
  })

  test('are as many as fit if the index knows none of them', () => {
    const log = new LogKit().log({ indexIntervalBytes: 2 ** 30 })
    fill(log, 10)
    const info = read(log, 2, 3 * BATCH_BYTES + 7)
    expect(info.sizeInBytes).toBe(3 * BATCH_BYTES + 7)
    expect([...batchesOf(bytesOf(info))].map(({ baseOffset }) => baseOffset)).toEqual([2, 3, 4])
  })

  test('are at least one if requested (KIP-74)', () => {
    const log = new LogKit().log()
    fill(log, 10)
    expect(read(log, 3, 10).sizeInBytes).toBe(BATCH_BYTES)
    expect(read(log, 3, 0).sizeInBytes).toBe(BATCH_BYTES)
    expect(read(log, 3, 10, false).sizeInBytes).toBe(0)
  })

  test('end at the high watermark', () => {
    const log = new LogKit().log()
    fill(log, 10)
    log.appendAsLeader(batchOf([value, value]), 0)
    log.appendAsLeader(batchOf([value]), 0)
    expect(read(log, 0, Infinity).sizeInBytes).toBe(10 * BATCH_BYTES)
    log.updateHighWatermark(12)
    const last = [...batchesOf(bytesOf(read(log, 9, Infinity)))]
    expect(last.map(({ lastOffset }) => lastOffset)).toEqual([9, 11])
  })

  test('can be read until their segment is deleted', async () => {
    const kit = new LogKit()
    const log = kit.log({ segmentBytes: 5 * BATCH_BYTES, fileDeleteDelayMs: 60_000 })
    fill(log, 12)
    const info = read(log, 0, Infinity)
    const before = bytesOf(info)
    expect(before).toHaveLength(5 * BATCH_BYTES)
    log.advanceLogStartOffset(10)
    log.files.deleteOldSegments()
    expect(log.files.segments[0]!.baseOffset).toBe(10)
    expect(Buffer.compare(bytesOf(info), before)).toBe(0)
    await kit.clock.advance(60_000)
    expect(() => bytesOf(info)).toThrow('ENOENT')
  })

  test('are not confused with those of a later topic of that name', () => {
    const kit = new LogKit()
    const log = kit.log()
    fill(log, 10)
    const info = read(log, 0, Infinity)
    kit.manager.delete('orders', 0)
    fill(kit.log(), 10)
    expect(() => bytesOf(info)).toThrow('ENOENT')
  })

  test('are not confused with compacted ones that replaced them', async () => {
    const kit = new LogKit()
    const log = kit.log({ segmentBytes: 5 * BATCH_BYTES })
    fill(log, 6)
    const info = read(log, 0, Infinity)
    replaceFirst(log)
    const second = read(log, 0, Infinity)
    await kit.clock.advance(30_000)
    replaceFirst(log)
    expect(() => bytesOf(info)).toThrow('ENOENT')
    await kit.clock.advance(30_000)
    expect(bytesOf(second)).toHaveLength(5 * BATCH_BYTES)
    await kit.clock.advance(30_000)
    expect(() => bytesOf(second)).toThrow('ENOENT')
    expect(kit.files().filter((name) => name.endsWith('.deleted'))).toEqual([])
  })

  test('cannot be read any more when the log was truncated', () => {
    const log = new LogKit().log()
    fill(log, 10)
    const info = read(log, 0, Infinity)
    log.truncateTo(5)
    expect(() => bytesOf(info)).toThrow('bytes of a segment were removed while they were sent')
  })

  test('are returned with their aborted transactions', () => {
    const log = new LogKit().log({ indexIntervalBytes: 1 })
    const abort = (producerId: number): void => {
      const producer = { producerId, producerEpoch: 0, isTransactional: true, baseSequence: 0 }
      append(log, [value], producer)
      const marker = encodeEndTransactionMarker(
        { type: ControlRecordType.Abort, coordinatorEpoch: 0 },
        { producerId, producerEpoch: 0, timestamp: 0 },
      )
      log.appendAsLeader(marker, 0, { origin: 'coordinator' })
      log.updateHighWatermark(log.logEndOffset)
    }
    abort(7)
    fill(log, 10)
    abort(8)
    const aborted = (
      maxBytes: number,
      allocate?: Allocate,
      isolation: ReadIsolation = 'lastStableOffset',
    ) => (log.read(0, maxBytes, isolation, true, allocate) as ReadInfo).abortedTransactions
    for (const maxBytes of [5 * BATCH_BYTES, Infinity]) {
      expect(aborted(maxBytes, noMemory)).toEqual(aborted(maxBytes))
    }
    expect(aborted(5 * BATCH_BYTES, noMemory)).toEqual([{ producerId: 7, firstOffset: 0 }])
    expect(aborted(Infinity, noMemory)).toHaveLength(2)
    expect(aborted(Infinity, noMemory, 'highWatermark')).toBeNull()
  })
})
