import { invariant } from '../../../platform/invariant.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import type { CurrentAssignment, OwnedPartitions } from './consumer-member.ts'

/** The epoch of a partition that no member owns. */
export const NO_OWNER = -1

/**
 * The epoch of the member that owns each partition. A partition is given to another member only
 * when it has no owner any more.
 */
export class PartitionEpochs {
  readonly #epochs = new Map<Uuid, Map<number, number>>()

  /** Returns the epoch of the owner, or {@link NO_OWNER}. */
  get(topicId: Uuid, partition: number): number {
    return this.#epochs.get(topicId)?.get(partition) ?? NO_OWNER
  }

  /** Called when a member has these partitions, and no longer those that it had before. */
  replace(before: CurrentAssignment | undefined, after: CurrentAssignment | undefined): void {
    if (before !== undefined) {
      this.#remove(before.assigned, before.memberEpoch)
      this.#remove(before.pendingRevocation, before.memberEpoch)
    }
    if (after !== undefined) {
      this.#add(after.assigned, after.memberEpoch)
      this.#add(after.pendingRevocation, after.memberEpoch)
    }
  }

  #add(owned: OwnedPartitions, epoch: number): void {
    for (const [topicId, partitions] of owned) {
      let epochs = this.#epochs.get(topicId)
      if (epochs === undefined) this.#epochs.set(topicId, (epochs = new Map()))
      for (const partition of partitions.keys()) {
        const current = epochs.get(partition)
        invariant(current === undefined || current < epoch, 'a partition has one owner')
        epochs.set(partition, epoch)
      }
    }
  }

  /** Keeps the partitions that another member owns by now. */
  #remove(owned: OwnedPartitions, epoch: number): void {
    for (const [topicId, partitions] of owned) {
      const epochs = this.#epochs.get(topicId)
      if (epochs === undefined) continue
      for (const partition of partitions.keys()) {
        if (epochs.get(partition) === epoch) epochs.delete(partition)
      }
      if (epochs.size === 0) this.#epochs.delete(topicId)
    }
  }
}
