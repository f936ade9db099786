import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../protocol/consumer-protocol.ts'
import { ClientError } from '../client-error.ts'
import type { Assignor, MemberSubscription } from '../group/assignors/assignor.ts'
import type { GroupProtocol, JoinedMember } from '../group/group-protocol.ts'
import { groupByTopic, type TopicPartition } from '../topic-partition.ts'

/** The latest version: it has the owned partitions, their generation and the rack. */
const VERSION = 3

/** The state of a consumer that it sends to its group. */
export interface ConsumerState {
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** -1 if it owns nothing. */
  readonly generationId: number
}

/** The protocol of consumers in classic groups: subscriptions, assignors and assignments. */
export class ConsumerProtocol implements GroupProtocol {
  readonly type = 'consumer'
  readonly #assignors: readonly Assignor[]
  readonly #state: () => ConsumerState
  readonly #partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** Whether no assignor revokes partitions before a rebalance. */
  readonly isCooperative: boolean

  /** @param partitionCounts returns the counts of existing topics */
  constructor(
    assignors: readonly Assignor[],
    state: () => ConsumerState,
    partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>,
  ) {
    this.#assignors = assignors
    this.#state = state
    this.#partitionCounts = partitionCounts
    this.isCooperative = assignors.every((assignor) => assignor.isCooperative)
  }

  candidates(): { name: string; metadata: Uint8Array }[] {
    const { topics, owned, generationId } = this.#state()
    const ownedPartitions = groupByTopic(owned, ({ partition }) => partition).map(
      ({ name, partitions }) => ({ topic: name, partitions }),
    )
    const metadata = encodeSubscription(VERSION, {
      topics: [...topics],
      ownedPartitions,
      generationId,
    })
    return this.#assignors.map(({ name }) => ({ name, metadata }))
  }

  async assign(
    protocolName: string,
    members: readonly JoinedMember[],
  ): Promise<Map<string, Uint8Array>> {
    const assignor = this.#assignors.find(({ name }) => name === protocolName)
    if (assignor === undefined)
      throw new ClientError(
        'INVALID_RESPONSE',
        `the group has chosen '${protocolName}', which was not offered`,
      )
    const subscriptions = members.map(toSubscription)
    const topics = [...new Set(subscriptions.flatMap((each) => each.topics))]
    const assignments = assignor.assign(subscriptions, await this.#partitionCounts(topics))
    return new Map(
      Array.from(assignments, ([memberId, partitions]) => [memberId, encode(partitions)]),
    )
  }

  /** Returns the partitions of an assignment. */
  decode(assignment: Uint8Array): TopicPartition[] {
    return assignment.length === 0 ? [] : decodeAssignedPartitions(assignment)
  }
}

/**
 * Returns the partitions of a consumer's assignment.
 *
 * @throws DecodeError if the bytes are not an assignment
 */
export function decodeAssignedPartitions(assignment: Uint8Array): TopicPartition[] {
  return flat(decodeAssignment(assignment).assignedPartitions)
}

function encode(partitions: readonly TopicPartition[]): Uint8Array {
  const assignedPartitions = groupByTopic(partitions, ({ partition }) => partition).map(
    ({ name, partitions }) => ({ topic: name, partitions }),
  )
  return encodeAssignment(VERSION, { assignedPartitions })
}

function toSubscription({ memberId, groupInstanceId, metadata }: JoinedMember): MemberSubscription {
  const { topics, ownedPartitions, generationId } = decodeSubscription(metadata)
  return { memberId, groupInstanceId, topics, generationId, ownedPartitions: flat(ownedPartitions) }
}

function flat(
  topics: readonly { topic: string; partitions: readonly number[] }[],
): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}
