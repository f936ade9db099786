import type { Uuid } from '../../../../platform/uuid.ts'
import type {
  AssignmentInput,
  AssignorMember,
  TargetAssignment,
} from '../../modern/assignment-input.ts'
import { membersInOrder, partitionCountOf } from '../../modern/assignor-order.ts'
import { MembersByLoad } from './members-by-load.ts'

/** Balancing ends after this number of rounds over all topics, even if more moves are possible. */
const MAX_ROUNDS = 16
const NOBODY = -1

/** A topic, its subscribers as indexes of members, and the owner of each partition. */
interface Topic {
  readonly topicId: Uuid
  readonly owners: Int32Array
  readonly subscribers: number[]
}

/**
 * Assigns to members that have different subscriptions (Kafka's
 * `UniformHeterogeneousAssignmentBuilder`). First the free partitions go to the subscribers that
 * have the fewest, then partitions move from subscribers that have many to those that have few.
 */
export function assignManySubscriptions(input: AssignmentInput): TargetAssignment {
  const members = membersInOrder(input)
  const topics = topicsOf(input, members)
  const balance = new Balance(members)
  balance.keep(topics)
  // All topics: the order is the same for those that have nothing to assign.
  const ordered = [...topics.values()].toSorted(byPartitionsPerSubscriber)
  for (const topic of ordered) balance.assignFree(topic)
  balance.even(ordered.filter(({ subscribers }) => subscribers.length > 1))
  return targetOf(members, topics.values())
}

function topicsOf(
  input: AssignmentInput,
  members: readonly [string, AssignorMember][],
): Map<Uuid, Topic> {
  const topics = new Map<Uuid, Topic>()
  for (const [index, [, { topicIds }]] of members.entries()) {
    for (const topicId of topicIds) {
      const topic = topics.get(topicId)
      if (topic !== undefined) {
        topic.subscribers.push(index)
        continue
      }
      const owners = new Int32Array(partitionCountOf(input, topicId)).fill(NOBODY)
      topics.set(topicId, { topicId, owners, subscribers: [index] })
    }
  }
  return topics
}

/** The state of the assignment: the owners of the topics, and how many partitions members have. */
class Balance {
  readonly #members: readonly [string, AssignorMember][]
  readonly #loads: Int32Array
  readonly #byLoad: MembersByLoad

  constructor(members: readonly [string, AssignorMember][]) {
    this.#members = members
    this.#loads = new Int32Array(members.length)
    this.#byLoad = new MembersByLoad(this.#loads)
  }

  /** Leaves the partitions of each member's topics to it. */
  keep(topics: ReadonlyMap<Uuid, Topic>): void {
    for (const [index, [, { topicIds, assigned }]] of this.#members.entries()) {
      for (const [topicId, partitions] of assigned) {
        if (!topicIds.has(topicId)) continue
        const { owners } = topics.get(topicId)!
        for (const partition of partitions) owners[partition] = index
        this.#loads[index]! += partitions.length
      }
    }
  }

  assignFree(topic: Topic): void {
    if (!topic.owners.includes(NOBODY)) return
    this.#byLoad.start(topic.subscribers)
    for (const [partition, owner] of topic.owners.entries()) {
      if (owner === NOBODY) this.#give(topic, partition, this.#byLoad.nextLeastLoaded())
    }
  }

  /** Moves partitions until a round over all topics moved none. */
  even(topics: readonly Topic[]): void {
    let lastMoved: Topic | undefined
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (const topic of topics) {
        if (topic === lastMoved) return
        if (this.#evenTopic(topic) || lastMoved === undefined) lastMoved = topic
      }
    }
  }

  /** Returns whether partitions have moved. */
  #evenTopic(topic: Topic): boolean {
    const byLoad = this.#byLoad
    if (byLoad.start(topic.subscribers) <= 1) return false
    let hasMoved = false
    const owned = partitionsByOwner(topic)
    while (!byLoad.isBalanced) {
      const from = byLoad.nextMostLoaded()
      if (from === undefined) break
      const partition = owned.get(from)?.pop()
      if (partition === undefined) {
        byLoad.excludeMostLoaded()
        continue
      }
      const to = byLoad.nextLeastLoaded()
      if (byLoad.isBalanced) break
      this.#loads[from]!--
      this.#give(topic, partition, to)
      hasMoved = true
    }
    return hasMoved
  }

  #give(topic: Topic, partition: number, member: number): void {
    topic.owners[partition] = member
    this.#loads[member]!++
  }
}

function partitionsByOwner({ owners }: Topic): Map<number, number[]> {
  const owned = new Map<number, number[]>()
  for (const [partition, owner] of owners.entries()) {
    const partitions = owned.get(owner)
    if (partitions === undefined) owned.set(owner, [partition])
    else partitions.push(partition)
  }
  return owned
}

/** Sorts topics with many partitions per subscriber first, then topics with few subscribers. */
function byPartitionsPerSubscriber(a: Topic, b: Topic): number {
  return (
    b.owners.length / b.subscribers.length - a.owners.length / a.subscribers.length ||
    a.subscribers.length - b.subscribers.length ||
    compareIds(a.topicId, b.topicId)
  )
}

/** Compares as `Uuid.compareTo`, two signed longs. */
function compareIds(a: Uuid, b: Uuid): number {
  const bytesA = Buffer.from(a, 'base64url')
  const bytesB = Buffer.from(b, 'base64url')
  for (const at of [0, 8]) {
    const order = bytesA.readBigInt64BE(at) - bytesB.readBigInt64BE(at)
    if (order !== 0n) return order < 0n ? -1 : 1
  }
  return 0
}

function targetOf(
  members: readonly [string, AssignorMember][],
  topics: Iterable<Topic>,
): TargetAssignment {
  const target = members.map(() => new Map<Uuid, number[]>())
  for (const topic of topics) {
    for (const [owner, partitions] of partitionsByOwner(topic)) {
      target[owner]!.set(topic.topicId, partitions)
    }
  }
  return new Map(members.map(([memberId], index) => [memberId, target[index]!]))
}
