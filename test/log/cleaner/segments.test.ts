import { describe, expect, test } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { readAll } from '../log-kit.ts'
import { CleanerKit, contentOf, producing, put } from './cleaner-kit.ts'

const manual = { isEnabled: false }
/** The smallest memory with room for this many keys. */
const roomFor = (keys: number) => ({ ...manual, dedupeBufferBytes: keys * 24, loadFactor: 1 })

function baseOffsetsOf(log: Log): number[] {
  return log.files.segments.map(({ baseOffset }) => baseOffset)
}

/** Writes one segment per list, with one batch per key. */
function putSegments(log: Log, ...segments: readonly (readonly string[])[]): void {
  for (const keys of segments) {
    for (const key of keys) put(log, [[key, `${log.logEndOffset}`]])
    log.files.roll()
  }
}

describe('the segments of a cleaned log', () => {
  test('are merged up to segment.bytes by the sizes they had before', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    putSegments(log, ['a', 'b'], ['a', 'b'], ['c', 'd'], ['e', 'f'], ['g', 'h'])
    const { sizeInBytes } = log.files.segments[0]!
    log.updateConfig({ ...log.config, segmentBytes: sizeInBytes * 2 })
    const stats = await kit.cleaner.cleanNow(log)
    expect(baseOffsetsOf(log)).toEqual([0, 4, 8, 10])
    expect(stats).toMatchObject({ segmentsRead: 5, segmentsWritten: 3 })
    expect(contentOf(log)[0]).toBe('2:a=2')
    log.updateConfig({ ...log.config, segmentBytes: sizeInBytes * 3 })
    putSegments(log, ['z'])
    await kit.cleaner.cleanNow(log)
    expect(baseOffsetsOf(log)).toEqual([0, 8, 11])
  })

  test('are merged up to the size of their indexes', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted({ indexIntervalBytes: 1, segmentIndexBytes: 12 * 5 })
    putSegments(log, ['a', 'b', 'c', 'd'], ['e', 'f', 'g', 'h'], ['i', 'j', 'k', 'l'])
    await kit.cleaner.cleanNow(log)
    expect(baseOffsetsOf(log)).toEqual([0, 8, 12])
  })

  test('are not merged beyond the offset range of an index', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    putSegments(log, ['a'])
    const far = { key: Buffer.from('b'), value: Buffer.from('far') }
    log.appendAsFollower(encodeBatch([far], { baseOffset: 2 ** 31 }))
    log.files.roll()
    putSegments(log, ['a'])
    log.updateHighWatermark(log.logEndOffset)
    await kit.cleaner.cleanNow(log)
    expect(baseOffsetsOf(log)).toEqual([0, 1, 2 ** 31 + 1, 2 ** 31 + 2])
    expect(contentOf(log)).toEqual([`${2 ** 31}:b=far`, `${2 ** 31 + 1}:a=${2 ** 31 + 1}`])
  })

  test('stay if they are empty, and are removed if there is a neighbour to merge with', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    putSegments(log, ['a'], ['a'])
    log.updateConfig({ ...log.config, segmentBytes: log.files.segments[0]!.sizeInBytes })
    await kit.cleaner.cleanNow(log)
    expect(log.files.segments.map(({ sizeInBytes }) => sizeInBytes > 0)).toEqual([
      false,
      true,
      false,
    ])
    expect(baseOffsetsOf(log)).toEqual([0, 1, 2])
    expect(readAll(log, 0)).toEqual([[1, '1']])
    expect(kit.files()).toContain('00000000000000000000.log')
    kit.restart()
    const reopened = kit.compacted()
    expect(reopened.logStartOffset).toBe(0)
    expect(readAll(reopened, 0)).toEqual([[1, '1']])
    putSegments(reopened, ['b'])
    await kit.cleaner.cleanNow(reopened)
    expect(baseOffsetsOf(reopened)).toEqual([0, 3])
  })

  test('have indexes that find every record by offset and time', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted({ indexIntervalBytes: 200 })
    const start = Date.UTC(2026, 0, 1)
    for (let record = 0; record < 300; record++) {
      put(log, [[`${record % 40}`, `${record}`]], { timestamp: start + record * 1000 })
      if (record % 100 === 99) log.files.roll()
    }
    await kit.cleaner.cleanNow(log)
    for (const reopened of [false, true]) {
      if (reopened) kit.restart()
      const cleaned = kit.compacted({ indexIntervalBytes: 200 })
      expect(cleaned.files.segments[0]!.offsetIndex.entryCount).toBeGreaterThan(5)
      for (let record = 260; record < 300; record++) {
        expect(readAll(cleaned, record)[0]).toEqual([record, `${record}`])
        const found = cleaned.offsetForTimestamp(start + record * 1000)
        expect(found).toMatchObject({ offset: record, timestamp: start + record * 1000 })
      }
      expect(cleaned.offsetForTimestamp(start)?.offset).toBe(260)
    }
  })

  test('are skipped in lookups by time if they are empty, also after a restart', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    const start = kit.clock.now() - 10_000
    put(log, [['a', '0']], { timestamp: start })
    log.files.roll()
    log.updateConfig({ ...log.config, segmentBytes: log.files.sizeInBytes })
    put(log, [['a', '1']], { timestamp: start + 1000 })
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(log.files.segments.map(({ sizeInBytes }) => sizeInBytes > 0)).toEqual([
      false,
      true,
      false,
    ])
    expect(log.offsetForTimestamp(start)?.offset).toBe(1)
    kit.restart()
    const again = kit.compacted()
    expect(again.files.segments).toHaveLength(3)
    expect(again.offsetForTimestamp(start)?.offset).toBe(1)
    expect(again.offsetForTimestamp(start + 1000)?.offset).toBe(1)
    expect(again.offsetForTimestamp(start + 1001)).toBeUndefined()
  })

  test('keep the time of the old segments if no record has a timestamp', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    put(log, [['a', '1']], { timestamp: -1 })
    log.files.roll()
    const { largestTimestamp } = log.files.segments[0]!
    await kit.clock.advance(100_000)
    await kit.cleaner.cleanNow(log)
    expect(log.files.segments[0]!.largestTimestamp).toBe(largestTimestamp)
  })

  test('keep the old files for file.delete.delay.ms, and no others', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted({ fileDeleteDelayMs: 1000 })
    putSegments(log, ['a'], ['a'])
    await kit.cleaner.cleanNow(log)
    const suffixes = () =>
      new Set(kit.files().map((name) => name.replace(/^\d+|\.[a-z]+index/, '')))
    expect(kit.files().filter((name) => name.endsWith('.log.deleted')).length).toBe(2)
    await kit.clock.advance(1000)
    expect([...suffixes()].filter((name) => /deleted|cleaned|swap/.test(name))).toEqual([])
    expect(kit.files().filter((name) => name.endsWith('.log')).length).toBe(2)
  })
})

describe('a log with more keys than fit in the map', () => {
  test('is cleaned in several rounds', async () => {
    const kit = new CleanerKit(roomFor(3))
    const log = kit.compacted()
    putSegments(log, ['a', 'b', 'a', 'c'], ['d', 'a', 'b'], ['e', 'f', 'a'])
    const stats = await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['3:c=3', '4:d=4', '6:b=6', '7:e=7', '8:f=8', '9:a=9'])
    expect(kit.checkpoint).toEqual({ 'orders 0': 10 })
    expect(stats).toMatchObject({ firstDirtyOffset: 0, endOffset: 10, bufferUtilization: 1 })
  })

  test('remembers its progress, also in the middle of a batch', async () => {
    const kit = new CleanerKit(roomFor(2))
    const log = kit.compacted()
    const records = ['a', 'b', 'a', 'c', 'a'].map((key, at) => [key, `${at}`] as const)
    put(log, records, producing(1, 0))
    put(log, [['c', '5']])
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['1:b=1', '4:a=4', '5:c=5'])
  })

  test('cannot be cleaned if the map has no room for any key', async () => {
    const kit = new CleanerKit(roomFor(0))
    const log = kit.compacted()
    putSegments(log, ['a'])
    await expect(kit.cleaner.cleanNow(log)).rejects.toThrow(RangeError)
    expect(contentOf(log)).toEqual(['0:a=0'])
  })
})
