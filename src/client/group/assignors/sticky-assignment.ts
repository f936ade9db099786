import { inOrder, nameOf, type TopicPartition } from '../../topic-partition.ts'
import { sortedMembers, type MemberSubscription } from './assignor.ts'

/** A member during the assignment. */
interface Candidate {
  readonly memberId: string
  readonly topics: ReadonlySet<string>
  readonly partitions: Map<string, TopicPartition>
}

/**
 * Returns the owner of each partition, by the name of the partition. If several members claim a
 * partition, the one with the latest generation owns it; with equal generations it has no owner.
 */
export function currentOwners(members: readonly MemberSubscription[]): Map<string, string> {
  const claims = new Map<string, { memberId: string | undefined; generationId: number }>()
  for (const { memberId, generationId, ownedPartitions } of sortedMembers(members)) {
    for (const partition of ownedPartitions) {
      const name = nameOf(partition)
      const claim = claims.get(name)
      if (claim === undefined || claim.generationId < generationId)
        claims.set(name, { memberId, generationId })
      else if (claim.generationId === generationId)
        claims.set(name, { memberId: undefined, generationId })
    }
  }
  const owners = new Map<string, string>()
  for (const [name, { memberId }] of claims) if (memberId !== undefined) owners.set(name, memberId)
  return owners
}

/**
 * Assigns partitions evenly, and keeps as many as possible with their owners (Kafka's
 * `AbstractStickyAssignor`). No member has two partitions more than another one that could take one
 * of them.
 */
export function assignSticky(
  members: readonly MemberSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const candidates = sortedMembers(members).map(({ memberId, topics }): Candidate => ({
    memberId,
    topics: new Set(topics),
    partitions: new Map(),
  }))
  const owners = currentOwners(members)
  const all = allPartitions(partitionCounts)
  const free = all.filter((partition) => {
    const owner = candidates.find(({ memberId }) => memberId === owners.get(nameOf(partition)))
    if (owner === undefined || !owner.topics.has(partition.topic)) return true
    owner.partitions.set(nameOf(partition), partition)
    return false
  })
  // Partitions with few possible members come first, so that they do not overload these at the end.
  const takers = ({ topic }: TopicPartition): number =>
    candidates.filter(({ topics }) => topics.has(topic)).length
  const counts = new Map(all.map((partition) => [partition.topic, takers(partition)]))
  free.sort((a, b) => counts.get(a.topic)! - counts.get(b.topic)!)
  for (const partition of free)
    leastLoaded(candidates, partition.topic)?.partitions.set(nameOf(partition), partition)
  balance(candidates)
  return new Map(
    candidates.map(({ memberId, partitions }) => [memberId, inOrder(partitions.values())]),
  )
}

/**
 * Moves partitions, one at a time, from the member with the most to one with at least two fewer,
 * while there is such a pair.
 */
function balance(candidates: readonly Candidate[]): void {
  const byLoad = [...candidates]
  do byLoad.sort((a, b) => b.partitions.size - a.partitions.size)
  while (byLoad.some((from) => moveOne(from, candidates)))
}

function moveOne(from: Candidate, candidates: readonly Candidate[]): boolean {
  for (const [name, partition] of from.partitions) {
    const to = leastLoaded(candidates, partition.topic)!
    if (from.partitions.size - to.partitions.size < 2) continue
    from.partitions.delete(name)
    to.partitions.set(name, partition)
    return true
  }
  return false
}

function leastLoaded(candidates: readonly Candidate[], topic: string): Candidate | undefined {
  let least: Candidate | undefined
  for (const candidate of candidates) {
    if (!candidate.topics.has(topic)) continue
    if (least === undefined || candidate.partitions.size < least.partitions.size) least = candidate
  }
  return least
}

function allPartitions(partitionCounts: ReadonlyMap<string, number>): TopicPartition[] {
  return [...partitionCounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
}
