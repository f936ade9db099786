import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../src/protocol/consumer-protocol.ts'
import { byTopic } from './offsets.ts'

/**
 * The assignors of the members. With the cooperative one they keep their partitions while they join
 * again (KIP-429).
 */
export type ClassicAssignor = 'range' | 'cooperative-sticky'

/** Returns the metadata of a member in JoinGroup. */
export function subscriptionBytes(
  topics: readonly string[],
  owned: readonly string[],
  generationId: number,
): Buffer {
  const ownedPartitions = partitionsOf(owned)
  return Buffer.from(encodeSubscription(2, { topics: [...topics], ownedPartitions, generationId }))
}

/** Returns the partitions in a response to SyncGroup, such as `topic-0`, sorted. */
export function assignedNames(assignment: Uint8Array): string[] {
  return namesOf(decodeAssignment(assignment).assignedPartitions)
}

export function assignmentBytes(share: readonly string[]): Buffer {
  return Buffer.from(encodeAssignment(1, { assignedPartitions: partitionsOf(share) }))
}

/**
 * Returns the share of each member, by member id. A partition that another member owns is left out:
 * its owner gives it up, and joins again.
 */
export function sharesOf(
  partitions: readonly string[],
  joined: readonly { readonly memberId: string; readonly metadata: Uint8Array }[],
): Map<string, string[]> {
  const owners = new Map<string, string>()
  for (const { memberId, metadata } of joined) {
    const { ownedPartitions } = decodeSubscription(metadata)
    for (const partition of namesOf(ownedPartitions)) owners.set(partition, memberId)
  }
  const members = joined.map(({ memberId }) => memberId).sort()
  const shares = new Map<string, string[]>(members.map((memberId) => [memberId, []]))
  for (const [index, partition] of partitions.entries()) {
    const memberId = members[index % members.length]!
    const owner = owners.get(partition) ?? memberId
    if (owner === memberId) shares.get(memberId)!.push(partition)
  }
  return shares
}

function namesOf(
  assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): string[] {
  return assigned
    .flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`))
    .sort()
}

function partitionsOf(share: readonly string[]): { topic: string; partitions: number[] }[] {
  return byTopic(share).map(({ name, partitions }) => ({ topic: name, partitions }))
}
