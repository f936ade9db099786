import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../src/log/log.ts'
import type { LogConfig } from '../../src/log/log-config.ts'
import type { LogManagerOptions } from '../../src/log/log-manager-types.ts'
import { defaultLogManagerConfig } from '../../src/log/log-manager-config.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { append, batchOf, LogKit, readAll } from './log-kit.ts'

const start = Date.UTC(2026, 0, 1)
const hour = 3_600_000

/** Returns a kit whose log manager checks retention only when a test requests it. */
function kitOf(options: Partial<LogManagerOptions> = {}): LogKit {
  return new LogKit({
    config: { ...defaultLogManagerConfig, initialTaskDelayMs: Infinity },
    ...options,
  })
}

/** Writes segments of two batches each. Each batch is one hour younger than the one before. */
function filled(config: Partial<LogConfig>, count = 7, kit = kitOf()): [LogKit, Log] {
  const log = kit.log({ timestampAfterMaxMs: 1e12 })
  for (let i = 0; i < count; i++) {
    if (i > 0 && i % 2 === 0) log.files.roll()
    append(log, [`${i}`], { timestamp: start + i * hour, epoch: i })
  }
  log.updateConfig({ ...log.config, ...config })
  return [kit, log]
}

const baseOffsetsOf = (log: Log) => log.files.segments.map(({ baseOffset }) => baseOffset)

describe('retention.ms', () => {
  test('deletes segments whose largest timestamp is older, from the first on', async () => {
    const [kit, log] = filled({ retentionMs: 5 * hour })
    const batchBytes = log.files.sizeInBytes / 7
    await kit.clock.advance(6 * hour)
    expect(log.files.deleteOldSegments()).toEqual({ segments: 0, sizeInBytes: 0 })
    await kit.clock.advance(1)
    expect(log.files.deleteOldSegments()).toEqual({ segments: 1, sizeInBytes: 2 * batchBytes })
    expect(baseOffsetsOf(log)).toEqual([2, 4, 6])
    expect(log.logStartOffset).toBe(2)
    await kit.clock.advance(2 * hour)
    expect(log.files.deleteOldSegments().segments).toBe(1)
    expect(log.read(3, 100, 'logEnd', true)).toBe(ApiError.of(ErrorCode.OffsetOutOfRange))
    expect(readAll(log)).toEqual([
      [4, '4'],
      [5, '5'],
      [6, '6'],
    ])
  })

  test('rolls the active segment first if it also expires, and continues at the same offset', async () => {
    const [kit, log] = filled({ retentionMs: hour })
    await kit.clock.advance(8 * hour)
    expect(log.files.deleteOldSegments().segments).toBe(4)
    expect(baseOffsetsOf(log)).toEqual([7])
    expect([log.logStartOffset, log.logEndOffset]).toEqual([7, 7])
    expect(log.files.deleteOldSegments().segments).toBe(0)
    expect(append(log, ['next']).baseOffset).toBe(7)
    kit.crash()
    expect(readAll(kit.log())).toEqual([[7, 'next']])
  })

  test('stops at the first segment that is young, whatever follows', async () => {
    const kit = kitOf()
    const log = kit.log({ retentionMs: hour, timestampAfterMaxMs: 1e12 })
    for (const timestamp of [start, start + 9 * hour, start]) {
      append(log, ['a'], { timestamp })
      log.files.roll()
    }
    await kit.clock.advance(2 * hour)
    expect(log.files.deleteOldSegments().segments).toBe(1)
    expect(baseOffsetsOf(log)).toEqual([1, 2, 3])
  })

  test('counts from the creation of the segment if no record has a timestamp', async () => {
    const kit = kitOf()
    const log = kit.log({ retentionMs: hour })
    await kit.clock.advance(hour)
    append(log, ['a'], { timestamp: -1 })
    log.files.roll()
    await kit.clock.advance(hour)
    expect(log.files.deleteOldSegments().segments).toBe(1)
  })

  test('keeps an active segment whose log was truncated within a batch beyond the high watermark', async () => {
    const kit = kitOf()
    const log = kit.log({ retentionMs: hour })
    append(log, ['a', 'b'], { timestamp: start })
    log.appendAsLeader(batchOf(['c', 'd', 'e'], { timestamp: start }), 0)
    log.truncateTo(3)
    await kit.clock.advance(2 * hour)
    expect(log.files.deleteOldSegments()).toEqual({ segments: 0, sizeInBytes: 0 })
    log.updateHighWatermark(3)
    expect(log.files.deleteOldSegments()).toMatchObject({ segments: 1 })
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 3])
  })

  test('of -1 deletes nothing', async () => {
    const [kit, log] = filled({ retentionMs: -1 })
    await kit.clock.advance(1e9)
    expect(log.files.deleteOldSegments().segments).toBe(0)
  })
})

describe('retention.bytes', () => {
  test('deletes segments as long as the rest is not smaller', () => {
    const bytes = filled({})[1].files.sizeInBytes / 7
    const deletedWith = (retentionBytes: number) => {
      const [, log] = filled({ retentionBytes })
      log.files.deleteOldSegments()
      return baseOffsetsOf(log)
    }
    expect(deletedWith(5 * bytes + 1)).toEqual([0, 2, 4, 6])
    expect(deletedWith(5 * bytes)).toEqual([2, 4, 6])
    expect(deletedWith(3 * bytes)).toEqual([4, 6])
    expect(deletedWith(1)).toEqual([6])
    expect(deletedWith(0)).toEqual([7])
    expect(deletedWith(-1)).toEqual([0, 2, 4, 6])
  })
})

describe('old segments', () => {
  test('at or above the high watermark are not deleted', async () => {
    const kit = kitOf()
    const log = kit.log({ retentionMs: hour })
    for (let i = 0; i < 3; i++) {
      log.appendAsLeader(batchOf([`${i}`]), 0)
      log.files.roll()
    }
    await kit.clock.advance(2 * hour)
    log.updateHighWatermark(1)
    expect(log.files.deleteOldSegments().segments).toBe(1)
    expect(baseOffsetsOf(log)).toEqual([1, 2, 3])
    log.updateHighWatermark(3)
    expect(log.files.deleteOldSegments().segments).toBe(2)
  })

  test('below the log start offset are deleted with any policy', () => {
    for (const cleanupPolicy of [
      { delete: true, compact: false },
      { delete: false, compact: true },
      { delete: false, compact: false },
    ]) {
      const [, log] = filled({ cleanupPolicy, retentionMs: -1 })
      expect(log.advanceLogStartOffset(3)).toBeUndefined()
      expect(baseOffsetsOf(log)).toEqual([0, 2, 4, 6])
      expect(log.files.deleteOldSegments().segments).toBe(1)
      expect(baseOffsetsOf(log)).toEqual([2, 4, 6])
      expect(log.logStartOffset).toBe(3)
      log.advanceLogStartOffset(7)
      expect(log.files.deleteOldSegments().segments).toBe(2)
      expect(baseOffsetsOf(log)).toEqual([6])
    }
  })

  test('are retained if the policy is only compact', async () => {
    const [kit, log] = filled({
      cleanupPolicy: { delete: false, compact: true },
      retentionMs: 1,
      retentionBytes: 1,
      // So that the cleaner leaves it unchanged.
      minCleanableDirtyRatio: 1,
    })
    await kit.clock.advance(100 * hour)
    expect(log.files.deleteOldSegments().segments).toBe(0)
    log.updateConfig({ ...log.config, cleanupPolicy: { delete: true, compact: true } })
    expect(log.files.deleteOldSegments().segments).toBe(4)
  })

  test('are deleted with their leader epochs and producer snapshots', async () => {
    const [kit, log] = filled({ retentionMs: 5 * hour })
    expect(kit.files().filter((name) => name.endsWith('.snapshot')).length).toBe(3)
    await kit.clock.advance(9 * hour)
    log.files.deleteOldSegments()
    expect(baseOffsetsOf(log)).toEqual([4, 6])
    expect([log.epochAt(3), log.epochAt(4)]).toEqual([-1, 4])
    expect(kit.files().filter((name) => name.endsWith('.snapshot'))).toEqual([
      '00000000000000000004.snapshot',
      '00000000000000000006.snapshot',
    ])
    kit.restart()
    expect(readAll(kit.log()).map(([offset]) => offset)).toEqual([4, 5, 6])
  })

  test('are named .deleted for file.delete.delay.ms, and remaining ones are removed at the next start', async () => {
    const [kit, log] = filled({ retentionMs: 5 * hour, fileDeleteDelayMs: 1000 })
    const leaving = () => kit.files().filter((name) => name.endsWith('.deleted'))
    await kit.clock.advance(7 * hour)
    log.files.deleteOldSegments()
    expect(leaving()).toEqual([
      '00000000000000000000.index.deleted',
      '00000000000000000000.log.deleted',
      '00000000000000000000.timeindex.deleted',
    ])
    await kit.clock.advance(999)
    expect(leaving().length).toBe(3)
    await kit.clock.advance(1)
    expect(leaving()).toEqual([])
    await kit.clock.advance(2 * hour)
    log.files.deleteOldSegments()
    expect(leaving()).toContain('00000000000000000002.snapshot.deleted')
    kit.crash()
    kit.log()
    expect(leaving()).toEqual([])
    expect(kit.warnings).toEqual([])
  })

  test('stay deleted after an immediate crash', async () => {
    const [kit, log] = filled({ retentionMs: 5 * hour })
    await kit.clock.advance(7 * hour)
    log.files.deleteOldSegments()
    kit.crash()
    expect([kit.log().logStartOffset, kit.log().logEndOffset]).toEqual([2, 7])
    expect(kit.warnings).toEqual([])
  })

  test('are logged when they are deleted', async () => {
    const lines: string[] = []
    const [kit, log] = filled(
      { retentionMs: 5 * hour },
      7,
      kitOf({ onInfo: (line) => lines.push(line) }),
    )
    await kit.clock.advance(9 * hour)
    log.files.deleteOldSegments()
    expect(lines).toEqual([`orders-0: deletes the segments 0, 2 by retention.ms ${5 * hour}`])
  })
})

describe('the log manager', () => {
  test('checks for old segments every log.retention.check.interval.ms', async () => {
    const kit = new LogKit({
      config: { ...defaultLogManagerConfig, initialTaskDelayMs: 10, retentionCheckIntervalMs: 100 },
    })
    const log = kit.log({ retentionMs: 100, segmentMs: 1e9 })
    append(log, ['a'], { timestamp: start })
    await kit.clock.advance(100)
    expect(log.logStartOffset).toBe(0)
    await kit.clock.advance(9)
    expect(log.logStartOffset).toBe(0)
    await kit.clock.advance(1)
    expect([log.logStartOffset, log.logEndOffset]).toEqual([1, 1])
    append(log, ['b'], { timestamp: start })
    await kit.clock.advance(100)
    expect(log.logStartOffset).toBe(2)
    kit.manager.close()
  })

  test('continues with the other logs if one is corrupt', async () => {
    const kit = new LogKit()
    const logs = ['a', 'b'].map((topic) => kit.log({ retentionMs: hour }, topic))
    for (const log of logs) {
      append(log, ['x'])
      log.files.roll()
      append(log, ['y'])
    }
    kit.manager.close()
    const file = kit.fileSystem.open('/data/a-0/00000000000000000000.log')
    file.truncate(0)
    file.truncate(100)
    file.close()
    for (const name of ['index', 'timeindex']) {
      kit.fileSystem.writeFile(`/data/a-0/00000000000000000000.${name}`, new Uint8Array(0))
    }
    kit.restart()
    const reopened = ['a', 'b'].map((topic) => kit.log({ retentionMs: hour }, topic))
    await kit.clock.advance(2 * hour)
    expect(reopened[1]!.logStartOffset).toBe(2)
    expect(kit.warnings.join()).toContain('retention of a-0')
  })

  test('drops producers that are idle for producer.id.expiration.ms, which may change', async () => {
    const config = { ...defaultLogManagerConfig, producerIdExpirationMs: 10 * hour }
    const kit = new LogKit({ config })
    const log = kit.log()
    append(log, ['a'], { producerId: 5, producerEpoch: 0, baseSequence: 0 })
    await kit.clock.advance(10 * hour - 1)
    expect(log.producers.activeProducers().length).toBe(1)
    config.producerIdExpirationMs = hour
    await kit.clock.advance(10 * 60_000)
    expect(log.producers.activeProducers()).toEqual([])
  })
})
