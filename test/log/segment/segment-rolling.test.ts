import { describe, expect, test } from 'vitest'
import { defaultLogConfig, type LogConfig } from '../../../src/log/log-config.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { append, LogKit } from '../log-kit.ts'
import { batchAt, SegmentKit } from './segment-kit.ts'

const start = Date.UTC(2026, 0, 1)
const baseOffsets = (log: ReturnType<LogKit['log']>) => log.files.segments.map((s) => s.baseOffset)

describe('a segment is rolled', () => {
  test('at a random time within segment.jitter.ms before segment.ms', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const config = { ...defaultLogConfig, segmentMs: 1000, segmentJitterMs: 400 }
    const waits = Array.from({ length: 40 }, (_, i) => {
      const segment = kit.segment(i, config)
      segment.append(batchAt(i, ['a'], start))
      const rollsAfter = (ms: number) =>
        segment.shouldRoll(config, { sizeInBytes: 1, maxTimestamp: start + ms, lastOffset: i + 1 })
      let waited = 0
      while (!rollsAfter(waited)) waited++
      return waited
    })
    expect(Math.min(...waits)).toBeGreaterThan(600)
    expect(Math.max(...waits)).toBeLessThanOrEqual(1001)
    expect(new Set(waits).size).toBeGreaterThan(20)
  })

  test('before max.compaction.lag.ms has passed if it is compacted', () => {
    const config = { ...defaultLogConfig, maxCompactionLagMs: 500 }
    const compacted = { ...config, cleanupPolicy: { delete: false, compact: true } }
    const segment = new SegmentKit(new MemoryFileSystem()).segment(0, config)
    segment.append(batchAt(0, ['a'], start))
    const rollsAfter = (ms: number, current: LogConfig) =>
      segment.shouldRoll(current, { sizeInBytes: 1, maxTimestamp: start + ms, lastOffset: 1 })
    expect([rollsAfter(500, compacted), rollsAfter(501, compacted)]).toEqual([false, true])
    expect(rollsAfter(501, config)).toBe(false)
  })

  test('by the current segment.bytes and segment.ms, but with its original index interval', () => {
    const log = new LogKit().log({ indexIntervalBytes: 0, timestampAfterMaxMs: 1e12 })
    const change = (config: Partial<LogConfig>) => log.updateConfig({ ...log.config, ...config })
    append(log, ['a'], { timestamp: start })
    change({ indexIntervalBytes: 1e6 })
    append(log, ['b'], { timestamp: start + 100 })
    expect(log.files.segments[0]!.offsetIndex.entryCount).toBe(1)
    change({ segmentMs: 50 })
    append(log, ['c'], { timestamp: start + 100 })
    append(log, ['d'], { timestamp: start + 101 })
    expect(baseOffsets(log)).toEqual([0, 2])
    expect(log.files.segments[1]!.offsetIndex.entryCount).toBe(0)
    change({ segmentMs: 1e9, segmentBytes: log.files.segments[1]!.sizeInBytes })
    append(log, ['e'], { timestamp: start + 101 })
    expect(baseOffsets(log)).toEqual([0, 2, 4])
  })

  test('by its first batch, also after a restart and after it was emptied', () => {
    const kit = new LogKit()
    const options = { segmentMs: 100, timestampAfterMaxMs: 1e12 }
    append(kit.log(options), ['a'], { timestamp: start })
    kit.restart()
    const log = kit.log(options)
    append(log, ['b'], { timestamp: start + 100 })
    expect(baseOffsets(log)).toEqual([0])
    log.truncateTo(0)
    append(log, ['c'], { timestamp: start + 200 })
    append(log, ['d'], { timestamp: start + 300 })
    expect(baseOffsets(log)).toEqual([0])
    append(log, ['e'], { timestamp: start + 301 })
    expect(baseOffsets(log)).toEqual([0, 2])
  })

  test('when the time index is full but for one entry, or the offset index', () => {
    for (const [segmentIndexBytes, expected] of [
      [24, [0, 2, 4]],
      [36, [0, 3]],
      [48, [0, 4]],
    ] as const) {
      const log = new LogKit().log({ indexIntervalBytes: 0, segmentIndexBytes })
      for (let i = 0; i < 6; i++) append(log, ['a'], { timestamp: start + i })
      expect(baseOffsets(log)).toEqual(expected)
    }
  })
})
