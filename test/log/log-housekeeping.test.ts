import { describe, expect, test } from 'vitest'
import type { Log } from '../../src/log/log.ts'
import { defaultLogManagerConfig, type LogManagerConfig } from '../../src/log/log-manager-config.ts'
import type { Clock, Timer } from '../../src/platform/clock.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { append, batchOf, LogKit } from './log-kit.ts'

function kitWith(config: Partial<LogManagerConfig>, temporary = false): LogKit {
  return new LogKit({ config: { ...defaultLogManagerConfig, ...config }, temporary })
}

function appendMany(log: Log, count: number): void {
  for (let i = 0; i < count; i++) append(log, [`${i}`])
}

describe('the recovery point', () => {
  test('follows the log end after flush.messages records', () => {
    const log = new LogKit().log({ flushMessages: 3 })
    const points = Array.from({ length: 7 }, () => {
      append(log, ['a'])
      return log.durability.recoveryPoint
    })
    expect(points).toEqual([0, 0, 3, 3, 3, 6, 6])
  })

  test('follows the log end flush.ms after the last flush, checked every log.flush.scheduler.interval.ms', async () => {
    const kit = kitWith({ flushSchedulerIntervalMs: 100 })
    const log = kit.log({ flushMs: 250 })
    await kit.clock.advance(1000)
    append(log, ['a'])
    await kit.clock.advance(99)
    expect(log.durability.recoveryPoint).toBe(0)
    await kit.clock.advance(1)
    expect([log.durability.recoveryPoint, log.durability.lastFlushMs]).toEqual([1, kit.clock.now()])
    append(log, ['b'])
    await kit.clock.advance(299)
    expect(log.durability.recoveryPoint).toBe(1)
    await kit.clock.advance(1)
    expect(log.durability.recoveryPoint).toBe(2)
    kit.crash()
    expect(kit.log().logEndOffset).toBe(2)
  })

  test('does not follow by time with the default of log.flush.scheduler.interval.ms, as in Kafka', async () => {
    const kit = new LogKit()
    const log = kit.log({ flushMs: 1 })
    append(log, ['a'])
    await kit.clock.advance(1e8)
    expect(log.durability.recoveryPoint).toBe(0)
  })

  test('moves to where a segment was rolled, once the append is over', async () => {
    const kit = new LogKit()
    const log = kit.log()
    appendMany(log, 3)
    log.files.roll()
    appendMany(log, 2)
    log.files.roll()
    append(log, ['a'])
    expect(log.durability.recoveryPoint).toBe(0)
    await kit.clock.advance(0)
    expect(log.durability.recoveryPoint).toBe(5)
  })

  test('does not move if the log is truncated or closed before the flush of a roll', async () => {
    const kit = new LogKit()
    const log = kit.log()
    appendMany(log, 3)
    log.files.roll()
    log.truncateTo(1)
    await kit.clock.advance(0)
    expect(log.durability.recoveryPoint).toBe(1)
    appendMany(log, 3)
    log.files.roll()
    log.closeFiles()
    await kit.clock.advance(0)
    expect(log.durability.recoveryPoint).toBe(1)
  })

  test('is written immediately when a log is truncated below it', () => {
    const kit = new LogKit()
    const log = kit.log()
    appendMany(log, 5)
    log.durability.flush()
    kit.manager.checkpoint()
    log.truncateTo(2)
    kit.crash()
    expect(kit.log().durability.recoveryPoint).toBe(2)
  })
})

describe('checkpoints', () => {
  const files = {
    'recovery-point-offset-checkpoint': 'recoveryPoint',
    'log-start-offset-checkpoint': 'logStartOffset',
    'replication-offset-checkpoint': 'highWatermark',
  }

  test('are written each at its own interval after its offset has moved', async () => {
    const kit = kitWith({
      highWatermarkCheckpointIntervalMs: 100,
      recoveryPointCheckpointIntervalMs: 200,
      logStartOffsetCheckpointIntervalMs: 300,
    })
    const written = () =>
      Object.keys(files).filter((name) => kit.fileSystem.exists(`/data/${name}`))
    const log = kit.log()
    appendMany(log, 3)
    log.durability.flush()
    log.advanceLogStartOffset(1)
    await kit.clock.advance(99)
    expect(written()).toEqual([])
    await kit.clock.advance(1)
    expect(written()).toEqual(['replication-offset-checkpoint'])
    await kit.clock.advance(100)
    expect(written().length).toBe(2)
    await kit.clock.advance(100)
    expect(written().length).toBe(3)
    kit.crash()
    const { logStartOffset, highWatermark, durability } = kit.log()
    expect([logStartOffset, durability.recoveryPoint, highWatermark]).toEqual([1, 3, 3])
  })
})

/** Counts the pending deadlines on a clock that stands still. */
class CountingClock implements Clock {
  readonly inner = new ManualClock()
  waiting = 0

  now(): number {
    return this.inner.now()
  }

  schedule(delayMs: number, callback: () => void): Timer {
    this.waiting++
    let isWaiting = true
    const end = () => {
      if (isWaiting) this.waiting--
      isWaiting = false
    }
    const timer = this.inner.schedule(delayMs, () => {
      end()
      callback()
    })
    return {
      cancel: () => {
        end()
        timer.cancel()
      },
    }
  }
}

describe('timers', () => {
  test('are scheduled only while there is something to do, except the long ones', async () => {
    const clock = new CountingClock()
    const config = { ...defaultLogManagerConfig, flushSchedulerIntervalMs: 1000 }
    const kit = new LogKit({ clock, config })
    const log = kit.log({ flushMs: 1000, fileDeleteDelayMs: 1000 })
    await clock.inner.advance(120_000)
    const idle = clock.waiting
    append(log, ['a'])
    log.files.roll()
    log.advanceLogStartOffset(1)
    log.files.deleteOldSegments()
    expect(clock.waiting).toBeGreaterThan(idle)
    await clock.inner.advance(120_000)
    expect(clock.waiting).toBe(idle)
    expect(kit.files().some((name) => name.endsWith('.deleted'))).toBe(false)
    append(log, ['b'])
    log.files.roll()
    kit.manager.close()
    expect(clock.waiting).toBe(0)
  })

  test('of a temporary directory neither flush nor write checkpoints', async () => {
    const kit = kitWith({ flushSchedulerIntervalMs: 10 }, true)
    const log = kit.log({ flushMs: 10 })
    log.appendAsLeader(batchOf(['a']), 0)
    log.updateHighWatermark(1)
    log.files.roll()
    await kit.clock.advance(100_000)
    expect(log.durability.recoveryPoint).toBe(0)
    expect(kit.fileSystem.list('/data')).toEqual(['.lock', 'meta.properties', 'orders-0'])
  })
})
