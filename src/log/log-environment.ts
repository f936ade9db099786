import type { Clock } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { OpenFiles } from './segment/open-files.ts'
import type { BackgroundSyncs } from './files/background-syncs.ts'
import type { Durability } from './files/small-file.ts'

/** The offsets of all logs of a directory that have a checkpoint file. */
export type OffsetCheckpointKind = 'recoveryPoint' | 'logStartOffset' | 'highWatermark'

/** What the logs of one broker share. */
export interface LogEnvironment {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly openFiles: OpenFiles
  /** Whether sealed, flushed and closed files are forced to the disk. */
  readonly durability: Durability
  /** Where small files wait for the disk that are not waited for. */
  readonly backgroundSyncs: BackgroundSyncs
  /** Whether appends are forced to the disk before anybody is told of them; default false. */
  readonly syncsAppends?: boolean
  /** `producer.id.expiration.ms`; may change while the log is open. */
  readonly producerIdExpirationMs: number
  /** Called when an offset has moved that a checkpoint file holds. */
  readonly onOffsetsMoved: (kind: OffsetCheckpointKind) => void
  /**
   * Called before the first append to a log that lost its end: its recovery point in the checkpoint file is above that
   * end, and after a power failure the new records would count as flushed.
   */
  readonly onAppendBelowCheckpoint: () => void
  /** Called when a log was truncated: its recovery point must not be written down higher than it is now. */
  readonly onTruncated: () => void
  /** Told of the error when an operation on the files of a log has failed; the log does no other from then on. */
  readonly onStorageFailure: (error: Error) => void
  /** Told what was done that an operator would want to know, such as the deletion of old segments. */
  readonly onInfo?: (message: string) => void
  /** Told what had to be repaired. */
  readonly onWarning: (message: string) => void
}
