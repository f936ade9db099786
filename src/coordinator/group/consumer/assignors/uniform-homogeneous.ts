import { invariant } from '../../../../platform/invariant.ts'
import {
  copiedCapacity,
  inHashMapOrder,
  inHashSetOrder,
  javaUuidHash,
} from '../../../../platform/java-hash-map.ts'
import type { Uuid } from '../../../../platform/uuid.ts'
import type {
  AssignedPartitions,
  AssignmentInput,
  TargetAssignment,
} from '../../modern/assignment-input.ts'
import { membersInOrder, partitionCountOf } from '../../modern/assignor-order.ts'

interface TopicPartition {
  readonly topicId: Uuid
  readonly partition: number
}

/** The partitions that a member keeps, and how many more it gets. */
interface Share {
  readonly memberId: string
  readonly kept: AssignedPartitions
  readonly missing: number
}

/**
 * Assigns to members that have all the same subscription (Kafka's
 * `UniformHomogeneousAssignmentBuilder`). Each member keeps its partitions up to its quota, the
 * others go to the members that are below it.
 */
export function assignOneSubscription(input: AssignmentInput): TargetAssignment {
  const members = membersInOrder(input)
  const topicIds = members[0]![1].topicIds
  if (topicIds.size === 0) return new Map(members.map(([memberId]) => [memberId, new Map()]))

  const { free, partitionCount } = freePartitions(input, topicIds)
  const smallQuota = Math.floor(partitionCount / members.length)
  /** The number of members that still get one partition more than the small quota. */
  let largeQuotas = partitionCount % members.length

  const shares = members.map(([memberId, { assigned }], index): Share => {
    let isLarge = largeQuotas > 0
    const { kept, room } = keepUpTo(isLarge ? smallQuota + 1 : smallQuota, assigned, topicIds, free)
    let missing = room
    // A later member may need the large quota to keep what it has.
    if (isLarge && missing > 0 && members.length - index > largeQuotas) {
      isLarge = false
      missing--
    }
    if (isLarge) largeQuotas--
    return { memberId, kept, missing }
  })
  return fill(shares, free)
}

/** Returns the partitions that no member has, and the count of all partitions. */
function freePartitions(input: AssignmentInput, topicIds: ReadonlySet<Uuid>) {
  const free: TopicPartition[] = []
  let partitionCount = 0
  const isTaken = takenPartitions(input)
  const ordered = inHashMapOrder([...topicIds], javaUuidHash, copiedCapacity(topicIds.size))
  for (const topicId of ordered) {
    const count = partitionCountOf(input, topicId)
    const taken = isTaken.get(topicId)
    for (let partition = 0; partition < count; partition++) {
      if (taken?.has(partition) !== true) free.push({ topicId, partition })
    }
    partitionCount += count
  }
  return { free, partitionCount }
}

function takenPartitions({ members }: AssignmentInput): Map<Uuid, Set<number>> {
  const taken = new Map<Uuid, Set<number>>()
  for (const { assigned } of members.values()) {
    for (const [topicId, partitions] of assigned) {
      let ofTopic = taken.get(topicId)
      if (ofTopic === undefined) taken.set(topicId, (ofTopic = new Set()))
      for (const partition of partitions) ofTopic.add(partition)
    }
  }
  return taken
}

/** Returns what a member keeps and the rest of its quota. Frees the partitions above the quota. */
function keepUpTo(
  quota: number,
  assigned: AssignedPartitions,
  topicIds: ReadonlySet<Uuid>,
  free: TopicPartition[],
): { kept: AssignedPartitions; room: number } {
  const kept = new Map<Uuid, readonly number[]>()
  let room = quota
  for (const [topicId, partitions] of inHashMapOrder([...assigned], ([id]) => javaUuidHash(id))) {
    if (!topicIds.has(topicId)) continue
    if (partitions.length <= room) {
      kept.set(topicId, partitions)
      room -= partitions.length
      continue
    }
    const ordered = inHashSetOrder(partitions)
    if (room > 0) kept.set(topicId, ordered.slice(0, room).toSorted(ascending))
    for (const partition of ordered.slice(room)) free.push({ topicId, partition })
    room = 0
  }
  return { kept, room }
}

/** Gives the free partitions to the members that miss some. */
function fill(shares: readonly Share[], free: readonly TopicPartition[]): TargetAssignment {
  const target = new Map<string, AssignedPartitions>()
  let next = 0
  for (const { memberId, kept, missing } of shares) {
    const added = free.slice(next, next + missing)
    next += added.length
    target.set(memberId, added.length === 0 ? kept : withAdded(kept, added))
  }
  invariant(next >= free.length, 'the uniform assignor left partitions unassigned')
  return target
}

function withAdded(kept: AssignedPartitions, added: readonly TopicPartition[]): AssignedPartitions {
  const all = new Map<Uuid, number[]>()
  for (const [topicId, partitions] of kept) all.set(topicId, [...partitions])
  for (const { topicId, partition } of added) {
    const ofTopic = all.get(topicId)
    if (ofTopic === undefined) all.set(topicId, [partition])
    else ofTopic.push(partition)
  }
  for (const partitions of all.values()) partitions.sort(ascending)
  return all
}

function ascending(a: number, b: number): number {
  return a - b
}
