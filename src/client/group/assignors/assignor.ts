import type { TopicPartition } from '../../topic-partition.ts'

/** What a member of a group wants, and what it has. */
export interface MemberSubscription {
  readonly memberId: string
  /** Of a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
  /** What it was assigned in `generationId`, and has not given up. */
  readonly ownedPartitions: readonly TopicPartition[]
  /** -1 when it does not say. */
  readonly generationId: number
}

/** Divides the partitions of topics among the members of a group (Kafka's `ConsumerPartitionAssignor`). */
export interface Assignor {
  /** The name by which the members of a group agree on it. */
  readonly name: string
  /** Whether members keep their partitions during a rebalance, and give up only those that go to another member (KIP-429). */
  readonly isCooperative: boolean
  /**
   * Returns the partitions of each member, by member id.
   *
   * @param partitionCounts of all topics that exist and to which some member subscribes
   */
  assign(
    members: readonly MemberSubscription[],
    partitionCounts: ReadonlyMap<string, number>,
  ): Map<string, TopicPartition[]>
}

/** Returns the members in Kafka's order: static members first, by their instance ids, then the others by their member ids. */
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
