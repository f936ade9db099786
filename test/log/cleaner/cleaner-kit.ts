import { ApiError } from '../../../src/protocol/api-error.ts'
import type { LogCleaner } from '../../../src/log/cleaner/log-cleaner.ts'
import {
  type CleanerConfig,
  defaultCleanerConfig,
} from '../../../src/log/cleaner/cleaner-config.ts'
import { readOffsetCheckpoint } from '../../../src/log/files/checkpoint-file.ts'
import type { Log } from '../../../src/log/log.ts'
import type { LogConfig } from '../../../src/log/log-config.ts'
import type { LogManagerOptions } from '../../../src/log/log-manager-types.ts'
import { defaultLogManagerConfig } from '../../../src/log/log-manager-config.ts'
import type { AppendInfo } from '../../../src/log/log-types.ts'
import { encodeBatch, type EncodeOptions } from '../../../src/record/batch-encoder.ts'
import { BatchView, batchesOf } from '../../../src/record/batch-view.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { LogKit } from '../log-kit.ts'

export const compacted: Partial<LogConfig> = { cleanupPolicy: { delete: false, compact: true } }

/** Logs and their cleaner, with files in memory and a clock that stands still. */
export class CleanerKit extends LogKit {
  constructor(config: Partial<CleanerConfig> = {}, options: Partial<LogManagerOptions> = {}) {
    const cleaner = { ...defaultCleanerConfig, ...config }
    super({ ...options, config: { ...defaultLogManagerConfig, cleaner } })
  }

  get cleaner(): LogCleaner {
    return this.manager.cleaner
  }

  compacted(config: Partial<LogConfig> = {}, topic = 'orders', partition = 0): Log {
    return this.log({ ...compacted, ...config }, topic, partition)
  }

  /** The cleaner checkpoint, by topic and partition. */
  get checkpoint(): Record<string, number> {
    const path = `${this.directory}/cleaner-offset-checkpoint`
    return Object.fromEntries(readOffsetCheckpoint(this.fileSystem, path))
  }
}

export type KeyAndValue = readonly [key: string | null, value: string | null]

/** Appends one batch, and commits. */
export function put(
  log: Log,
  records: readonly KeyAndValue[],
  options: EncodeOptions & { timestamp?: number } = {},
): AppendInfo {
  const { timestamp = Date.UTC(2026, 0, 1), ...rest } = options
  const batch = encodeBatch(
    records.map(([key, value], index) => ({
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: timestamp + index,
    })),
    rest,
  )
  return committed(log, log.appendAsLeader(batch, 0))
}

/** Returns options of a producer's batch, transactional or idempotent only. */
export function producing(
  producerId: number,
  baseSequence: number,
  isTransactional = false,
): EncodeOptions {
  return { producerId, producerEpoch: 0, baseSequence, isTransactional }
}

/** Ends a transaction. */
export function endTransaction(log: Log, producerId: number, type: 'Commit' | 'Abort'): AppendInfo {
  const marker = { type: ControlRecordType[type], coordinatorEpoch: 1 }
  const bytes = encodeEndTransactionMarker(marker, {
    producerId,
    producerEpoch: 0,
    timestamp: Date.UTC(2026, 0, 1),
  })
  return committed(log, log.appendAsLeader(bytes, 0, { origin: 'coordinator' }))
}

/** Returns copies of all batches of a log. */
export function batchesIn(log: Log): BatchView[] {
  const found: BatchView[] = []
  for (const segment of log.files.segments) {
    for (const { batch } of segment.batchesFrom(0))
      found.push(new BatchView(Uint8Array.from(batch.bytes)))
  }
  return found
}

/** Returns `offset:key=value` of every record, and `offset:commit` or `offset:abort` of markers. */
export function contentOf(log: Log): string[] {
  return batchesIn(log).flatMap((batch) => describe(batch))
}

/** Returns the same for a read_committed consumer, which drops aborted records and markers. */
export function committedContentOf(log: Log): string[] {
  const found: string[] = []
  for (let offset = log.logStartOffset; offset < log.lastStableOffset;) {
    const read = log.read(offset, 1000, 'lastStableOffset', true)
    if (read instanceof ApiError) throw new Error(`read failed at ${offset}: ${read.errorCode}`)
    if (read.sizeInBytes === 0) break
    const ahead = [...read.abortedTransactions!].sort((a, b) => a.firstOffset - b.firstOffset)
    const aborted = new Set<number>()
    for (const slice of read.slices) {
      for (const batch of batchesOf(slice)) {
        while (ahead.length > 0 && ahead[0]!.firstOffset <= batch.lastOffset) {
          aborted.add(ahead.shift()!.producerId)
        }
        offset = batch.nextOffset
        if (batch.isControl) {
          if (describe(batch)[0]?.endsWith(':abort') === true) aborted.delete(batch.producerId)
          continue
        }
        if (batch.isTransactional && aborted.has(batch.producerId)) continue
        found.push(...describe(batch))
      }
    }
  }
  return found
}

function describe(batch: BatchView): string[] {
  if (!batch.isChecksumValid) throw new Error(`corrupt batch at ${batch.baseOffset}`)
  return [...recordsOf(batch)].map(({ offset, key, value }) => {
    if (batch.isControl) return `${offset}:${key![3] === 0 ? 'abort' : 'commit'}`
    return `${offset}:${textOf(key)}=${textOf(value)}`
  })
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString()
}

function committed(log: Log, result: ReturnType<Log['appendAsLeader']>): AppendInfo {
  if (result instanceof ApiError) throw new Error(`append failed: ${JSON.stringify(result)}`)
  log.updateHighWatermark(log.logEndOffset)
  return result
}
