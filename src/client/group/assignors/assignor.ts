import type { TopicPartition } from '../../topic-partition.ts'

/** The subscription of a member, and its current partitions. */
export interface MemberSubscription {
  readonly memberId: string
  /** The instance id of a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
  /** The partitions that were assigned in `generationId` and have not been revoked. */
  readonly ownedPartitions: readonly TopicPartition[]
  /** -1 if unknown. */
  readonly generationId: number
}

/**
 * Divides the partitions of topics among the members of a group (Kafka's
 * `ConsumerPartitionAssignor`).
 */
export interface Assignor {
  /** The name under which the members of a group select it. */
  readonly name: string
  /**
   * Whether members keep their partitions during a rebalance, and revoke only those that move to
   * another member (KIP-429).
   */
  readonly isCooperative: boolean
  /**
   * Returns the partitions of each member, by member id.
   *
   * @param partitionCounts of all existing topics that a member is subscribed to
   */
  assign(
    members: readonly MemberSubscription[],
    partitionCounts: ReadonlyMap<string, number>,
  ): Map<string, TopicPartition[]>
}

/**
 * Returns the members in Kafka's order: static members first, by their instance ids, then the
 * others by their member ids.
 */
export function sortedMembers(members: readonly MemberSubscription[]): MemberSubscription[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null)
      return compare(a.groupInstanceId, b.groupInstanceId)
    if (a.groupInstanceId !== null) return -1
    if (b.groupInstanceId !== null) return 1
    return compare(a.memberId, b.memberId)
  })
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
