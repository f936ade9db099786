import type { SharePartitionId } from './share-partition-id.ts'
import type { DeadLetterCause } from './transition.ts'

/** Records that are not delivered again. */
export interface UndeliveredRecords extends SharePartitionId {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
  readonly cause: DeadLetterCause
}

/** Writes records that are not delivered again to the dead-letter topic of their group. */
export interface DeadLetters {
  /** Resolves when the records are written, or when they cannot be written. */
  write(records: UndeliveredRecords): Promise<void>
}
