import { describe, expect, test } from 'vitest'
import { CleaningAborted } from '../../../src/log/cleaner/cleaning-aborted.ts'
import type { Log } from '../../../src/log/log.ts'
import type { Timer } from '../../../src/platform/clock.ts'
import { FaultyFileSystem } from '../../support/disk/faulty-file-system.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { CorruptRecordError } from '../../../src/record/corrupt-record-error.ts'
import { CleanerKit, contentOf, put } from './cleaner-kit.ts'

const backoffMs = 15_000
const manual = { isEnabled: false }

/**
 * Writes an inactive segment of `count` records of one key, and of `unique` records of other keys.
 */
function dirty(log: Log, count = 2, unique = 0): void {
  for (let record = 0; record < count; record++) put(log, [['a', `${log.logEndOffset}`]])
  for (let record = 0; record < unique; record++) put(log, [[`u${log.logEndOffset}`, 'x']])
  log.files.roll()
}

/** Writes so many records that cleaning takes several slices. */
function large(log: Log): void {
  const value = 'x'.repeat(500_000)
  for (let record = 0; record < 20; record++) put(log, [[`${record % 10}`, value]])
  log.files.roll()
  put(log, [['z', '1']])
}

function tidyFiles(kit: CleanerKit, topic?: string): boolean {
  return !kit.files(topic).some((name) => /cleaned|swap/.test(name))
}

describe('The log cleaner by itself', () => {
  test('checks log.cleaner.backoff.ms after a log has changed, and cleans logs that are dirty enough', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted()
    await kit.clock.advance(100_000)
    dirty(log)
    await kit.clock.advance(backoffMs - 1)
    expect(contentOf(log)).toEqual(['0:a=0', '1:a=1'])
    await kit.clock.advance(1)
    expect(contentOf(log)).toEqual(['1:a=1'])
    expect(kit.checkpoint).toEqual({ 'orders 0': 2 })
    expect(kit.warnings).toEqual([])
  })

  test('does not clean logs that are not compacted, not dirty enough, or too young, until they are', async () => {
    const kit = new CleanerKit()
    const deleted = kit.log({}, 'deleted')
    const clean = kit.compacted({ minCleanableDirtyRatio: 0.9 }, 'clean')
    const young = kit.compacted({ minCompactionLagMs: 3_600_000 }, 'young')
    dirty(clean, 1, 20)
    await kit.clock.advance(backoffMs)
    expect(kit.checkpoint).toEqual({ 'clean 0': 21 })
    for (const log of [deleted, clean, young]) dirty(log)
    await kit.clock.advance(3_600_000 - backoffMs - 1)
    expect([deleted, clean, young].map((log) => contentOf(log).length)).toEqual([2, 23, 2])
    await kit.clock.advance(1)
    expect(contentOf(young).length).toBe(1)
    clean.updateConfig({ ...clean.config, minCleanableDirtyRatio: 0 })
    kit.cleaner.wake()
    await kit.clock.advance(backoffMs)
    expect([deleted, clean, young].map((log) => contentOf(log).length)).toEqual([2, 21, 1])
  })

  test('cleans the log with the largest ratio of dirty bytes first, one after the other', async () => {
    const kit = new CleanerKit({ maxBytesPerSecond: 10_000 })
    const logs = ['half', 'most', 'some'].map((topic) => kit.compacted({}, topic))
    for (const log of logs) dirty(log, 1, 40)
    await kit.clock.advance(backoffMs + 100_000)
    const [half, most, some] = logs as [Log, Log, Log]
    dirty(half, 50)
    dirty(most, 80)
    dirty(some, 5)
    await kit.clock.advance(backoffMs)
    expect(kit.checkpoint).toMatchObject({ 'most 0': most.logEndOffset, 'some 0': 41 })
    await kit.clock.advance(100_000)
    expect(kit.checkpoint).toMatchObject({ 'half 0': half.logEndOffset, 'some 0': 41 })
  })

  test('cleans a log after max.compaction.lag.ms although it is hardly dirty', async () => {
    const kit = new CleanerKit()
    const log = kit.compacted({ minCleanableDirtyRatio: 1, maxCompactionLagMs: 3_600_000 })
    const startMs = kit.clock.now()
    put(log, [['a', '1']], { timestamp: startMs })
    put(log, [['a', '2']], { timestamp: startMs })
    log.files.roll()
    await kit.clock.advance(3_600_000)
    expect(contentOf(log).length).toBe(2)
    await kit.clock.advance(1)
    expect(contentOf(log).length).toBe(1)
  })

  test('does a slice at a time, no faster than log.cleaner.io.max.bytes.per.second', async () => {
    const kit = new CleanerKit({ maxBytesPerSecond: 1_000_000 })
    const log = kit.compacted()
    large(log)
    await kit.clock.advance(backoffMs)
    await kit.clock.advance(5_000)
    expect(contentOf(log).length).toBe(21)
    expect(tidyFiles(kit)).toBe(true)
    await kit.clock.advance(8_000)
    expect(tidyFiles(kit)).toBe(false)
    await kit.clock.advance(100_000)
    expect(contentOf(log).length).toBe(11)
    expect(tidyFiles(kit)).toBe(true)
  })

  test('cleans as many logs at a time as it has threads, and none without', async () => {
    const counts = async (threads: number) => {
      const kit = new CleanerKit({ threads, maxBytesPerSecond: 1_000_000 })
      const logs = ['one', 'two', 'three'].map((topic) => kit.compacted({}, topic))
      for (const log of logs) large(log)
      await kit.clock.advance(backoffMs + 35_000)
      const written = ['one', 'two', 'three'].filter((topic) => !tidyFiles(kit, topic)).length
      kit.manager.close()
      return written
    }
    expect([await counts(0), await counts(1), await counts(3)]).toEqual([0, 1, 3])
  })

  test('does not check repeatedly while there is nothing to do', async () => {
    let looks = 0
    class CountingClock extends ManualClock {
      override schedule(delayMs: number, callback: () => void): Timer {
        if (delayMs === backoffMs) looks++
        return super.schedule(delayMs, callback)
      }
    }
    const clock = new CountingClock()
    const kit = new CleanerKit({}, { clock })
    dirty(kit.compacted())
    dirty(kit.compacted({ minCleanableDirtyRatio: 1 }, 'never'))
    await clock.advance(10 * 3_600_000)
    expect(kit.checkpoint).toEqual({ 'orders 0': 2 })
    expect(looks).toBe(1)
    dirty(kit.compacted(), 5)
    await clock.advance(10 * 3_600_000)
    expect(kit.checkpoint).toEqual({ 'orders 0': 7 })
    expect(looks).toBe(2)
  })

  test('also deletes old segments of compacted logs', async () => {
    const kit = new CleanerKit()
    const both = { cleanupPolicy: { compact: true, delete: true } }
    const log = kit.compacted({ ...both, retentionMs: 3_600_000, minCleanableDirtyRatio: 1 })
    dirty(log)
    await kit.clock.advance(3_600_000)
    expect(log.logStartOffset).toBe(0)
    put(log, [['b', '1']], { timestamp: kit.clock.now() })
    await kit.clock.advance(backoffMs)
    expect(log.logStartOffset).toBe(2)
    put(log, [['b', '2']], { timestamp: kit.clock.now() })
    log.files.roll()
    log.updateConfig({ ...log.config, cleanupPolicy: { compact: true, delete: false } })
    log.advanceLogStartOffset(4)
    await kit.clock.advance(backoffMs)
    expect(log.files.segments.length).toBe(1)
  })

  test('drops a deleted log, and continues where it was after a restart', async () => {
    const kit = new CleanerKit()
    dirty(kit.compacted({}, 'first'))
    dirty(kit.compacted({}, 'second'))
    await kit.clock.advance(backoffMs)
    expect(kit.checkpoint).toEqual({ 'first 0': 2, 'second 0': 2 })
    kit.manager.delete('first', 0)
    expect(kit.checkpoint).toEqual({ 'second 0': 2 })
    kit.restart()
    const log = kit.compacted({}, 'second')
    log.updateHighWatermark(log.logEndOffset)
    dirty(log)
    const stats = await kit.cleaner.cleanNow(log)
    expect(stats).toMatchObject({ firstDirtyOffset: 2, endOffset: 4 })
  })

  test('drops partitions that are not opened any more', async () => {
    const kit = new CleanerKit()
    for (const topic of ['deleted', 'stray', 'stays']) dirty(kit.compacted({}, topic))
    await kit.clock.advance(backoffMs)
    kit.restart()
    kit.manager.delete('deleted', 0)
    kit.manager.setAsideStrays(({ topic }) => topic === 'stray')
    expect(kit.checkpoint).toEqual({ 'stays 0': 2 })
  })

  test('treats records after a truncation as dirty', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    dirty(log)
    dirty(log)
    await kit.cleaner.cleanNow(log)
    log.truncateTo(3)
    expect(kit.checkpoint).toEqual({ 'orders 0': 0 })
    dirty(log, 5)
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log).length).toBe(1)
  })

  test('starts at the log start offset, with a warning, if the checkpoint is invalid', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    dirty(log)
    await kit.cleaner.cleanNow(log)
    dirty(log)
    log.advanceLogStartOffset(3)
    await kit.cleaner.cleanNow(log)
    expect(kit.warnings).toEqual([expect.stringMatching(/orders-0 .* up to 2, below .* 3/)])
    const both = kit.compacted({ cleanupPolicy: { compact: true, delete: true } }, 'both')
    dirty(both)
    await kit.cleaner.cleanNow(both)
    dirty(both)
    both.advanceLogStartOffset(3)
    await kit.cleaner.cleanNow(both)
    expect(kit.warnings.length).toBe(1)
  })

  test('works without a checkpoint file that cannot be read', async () => {
    const kit = new CleanerKit(manual)
    kit.fileSystem.writeFile('/data/cleaner-offset-checkpoint', 'nonsense')
    const log = kit.compacted()
    dirty(log)
    expect(await kit.cleaner.cleanNow(log)).toMatchObject({ recordsWritten: 1 })
    expect(kit.warnings).toEqual([expect.stringContaining('cleaner-offset-checkpoint')])
    expect(kit.checkpoint).toEqual({ 'orders 0': 2 })
  })
})

describe('Cleaning on demand', () => {
  test('ignores the dirty ratio, and does nothing if there is nothing to clean', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted({ minCleanableDirtyRatio: 1 })
    dirty(log)
    expect(await kit.cleaner.cleanNow(log)).toMatchObject({ recordsRead: 2, recordsWritten: 1 })
    expect(await kit.cleaner.cleanNow(log)).toMatchObject({ firstDirtyOffset: 2, bytesRead: 0 })
    const deleted = kit.log({}, 'deleted')
    dirty(deleted)
    expect(await kit.cleaner.cleanNow(deleted)).toMatchObject({ bytesRead: 0 })
    expect(contentOf(deleted).length).toBe(2)
    const young = kit.compacted({ minCompactionLagMs: 3_600_000 }, 'young')
    dirty(young)
    expect(await kit.cleaner.cleanNow(young)).toMatchObject({ bytesRead: 0 })
  })

  test('replaces the background cleaning, and waits for another cleaning on demand', async () => {
    const kit = new CleanerKit({ maxBytesPerSecond: 1_000_000 })
    const log = kit.compacted()
    large(log)
    await kit.clock.advance(backoffMs + 13_000)
    expect(tidyFiles(kit)).toBe(false)
    const [first, second] = await Promise.all([
      kit.cleaner.cleanNow(log),
      kit.cleaner.cleanNow(log),
    ])
    expect(first).toMatchObject({ recordsRead: 20, recordsWritten: 10 })
    expect(second).toMatchObject({ firstDirtyOffset: 20, recordsRead: 0 })
    await kit.clock.advance(1_000_000)
    expect(contentOf(log).length).toBe(11)
    expect(tidyFiles(kit)).toBe(true)
  })

  test('allows appends and reads between its slices', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    large(log)
    const cleaning = kit.cleaner.cleanNow(log)
    put(log, [['0', 'later']])
    log.files.roll()
    const read = log.read(0, 1_000_000, 'logEnd', true)
    expect(read).toMatchObject({ sizeInBytes: expect.any(Number) as number })
    expect(await cleaning).toMatchObject({ recordsWritten: 10 + 11 })
    expect(contentOf(log).length).toBe(11)
  })

  test('starts again when segments are removed or truncated meanwhile', async () => {
    const kit = new CleanerKit(manual)
    const log = kit.compacted()
    dirty(log)
    large(log)
    log.files.roll()
    const cleaning = kit.cleaner.cleanNow(log)
    log.advanceLogStartOffset(2)
    log.files.deleteOldSegments()
    await cleaning
    expect(contentOf(log).length).toBe(11)
    large(log)
    const again = kit.cleaner.cleanNow(log)
    log.truncateTo(log.logEndOffset - 3)
    await again
    expect(contentOf(log).length).toBe(11 + 18)
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log).length).toBe(11)
    expect(tidyFiles(kit)).toBe(true)
  })

  test('is refused if the log or the cleaner is closed, or the log is deleted, meanwhile', async () => {
    for (const end of ['close', 'delete', 'discard', 'abort'] as const) {
      const kit = new CleanerKit(manual)
      const log = kit.compacted()
      large(log)
      const cleaning = kit.cleaner.cleanNow(log)
      if (end === 'abort') kit.cleaner.abort(log)
      else if (end === 'delete') kit.manager.delete('orders', 0)
      else kit.manager[end]()
      if (end === 'abort') expect(await cleaning).toMatchObject({ recordsWritten: 10 })
      else await expect(cleaning).rejects.toThrow(CleaningAborted)
      if (end !== 'discard') expect(tidyFiles(kit)).toBe(true)
    }
  })
})

describe('A log that cannot be cleaned', () => {
  test('is not changed, with a warning, and the others are cleaned', async () => {
    const kit = new CleanerKit({ backoffMs: 1000 })
    const broken = kit.compacted({}, 'broken')
    const log = kit.compacted({}, 'whole')
    dirty(broken, 3)
    dirty(log)
    const file = kit.fileSystem.open('/data/broken-0/00000000000000000000.log')
    file.write([Uint8Array.of(0x7f, 0xff, 0xff, 0xff)], 57)
    file.close()
    await kit.clock.advance(100_000)
    expect(contentOf(log)).toEqual(['1:a=1'])
    expect(kit.warnings).toEqual([expect.stringContaining('(broken-0) as uncleanable')])
    expect(kit.checkpoint).toEqual({ 'whole 0': 2 })
    expect(tidyFiles(kit, 'broken')).toBe(true)
    await expect(kit.cleaner.cleanNow(broken)).rejects.toThrow(CorruptRecordError)
  })

  test.each(['create', 'write', 'rename', 'sync', 'read'] as const)(
    'since the disk fails (%s) takes the log offline',
    async (operation) => {
      const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
      const kit = new CleanerKit(manual, { fileSystem })
      const log = kit.compacted()
      dirty(log)
      const other = kit.compacted({}, 'other')
      dirty(other)
      const heal = fileSystem.inject({ operations: [operation], code: 'EIO' })
      await expect(kit.cleaner.cleanNow(log)).rejects.toThrow()
      expect(log.isOffline).toBe(true)
      heal()
      kit.crash()
      const reopened = kit.compacted()
      expect(contentOf(reopened).at(-1)).toBe('1:a=1')
    },
  )

  test('for a large segment cannot be forced to the disk ahead takes the log offline', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    const kit = new CleanerKit(manual, { fileSystem })
    const log = kit.compacted()
    const value = 'x'.repeat(900_000)
    for (let record = 0; record < 12; record++) put(log, [[`${record}`, value]])
    log.files.roll()
    const isAffected = (path: string) => path.endsWith('.log.cleaned')
    fileSystem.inject({ operations: ['sync'], times: 1, code: 'EIO', isAffected })
    await expect(kit.cleaner.cleanNow(log)).rejects.toMatchObject({ code: 'EIO' })
    expect([log.isOffline, fileSystem.failures]).toEqual([true, 1])
    expect(kit.files().filter((name) => name.endsWith('.swap'))).toEqual([])
  })
})
