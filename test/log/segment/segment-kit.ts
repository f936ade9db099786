import { BackgroundSyncs } from '../../../src/log/files/background-syncs.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import type { FileSystem } from '../../../src/platform/file-system.ts'
import type { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { systemTurn } from '../../../src/platform/turn.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/log/log-config.ts'
import type { LogEnvironment } from '../../../src/log/log-environment.ts'
import type { SegmentSuffix } from '../../../src/log/log-file-names.ts'
import { OpenFiles } from '../../../src/log/segment/open-files.ts'
import { LogSegment } from '../../../src/log/segment/segment.ts'
import { allocateFresh } from '../../../src/log/segment/read-batches.ts'
import { batchOf } from '../log-kit.ts'

export const directory = '/data/orders-0'

/** Segments over one file system, without a log. */
export class SegmentKit<Files extends FileSystem = MemoryFileSystem> {
  readonly clock = new ManualClock()
  readonly warnings: string[] = []
  readonly failures: Error[] = []
  readonly fileSystem: Files
  readonly environment: LogEnvironment

  constructor(fileSystem: Files, openFiles = new OpenFiles()) {
    this.fileSystem = fileSystem
    fileSystem.makeDirectory(directory)
    this.environment = {
      fileSystem,
      clock: this.clock,
      random: new SeededRandom(1),
      turn: systemTurn,
      openFiles,
      durability: 'synced',
      backgroundSyncs: new BackgroundSyncs(fileSystem, this.clock, () => {}),
      producerIdExpirationMs: Infinity,
      onOffsetsMoved: () => {},
      onAppendBelowCheckpoint: () => {},
      onTruncated: () => {},
      onStorageFailure: (error) => this.failures.push(error),
      onWarning: (message) => this.warnings.push(message),
    }
  }

  segment(baseOffset: number, config: Partial<LogConfig> = {}, suffix: SegmentSuffix = '') {
    const whole = { ...defaultLogConfig, ...config }
    return new LogSegment(this.environment, directory, baseOffset, whole, suffix)
  }

  /**
   * Returns a segment of batches of two records each, with timestamps 1000 above the offset. All
   * but the first are in the index.
   */
  filled(baseOffset: number, batches: number, suffix: SegmentSuffix = ''): LogSegment {
    const segment = this.segment(baseOffset, { indexIntervalBytes: 0 }, suffix)
    for (let i = 0; i < batches; i++) {
      const offset = baseOffset + 2 * i
      segment.append(batchAt(offset, ['a', 'b'], 1000 + offset))
    }
    return segment
  }

  /** Returns the segment as the next start finds it after a clean stop. */
  reopened(baseOffset: number, nextBaseOffset?: number): LogSegment {
    const segment = this.segment(baseOffset, { indexIntervalBytes: 0 })
    if (!segment.load(nextBaseOffset)) throw new Error(`${segment.path} has to be recovered`)
    return segment
  }
}

/** Returns a batch as the leader stamped it. */
export function batchAt(offset: number, values: readonly string[], timestamp?: number): Uint8Array {
  const batch = batchOf(values, timestamp === undefined ? {} : { timestamp })
  new BatchView(batch).stampBaseOffset(offset)
  return batch
}

/** Returns the base offset of the first batch of a read from an offset. */
export function firstOffsetOf(segment: LogSegment, offset: number): number | undefined {
  const [bytes] = segment.read(offset, 1, segment.sizeInBytes, true, allocateFresh)?.slices ?? []
  return bytes && new BatchView(bytes).baseOffset
}
