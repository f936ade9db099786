import { ApiError } from '../../src/protocol/api-error.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import type { FileSystem } from '../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { systemTurn } from '../../src/platform/turn.ts'
import { encodeBatch, type EncodeOptions } from '../../src/record/batch-encoder.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import type { Log } from '../../src/log/log.ts'
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts'
import { LogManager } from '../../src/log/log-manager.ts'
import type { LogManagerOptions } from '../../src/log/log-manager-types.ts'
import type { AppendInfo, AppendOptions, ReadIsolation } from '../../src/log/log-types.ts'

export const topicId = 'HzpyqVWTQf-ogwHqX9oFRA'
export const clusterId = 'T2RyYWRla09yYWNsZTAwMQ'

/**
 * A log manager with files in memory and a clock that stands still. It can be closed or killed, and
 * opened again.
 */
export class LogKit {
  readonly clock = new ManualClock()
  readonly fileSystem: FileSystem
  readonly warnings: string[] = []
  readonly #options: Partial<LogManagerOptions>
  manager: LogManager

  constructor(options: Partial<LogManagerOptions> = {}) {
    this.fileSystem = options.fileSystem ?? new MemoryFileSystem()
    this.#options = options
    this.manager = this.#open()
  }

  get directory(): string {
    return this.#options.logDirs?.[0] ?? '/data'
  }

  log(config: Partial<LogConfig> = {}, topic = 'orders', partition = 0): Log {
    return this.manager.getOrCreate(topic, partition, topicId, { ...defaultLogConfig, ...config })
  }

  /** Stops cleanly and starts again. */
  restart(): void {
    this.manager.close()
    this.manager = this.#open()
  }

  /** Ends abruptly, as after `kill -9`, and starts again. */
  crash(): void {
    this.manager.discard()
    this.manager = this.#open()
  }

  files(topic = 'orders', partition = 0): string[] {
    const path = `${this.directory}/${topic}-${partition}`
    return this.fileSystem.exists(path) ? this.fileSystem.list(path) : []
  }

  #open(): LogManager {
    const manager = new LogManager({
      logDirs: ['/data'],
      clock: this.clock,
      random: new SeededRandom(1),
      turn: systemTurn,
      brokerId: 1,
      clusterId,
      onWarning: (message) => this.warnings.push(message),
      ...this.#options,
      fileSystem: this.fileSystem,
    })
    manager.open()
    return manager
  }
}

/** Returns a batch of records with these values, as a producer sends it. */
export function batchOf(
  values: readonly string[],
  options: EncodeOptions & { timestamp?: number } = {},
) {
  const { timestamp = Date.UTC(2026, 0, 1), ...rest } = options
  return encodeBatch(
    values.map((value) => ({ key: null, value: Buffer.from(value), timestamp })),
    rest,
  )
}

/** Appends, expects success, and commits. */
export function append(
  log: Log,
  values: readonly string[],
  options: EncodeOptions & { timestamp?: number; epoch?: number } = {},
  appendOptions?: AppendOptions,
): AppendInfo {
  const { epoch = 0, ...rest } = options
  const result = log.appendAsLeader(batchOf(values, rest), epoch, appendOptions)
  if (result instanceof ApiError) throw new Error(`append failed: ${JSON.stringify(result)}`)
  log.updateHighWatermark(log.logEndOffset)
  return result
}

/** Returns offset and value of every record that a consumer gets from an offset on. */
export function readAll(
  log: Log,
  from = log.logStartOffset,
  isolation: ReadIsolation = 'logEnd',
  maxBytes = 1024 * 1024,
): [number, string][] {
  const found: [number, string][] = []
  for (let offset = from; ;) {
    const read = log.read(offset, maxBytes, isolation, true)
    if (read instanceof ApiError) throw new Error(`read failed at ${offset}: ${read.errorCode}`)
    if (read.sizeInBytes === 0) return found
    for (const slice of read.slices) {
      for (const batch of batchesOf(slice)) {
        if (!batch.isChecksumValid) throw new Error(`corrupt batch at ${batch.baseOffset}`)
        for (const record of batch.isControl ? [] : recordsOf(batch)) {
          if (record.offset < offset) continue
          found.push([record.offset, Buffer.from(record.value ?? []).toString()])
        }
        offset = batch.nextOffset
      }
    }
  }
}
