import { ZERO_UUID } from '../platform/uuid.ts'
import { OffsetCommit, OffsetFetch } from '../protocol/messages/index.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { check } from './client-error.ts'
import { groupByTopic } from './topic-partition.ts'
import type { TopicPartition } from './topic-partition.ts'

export interface CommittedOffset extends TopicPartition {
  /** The next offset to be read. */
  readonly offset: number
}

/** Who commits; without a member the group must be empty. */
export interface Membership {
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
}

/** OffsetFetch up to here asks for one group. */
const MAX_FETCH_VERSION = 7
/** OffsetCommit up to here names topics rather than giving their ids. */
const MAX_COMMIT_VERSION = 9

/**
 * What a group has committed; partitions without a committed offset are left out.
 *
 * @param partitions `null` is all that the group has committed for
 */
export async function committedOffsets(
  coordinator: BrokerConnection,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): Promise<CommittedOffset[]> {
  const topics =
    partitions &&
    groupByTopic(partitions, ({ partition }) => partition).map((topic) => ({
      name: topic.name,
      partitionIndexes: topic.partitions,
    }))
  const response = await coordinator.send(
    OffsetFetch,
    { groupId, topics, groups: [] },
    MAX_FETCH_VERSION,
  )
  check(response.errorCode, `the offsets of group ${groupId}`)
  return response.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ errorCode, committedOffset }) => errorCode !== 0 || committedOffset >= 0)
      .map(({ partitionIndex, committedOffset, errorCode }) => {
        check(errorCode, `the offset of group ${groupId} in ${name}-${partitionIndex}`)
        return { topic: name, partition: partitionIndex, offset: committedOffset }
      }),
  )
}

/** Commits offsets; the answer says for each partition how that went. */
export async function commitOffsets(
  coordinator: BrokerConnection,
  { groupId, memberId, generationId }: Membership,
  offsets: readonly CommittedOffset[],
): Promise<(TopicPartition & { errorCode: number })[]> {
  const topics = groupByTopic(offsets, ({ partition, offset }) => ({
    partitionIndex: partition,
    committedOffset: offset,
    committedMetadata: '',
  })).map((topic) => ({ ...topic, topicId: ZERO_UUID }))
  const request = { groupId, memberId, generationIdOrMemberEpoch: generationId, topics }
  const response = await coordinator.send(OffsetCommit, request, MAX_COMMIT_VERSION)
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({
      topic: name,
      partition: partitionIndex,
      errorCode,
    })),
  )
}
