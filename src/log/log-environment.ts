import type { Clock } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { OpenFiles } from './segment/open-files.ts'
import type { BackgroundSyncs } from './files/background-syncs.ts'
import type { Durability } from './files/small-file.ts'

/** The offsets that have a checkpoint file per log directory. */
export type OffsetCheckpointKind = 'recoveryPoint' | 'logStartOffset' | 'highWatermark'

/** The parts that the logs of one broker share. */
export interface LogEnvironment {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly openFiles: OpenFiles
  /** Whether sealed, flushed and closed files are forced to the disk. */
  readonly durability: Durability
  /** Syncs small files in the background. */
  readonly backgroundSyncs: BackgroundSyncs
  /** Whether appends are forced to the disk before they are acknowledged; default false. */
  readonly syncsAppends?: boolean
  /** `producer.id.expiration.ms`; may change while the log is open. */
  readonly producerIdExpirationMs: number
  /**
   * Whether the first batch of a transaction needs a guard
   * (`transaction.partition.verification.enable`); may change while the log is open. Default false.
   */
  readonly verifiesTransactions?: boolean
  /** Called when an offset with a checkpoint file has moved. */
  readonly onOffsetsMoved: (kind: OffsetCheckpointKind) => void
  /**
   * Called before the first append to a log that lost its end. Its recovery point in the checkpoint
   * file is above that end: after a power failure the new records would count as flushed.
   */
  readonly onAppendBelowCheckpoint: () => void
  /**
   * Called after a log was truncated: the checkpoint file must not keep a higher recovery point.
   */
  readonly onTruncated: () => void
  /** Called with the first storage error of a log, which performs no I/O after that. */
  readonly onStorageFailure: (error: Error) => void
  /** Called with messages for operators, such as the deletion of old segments. */
  readonly onInfo?: (message: string) => void
  /** Called with a description of each repair. */
  readonly onWarning: (message: string) => void
}
