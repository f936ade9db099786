import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import { BackgroundSyncs } from '../../src/log/files/background-syncs.ts'
import { Log } from '../../src/log/log.ts'
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts'
import type { LogEnvironment } from '../../src/log/log-environment.ts'
import { OpenFiles } from '../../src/log/segment/open-files.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { systemTurn } from '../../src/platform/turn.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { append, batchOf, readAll, topicId } from './log-kit.ts'

const directory = '/data/orders-0'

/** A log on a disk that can fail, without a log manager that would look after it. */
class FailingLog {
  readonly clock = new ManualClock()
  readonly disk = new FaultyFileSystem(new MemoryFileSystem())
  readonly failures: string[] = []
  readonly warnings: string[] = []
  readonly openFiles = new OpenFiles()
  readonly log: Log

  constructor(config: Partial<LogConfig> = {}) {
    this.log = this.open(config)
    for (let i = 0; i < 4; i++) {
      append(this.log, [`${i}`])
      if (i % 2 === 1) this.log.files.roll()
    }
    this.log.durability.flush()
  }

  open(config: Partial<LogConfig> = {}): Log {
    const environment: LogEnvironment = {
      fileSystem: this.disk,
      clock: this.clock,
      random: new SeededRandom(1),
      turn: systemTurn,
      openFiles: this.openFiles,
      durability: 'synced',
      backgroundSyncs: new BackgroundSyncs(this.disk, this.clock, () => {}),
      producerIdExpirationMs: Infinity,
      onOffsetsMoved: () => {},
      onAppendBelowCheckpoint: () => {},
      onTruncated: () => {},
      onStorageFailure: (error) => this.failures.push(error.message),
      onWarning: (message) => this.warnings.push(message),
    }
    const location = { directory, hadCleanShutdown: false, recoveryPoint: 0, logStartOffset: 0 }
    return new Log(
      { topic: 'orders', partition: 0, topicId },
      { ...defaultLogConfig, ...config },
      environment,
      { ...location, highWatermark: 0 },
    )
  }

  /** Every operation fails from now on. */
  break(code = 'EIO'): void {
    this.disk.inject({ code })
  }

  release(): void {
    for (const segment of this.log.files.segments) segment.close()
  }
}

const operations: [string, (log: Log) => unknown, unknown][] = [
  [
    'an append',
    (log) => log.appendAsLeader(batchOf(['x']), 0),
    { errorCode: ErrorCode.KafkaStorageError, logStartOffset: -1 },
  ],
  [
    "a follower's append",
    (log) => log.appendAsFollower(batchOf(['x'], { baseOffset: 9 })),
    { errorCode: ErrorCode.KafkaStorageError },
  ],
  ['a read', (log) => log.read(1, 100, 'logEnd', true), ApiError.of(ErrorCode.KafkaStorageError)],
  ['a look-up by timestamp', (log) => log.offsetForTimestamp(0), undefined],
  ['a truncation', (log) => log.truncateTo(1), false],
  ['a full truncation', (log) => log.truncateFullyAndStartAt(10), undefined],
  [
    'a move of the log start offset',
    (log) => log.advanceLogStartOffset(2),
    ApiError.of(ErrorCode.KafkaStorageError),
  ],
]

describe('a log whose disk fails', () => {
  test.each(operations)(
    'at %s tells it once, and leaves the disk alone from then on',
    (_name, operate, answer) => {
      const failing = new FailingLog()
      const { log, disk, failures } = failing
      failing.release()
      failing.break()
      const result = operate(log)
      if (typeof answer === 'object') expect(result).toMatchObject(answer!)
      else expect(result).toEqual(answer)
      expect(log.isOffline).toBe(true)
      expect(failures.length).toBe(1)
      expect(failing.warnings.join()).toContain('orders-0')
      const operationsBefore = disk.operations
      for (const [, again] of operations) again(log)
      log.durability.flush()
      expect(log.files.roll()).toBe(false)
      expect(log.files.deleteOldSegments()).toEqual({ segments: 0, sizeInBytes: 0 })
      expect(log.advanceLogStartOffset(4)).toBe(ApiError.of(ErrorCode.KafkaStorageError))
      log.close()
      expect(disk.operations).toBe(operationsBefore)
      expect(failures.length).toBe(1)
    },
  )

  test('at a roll, a flush or a close goes offline too', async () => {
    const operates: ((log: Log) => Promise<void> | void)[] = [
      (log) => void log.files.roll(),
      (log) => log.durability.flush(),
      (log) => log.close(),
      (log) => log.durability.flushLater(),
    ]
    for (const operate of operates) {
      const failing = new FailingLog()
      append(failing.log, ['x'])
      failing.break('ENOSPC')
      await operate(failing.log)
      expect(failing.log.isOffline).toBe(true)
      expect(failing.failures.length).toBe(1)
    }
  })

  test('when it deletes files later goes offline by itself', async () => {
    const failing = new FailingLog({ fileDeleteDelayMs: 1000 })
    failing.log.advanceLogStartOffset(2)
    expect(failing.log.files.deleteOldSegments().segments).toBe(1)
    failing.disk.inject({ code: 'EIO', operations: ['remove'] })
    await failing.clock.advance(1000)
    expect(failing.log.isOffline).toBe(true)
    expect(failing.warnings).toEqual([expect.stringContaining('cannot remove files of orders-0')])
  })

  test('while an inactive segment is flushed goes offline by itself, and its recovery point does not move', async () => {
    const failing = new FailingLog()
    append(failing.log, ['x'])
    failing.log.files.roll()
    failing.disk.inject({ code: 'EIO', operations: ['sync'] })
    await failing.clock.advance(0)
    expect(failing.log.isOffline).toBe(true)
    expect(failing.log.durability.recoveryPoint).toBe(4)
  })

  test('closes its files nevertheless', () => {
    const failing = new FailingLog()
    readAll(failing.log)
    expect(failing.openFiles.count).toBeGreaterThan(0)
    failing.break()
    failing.log.appendAsLeader(batchOf(['x']), 0)
    failing.log.close()
    failing.log.close()
    expect(failing.openFiles.count).toBe(0)
  })

  test('serves all acknowledged records when the disk works and it is opened again', () => {
    for (const effect of ['nothing', 'half', 'everything'] as const) {
      const failing = new FailingLog()
      append(failing.log, ['4'])
      failing.disk.inject({ code: 'ENOSPC', operations: ['write'], effect })
      expect(failing.log.appendAsLeader(batchOf(['lost']), 0)).toMatchObject({
        errorCode: ErrorCode.KafkaStorageError,
      })
      failing.log.close()
      failing.disk.heal()
      const values = readAll(failing.open()).map(([, value]) => value)
      expect(values.slice(0, 5)).toEqual(['0', '1', '2', '3', '4'])
      expect(values.slice(5)).toEqual(effect === 'everything' ? ['lost'] : [])
    }
  })

  test('marked offline because of another log answers the same', () => {
    const { log, failures, disk } = new FailingLog()
    log.markOffline()
    const before = disk.operations
    expect(log.read(0, 100, 'logEnd', true)).toBe(ApiError.of(ErrorCode.KafkaStorageError))
    expect(log.appendAsLeader(batchOf(['x']), 0)).toMatchObject({
      errorCode: ErrorCode.KafkaStorageError,
    })
    log.close()
    expect([disk.operations, failures]).toEqual([before, []])
  })
})

test('a log that cannot be opened leaves no file open', () => {
  const failing = new FailingLog()
  failing.log.close()
  const before = failing.disk.operations
  failing.open().close()
  const operations = failing.disk.operations - before
  for (let skip = 0; skip < operations; skip++) {
    failing.disk.inject({ code: 'EIO', skip })
    try {
      failing.open().close()
    } catch (error) {
      expect(String(error)).toContain('EIO')
    }
    failing.disk.heal()
    expect(failing.openFiles.count).toBe(0)
  }
})

test('an error that does not come from the disk is rethrown', () => {
  const { log, disk } = new FailingLog()
  disk.inject({ code: 'ERR_INVALID_ARG_TYPE' })
  expect(() => log.appendAsLeader(batchOf(['x']), 0)).toThrow('ERR_INVALID_ARG_TYPE')
  expect(log.isOffline).toBe(false)
})
