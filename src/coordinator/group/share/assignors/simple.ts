import { inHashMapOrder, inHashSetOrder, javaUuidHash } from '../../../../platform/java-hash-map.ts'
import type { Uuid } from '../../../../platform/uuid.ts'
import type {
  AssignedPartitions,
  AssignmentInput,
  AssignorMember,
  TargetAssignment,
} from '../../modern/assignment-input.ts'
import { membersInOrder, partitionCountOf } from '../../modern/assignor-order.ts'
import { SharedPartitions, type TopicPartition } from './shared-partitions.ts'

type Members = readonly [string, AssignorMember][]

/**
 * The assignor of share groups. Several members may have a partition, so that each member has at
 * least one. Members keep what they have as far as possible (Kafka's `SimpleAssignor`).
 *
 * As in Kafka, a topic of which a member loses all partitions remains in its assignment, without
 * partitions.
 */
export function simpleAssignor(input: AssignmentInput): TargetAssignment {
  const members = membersInOrder(input)
  if (members.every(([, { topicIds }]) => topicIds.size === 0)) {
    return new Map(members.map(([memberId]) => [memberId, new Map()]))
  }
  return input.isHomogeneous
    ? assignOneSubscription(input, members)
    : assignManySubscriptions(input, members)
}

/** All topics are shared together (Kafka's `SimpleHomogeneousAssignmentBuilder`). */
function assignOneSubscription(input: AssignmentInput, members: Members): TargetAssignment {
  const { topicIds } = members[0]![1]
  const targets = [...topicIds].flatMap((topicId) => assignablePartitions(input, topicId))
  const hashes = new Map<Uuid, number>()
  for (const topicId of topicIds) hashes.set(topicId, Math.imul(31, javaUuidHash(topicId)))
  const shared = new SharedPartitions(
    targets,
    Array.from(members, (_, index) => index),
    ({ topicId, partition }) => (hashes.get(topicId)! + partition) | 0,
  )
  for (const [index, [, { assigned }]] of members.entries()) {
    for (const [topicId, partitions] of inHashMapOrder([...assigned], ([id]) => javaUuidHash(id))) {
      if (topicIds.has(topicId)) shared.hold(index, topicId, inHashSetOrder(partitions))
    }
  }
  shared.share()
  return targetOf(members, [shared], ([topicId]) => (topicIds.has(topicId) ? [] : undefined))
}

/** Each topic is shared by its subscribers (Kafka's `SimpleHeterogeneousAssignmentBuilder`). */
function assignManySubscriptions(input: AssignmentInput, members: Members): TargetAssignment {
  const sharedByTopic = new Map<Uuid, SharedPartitions>()
  for (const [topicId, subscribers] of subscribersByTopic(members)) {
    const targets = assignablePartitions(input, topicId)
    const shared = new SharedPartitions(targets, subscribers, ({ partition }) => partition)
    for (const [index, [, { assigned }]] of members.entries()) {
      const partitions = assigned.get(topicId)
      if (partitions !== undefined) shared.hold(index, topicId, inHashSetOrder(partitions))
    }
    shared.share()
    sharedByTopic.set(topicId, shared)
  }
  // Kafka leaves topics without subscribers in the assignments.
  return targetOf(members, sharedByTopic.values(), ([topicId, partitions]) =>
    sharedByTopic.has(topicId) ? [] : partitions,
  )
}

function assignablePartitions(input: AssignmentInput, topicId: Uuid): TopicPartition[] {
  const partitions: TopicPartition[] = []
  const count = partitionCountOf(input, topicId)
  for (let partition = 0; partition < count; partition++) {
    if (input.isAssignable?.(topicId, partition) !== false) partitions.push({ topicId, partition })
  }
  return partitions
}

function subscribersByTopic(members: Members): Map<Uuid, number[]> {
  const byTopic = new Map<Uuid, number[]>()
  for (const [index, [, { topicIds }]] of members.entries()) {
    for (const topicId of topicIds) {
      const subscribers = byTopic.get(topicId)
      if (subscribers === undefined) byTopic.set(topicId, [index])
      else subscribers.push(index)
    }
  }
  return byTopic
}

/**
 * @param keptOf returns the partitions that a member keeps of a topic in addition to the shared
 *   ones, or undefined if the topic leaves its assignment
 */
function targetOf(
  members: Members,
  all: Iterable<SharedPartitions>,
  keptOf: (held: [Uuid, readonly number[]]) => readonly number[] | undefined,
): TargetAssignment {
  const target = members.map(([, { assigned }]) => {
    const kept = new Map<Uuid, number[]>()
    for (const held of assigned) {
      const partitions = keptOf(held)
      if (partitions !== undefined) kept.set(held[0], [...partitions])
    }
    return kept
  })
  for (const shared of all) {
    for (const [index, { topicId, partition }] of shared.holdings()) {
      const partitions = target[index]!.get(topicId)
      if (partitions === undefined) target[index]!.set(topicId, [partition])
      else partitions.push(partition)
    }
  }
  for (const assigned of target) {
    for (const partitions of assigned.values()) partitions.sort((a, b) => a - b)
  }
  return new Map<string, AssignedPartitions>(
    members.map(([memberId], index) => [memberId, target[index]!]),
  )
}
