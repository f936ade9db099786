import type { Clock } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import type { Durability } from './directory/small-file.ts'

/** What the logs of one broker share. */
export interface LogEnvironment {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  /** Whether sealed, flushed and closed files are forced to the disk. */
  readonly durability: Durability
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs: number
  /** Called when an offset has moved that a checkpoint file holds. */
  readonly onOffsetsMoved: () => void
  /** Told of the error when an operation on the files of a log has failed; the log does no other from then on. */
  readonly onStorageFailure: (error: Error) => void
  /** Told what was done that an operator would want to know, such as the deletion of old segments; default nobody. */
  readonly onInfo?: (message: string) => void
  /** Told what had to be repaired. */
  readonly onWarning: (message: string) => void
}
