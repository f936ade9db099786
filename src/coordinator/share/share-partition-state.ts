import type { StateBatch } from './combine-state-batches.ts'

/** The stored state of a share partition (Kafka's `ShareGroupOffset`). Immutable. */
export interface SharePartitionState {
  /** Grows with every snapshot. */
  readonly snapshotEpoch: number
  /** Grows when the group or its offsets are reset. Older epochs are fenced. */
  readonly stateEpoch: number
  /** The leader epoch of the partition whose leader writes the state. */
  readonly leaderEpoch: number
  /** The first offset that is not completely delivered; -1 if it is not decided yet. */
  readonly startOffset: number
  /** Completed deliveries at or after the start offset; -1 if unknown (KIP-1226). */
  readonly deliveryCompleteCount: number
  /** Records in flight, in the order of their offsets. */
  readonly stateBatches: readonly StateBatch[]
  /** The time of the last snapshot that a request caused. */
  readonly createTimestamp: number
  /** The time of the last snapshot. */
  readonly writeTimestamp: number
}

/** The start offset of a share partition that nothing was read from. */
export const UNINITIALIZED_START_OFFSET = -1

/** In place of the number of completed deliveries: it is unknown. */
export const UNINITIALIZED_DELIVERY_COMPLETE_COUNT = -1

/** Whether the last snapshot was taken because the share partition did not change. */
export function isColdSnapshot({ createTimestamp, writeTimestamp }: SharePartitionState): boolean {
  return createTimestamp !== writeTimestamp
}
