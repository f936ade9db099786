import { describe, expect, test } from 'vitest'
import type { LogConfig } from '../../../src/log/log-config.ts'
import {
  cleanableOffsets,
  isCleanable,
  logToClean,
  nextCleanableMs,
} from '../../../src/log/cleaner/log-to-clean.ts'
import { CleanerKit, producing, put } from './cleaner-kit.ts'

const second = 1000

/** Writes three inactive segments of two records each and an active one, ten seconds apart. */
function filled(config: Partial<LogConfig> = {}) {
  const kit = new CleanerKit({ isEnabled: false })
  const log = kit.compacted(config)
  const startMs = kit.clock.now()
  for (let segment = 0; segment < 4; segment++) {
    const timestamp = startMs + segment * 10 * second
    put(log, [['a', '1']], { timestamp })
    put(log, [['b', '1']], { timestamp: timestamp + second })
    if (segment < 3) log.files.roll()
  }
  const look = (checkpointed?: number, nowMs = startMs + 100 * second) => {
    const offsets = cleanableOffsets(log, checkpointed, nowMs)
    return { ...offsets, ...logToClean(log, offsets, nowMs) }
  }
  return { kit, log, startMs, look }
}

describe('what may be cleaned', () => {
  test('is everything from the first dirty offset to the active segment', () => {
    const { look, log } = filled()
    const { sizeInBytes } = log.files.segments[0]!
    expect(look()).toMatchObject({
      firstDirtyOffset: 0,
      firstUncleanableOffset: 6,
      cleanableBytes: 3 * sizeInBytes,
      totalBytes: 3 * sizeInBytes,
      cleanableRatio: 1,
    })
    expect(look(2)).toMatchObject({
      firstDirtyOffset: 2,
      cleanableBytes: 2 * sizeInBytes,
      totalBytes: 3 * sizeInBytes,
    })
    expect(look(6)).toMatchObject({ firstDirtyOffset: 6, cleanableBytes: 0, cleanableRatio: 0 })
    expect(look(7)).toMatchObject({ firstDirtyOffset: 7, cleanableBytes: 0 })
  })

  test('ends after the last segment that is completely below the last stable offset', () => {
    const { look, log } = filled()
    put(log, [['c', '1']], producing(1, 0, true))
    log.files.roll()
    put(log, [['d', '1']])
    log.files.roll()
    expect(look()).toMatchObject({ firstUncleanableOffset: 6 })
  })

  test('ends at the first segment with a record younger than min.compaction.lag.ms', () => {
    const { look, startMs } = filled({ minCompactionLagMs: 30 * second })
    expect(look(undefined, startMs + 40 * second)).toMatchObject({ firstUncleanableOffset: 2 })
    expect(look(undefined, startMs + 41 * second)).toMatchObject({ firstUncleanableOffset: 4 })
    expect(look(undefined, startMs + 51 * second)).toMatchObject({ firstUncleanableOffset: 6 })
    expect(look(undefined, startMs)).toMatchObject({ cleanableBytes: 0, cleanableRatio: 0 })
  })

  test('starts at the log start offset if the checkpoint is below it or above the end', () => {
    const { look, log } = filled()
    expect(look(3)).toMatchObject({ firstDirtyOffset: 3, invalidCheckpoint: undefined })
    log.advanceLogStartOffset(5)
    expect(look(3)).toMatchObject({ firstDirtyOffset: 5, invalidCheckpoint: /below/ })
    expect(look(9)).toMatchObject({ firstDirtyOffset: 5, invalidCheckpoint: /above/ })
    expect(look(8)).toMatchObject({ firstDirtyOffset: 8, invalidCheckpoint: undefined })
    expect(look()).toMatchObject({ firstDirtyOffset: 5, invalidCheckpoint: undefined })
  })
})

describe('a log is worth cleaning', () => {
  test('when its dirty ratio is above min.cleanable.dirty.ratio', () => {
    const { look } = filled({ minCleanableDirtyRatio: 0.5 })
    expect([0, 2, 4, 6].map((clean) => isCleanable(look(clean)))).toEqual([
      true,
      true,
      false,
      false,
    ])
    const always = filled({ minCleanableDirtyRatio: 0 })
    expect([0, 4, 6].map((clean) => isCleanable(always.look(clean)))).toEqual([true, true, false])
    expect(isCleanable(filled({ minCleanableDirtyRatio: 1 }).look())).toBe(false)
  })

  test('when a dirty record has waited longer than max.compaction.lag.ms', () => {
    const config = { minCleanableDirtyRatio: 1, maxCompactionLagMs: 60 * second }
    const { look, startMs } = filled(config)
    const at = (seconds: number, clean = 0) => isCleanable(look(clean, startMs + seconds * second))
    expect([at(60), at(60.001)]).toEqual([false, true])
    expect([at(70, 2), at(70.001, 2)]).toEqual([false, true])
    expect(at(1000, 6)).toBe(false)
  })
})

test('the time at which a log may become worth cleaning is that of its next segment', () => {
  const { log, startMs } = filled({
    minCompactionLagMs: 30 * second,
    maxCompactionLagMs: 60 * second,
  })
  const next = (clean: number, seconds: number) =>
    (nextCleanableMs(log, clean, startMs + seconds * second) - startMs) / second
  expect(next(0, 20)).toBe(31)
  expect(next(0, 31)).toBe(41)
  expect(next(0, 45)).toBe(51)
  expect(next(0, 52)).toBe(60.001)
  expect(next(2, 52)).toBe(70.001)
  expect(next(0, 61)).toBe(Infinity)
  expect(next(6, 20)).toBe(Infinity)
})
