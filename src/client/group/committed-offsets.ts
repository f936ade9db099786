import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { OffsetCommit, OffsetFetch } from '../../protocol/messages/index.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientSettings } from '../client-options.ts'
import { BrokerError } from '../client-error.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { GroupCoordinator } from '../coordinator.ts'

/** The next offset that a group reads in a partition. */
export interface OffsetAndMetadata {
  readonly offset: number
  /** The leader epoch of the record before it; -1 if unknown. Default -1. */
  readonly leaderEpoch?: number
  /** Any text of the application. Default empty. */
  readonly metadata?: string
}

/** A committed offset, with its partition. */
export interface CommittedOffset extends TopicPartition, OffsetAndMetadata {}

/** The member that commits; without a member the group must be empty. */
export interface CommittingMember {
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

const nobody: CommittingMember = { generationId: -1, memberId: '', groupInstanceId: null }

/** The last version of OffsetFetch with a single group. */
const MAX_FETCH_VERSION = 7
/** The last version of OffsetCommit with topic names. */
const MAX_COMMIT_VERSION = 9

/**
 * Returns the committed offsets of a group. Partitions without one are omitted. Waits for open
 * transactions that have offsets of the group (KIP-447).
 *
 * @param partitions `null` for all of the group
 */
export function fetchCommittedOffsets(
  coordinator: GroupCoordinator,
  settings: ClientSettings,
  partitions: readonly TopicPartition[] | null,
  signals: Signals,
): Promise<CommittedOffset[]> {
  const { groupId } = coordinator
  const topics =
    partitions &&
    groupByTopic(partitions, ({ partition }) => partition).map((topic) => ({
      name: topic.name,
      partitionIndexes: topic.partitions,
    }))
  const request = { groupId, topics, groups: [], requireStable: true }
  return retry(settings, signals, async () => {
    const options = { maxVersion: MAX_FETCH_VERSION }
    const response = await coordinator.send(OffsetFetch, request, options, signals)
    coordinator.check(response.errorCode, `fetching the offsets of group ${groupId}`)
    const answers = flatten(response.topics, ({ partitionIndex }) => partitionIndex)
    for (const each of answers)
      coordinator.check(each.errorCode, `the offset of group ${groupId} in ${nameOf(each)}`)
    return answers
      .filter(({ committedOffset }) => committedOffset >= 0)
      .map(({ topic, partition, committedOffset, committedLeaderEpoch, metadata }) => ({
        topic,
        partition,
        offset: committedOffset,
        leaderEpoch: committedLeaderEpoch,
        metadata: metadata ?? '',
      }))
  })
}

/**
 * Commits offsets once.
 *
 * @throws BrokerError with the first error of a partition; others may have been committed
 */
export async function commitOffsets(
  coordinator: GroupCoordinator,
  offsets: readonly CommittedOffset[],
  signals: Signals,
  member = nobody,
): Promise<void> {
  if (offsets.length === 0) return
  const { groupId } = coordinator
  const { generationId, memberId, groupInstanceId } = member
  const request = {
    groupId,
    memberId,
    generationIdOrMemberEpoch: generationId,
    groupInstanceId,
    topics: toOffsetTopics(offsets),
  }
  const options = { maxVersion: MAX_COMMIT_VERSION }
  const response = await coordinator.send(OffsetCommit, request, options, signals)
  for (const each of flatten(response.topics, ({ partitionIndex }) => partitionIndex))
    coordinator.check(each.errorCode, `committing group ${groupId} in ${nameOf(each)}`)
}

/** Returns offsets in the form of OffsetCommit and TxnOffsetCommit. */
export function toOffsetTopics(offsets: readonly CommittedOffset[]) {
  return groupByTopic(offsets, ({ partition, offset, leaderEpoch = -1, metadata = '' }) => ({
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    committedMetadata: metadata,
  })).map((topic) => ({ ...topic, topicId: ZERO_UUID }))
}

/** Whether an error of a commit means that the member is not in the current generation. */
export function isGenerationError(error: unknown): error is BrokerError {
  return error instanceof BrokerError && generationErrors.has(error.errorCode)
}

const generationErrors: ReadonlySet<number> = new Set([
  ErrorCode.RebalanceInProgress,
  ErrorCode.UnknownMemberId,
  ErrorCode.IllegalGeneration,
])
