import type { Uuid } from '../../../../platform/uuid.ts'
import type {
  AssignedPartitions,
  AssignmentInput,
  AssignorMember,
  TargetAssignment,
} from '../../modern/assignment-input.ts'
import { partitionCountOf } from '../../modern/assignor-order.ts'

/** A topic whose partitions are given away in ranges, in the order of the subscribers. */
interface Topic {
  readonly partitionCount: number
  /** Each subscriber gets at least this number of partitions. */
  readonly quota: number
  /** The number of subscribers that still get one partition more. */
  extraPartitions: number
  nextPartition: number
}

/**
 * Assigns to each member a range of each of its topics. Members with the same subscription get the
 * same partitions of topics with the same partition count. Static members come first, sorted by
 * instance id, then dynamic ones, sorted by member id (Kafka's `RangeAssignor`).
 */
export function rangeAssignor(input: AssignmentInput): TargetAssignment {
  const topics = topicsOf(input)
  const target = new Map<string, AssignedPartitions>()
  for (const [memberId, { topicIds }] of [...input.members].toSorted(byInstanceAndMember)) {
    const assigned = new Map<Uuid, readonly number[]>()
    for (const topicId of topicIds) {
      const partitions = nextRange(topics.get(topicId)!)
      if (partitions.length > 0) assigned.set(topicId, partitions)
    }
    target.set(memberId, assigned)
  }
  return target
}

function topicsOf(input: AssignmentInput): Map<Uuid, Topic> {
  const subscriberCounts = new Map<Uuid, number>()
  for (const { topicIds } of input.members.values()) {
    for (const topicId of topicIds) {
      subscriberCounts.set(topicId, (subscriberCounts.get(topicId) ?? 0) + 1)
    }
  }
  const topics = new Map<Uuid, Topic>()
  for (const [topicId, subscriberCount] of subscriberCounts) {
    const partitionCount = partitionCountOf(input, topicId)
    topics.set(topicId, {
      partitionCount,
      quota: Math.floor(partitionCount / subscriberCount),
      extraPartitions: partitionCount % subscriberCount,
      nextPartition: 0,
    })
  }
  return topics
}

function byInstanceAndMember(
  [memberA, { instanceId: instanceA }]: [string, AssignorMember],
  [memberB, { instanceId: instanceB }]: [string, AssignorMember],
): number {
  const isStaticA = typeof instanceA === 'string'
  const isStaticB = typeof instanceB === 'string'
  if (isStaticA && isStaticB) return instanceA < instanceB ? -1 : 1
  if (isStaticA !== isStaticB) return isStaticA ? -1 : 1
  return memberA < memberB ? -1 : 1
}

function nextRange(topic: Topic): number[] {
  const size = topic.quota + (topic.extraPartitions > 0 ? 1 : 0)
  if (topic.extraPartitions > 0) topic.extraPartitions--
  const first = topic.nextPartition
  topic.nextPartition = Math.min(first + size, topic.partitionCount)
  return Array.from({ length: topic.nextPartition - first }, (_, i) => first + i)
}
