import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import {
  AlterShareGroupOffsets,
  FindCoordinator,
  OffsetCommit,
} from '../protocol/messages/index.ts'
import type { Api, RequestOf, ResponseBody } from '../protocol/schema/index.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ZERO_UUID } from '../platform/uuid.ts'
import type { GroupDescription, GroupSeekPartitions, GroupSeekTarget } from './group.ts'
import { invalidOption } from './option-rules.ts'
import { logOf } from './observed-group.ts'
import type { ClusterSources } from './coordinator-lookup.ts'
import { checkPartition, partitionCount } from './topic-lookup.ts'

/** A partition with the offset to commit for it. */
interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** The group, and the functions that {@link seekGroup} uses. */
export interface SeekContext extends ClusterSources {
  readonly groupId: string
  /** Sends a request to the coordinator of the group. */
  send<A extends Api>(api: A, version: number, request: RequestOf<A>): Promise<ResponseBody<A>>
  /** Returns the error for a group that has members. */
  notEmpty(): OdradekError
  /** Returns the error for another failure of the coordinator. */
  unavailable(error: ApiError): OdradekError
}

/** A version of OffsetCommit that names topics, and tells an unknown group from an old member. */
const OFFSET_COMMIT_VERSION = 9

/** Sets the offsets of a group; see `Group.seek`. Returns them. */
export async function seekGroup(
  group: GroupDescription | undefined,
  target: GroupSeekTarget,
  selected: readonly GroupSeekPartitions[],
  context: SeekContext,
): Promise<readonly Position[]> {
  const partitions =
    selected.length > 0 ? selectedPartitions(selected, context) : (group?.offsets ?? [])
  if (partitions.length === 0) {
    throw invalidOption(
      () =>
        `Group '${context.groupId}' has no committed offsets: name the topics, as in group.seek('earliest', { topic: 'orders' })`,
    )
  }
  const positions = partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    offset: targetOffset(topic, partition, target, context),
  }))
  const { groupId } = context
  // Creates the topic of the coordinator, if this is the first group.
  const lookup = { key: groupId, keyType: 0, coordinatorKeys: [groupId] }
  await context.send(FindCoordinator, 4, lookup)
  const codes =
    group?.type === 'share'
      ? await alterShareOffsets(positions, context)
      : await commitOffsets(positions, context)
  for (const errorCode of codes) {
    if (errorCode === ErrorCode.None) continue
    const isNotEmpty = activeMemberErrors.has(errorCode)
    throw isNotEmpty ? context.notEmpty() : context.unavailable(ApiError.of(errorCode as ErrorCode))
  }
  return positions
}

function selectedPartitions(
  selected: readonly GroupSeekPartitions[],
  logs: ClusterSources,
): { topic: string; partition: number }[] {
  return selected.flatMap(({ topic, partition }) => {
    const total = partitionCount(topic, logs)
    if (partition === undefined) {
      return Array.from({ length: total }, (_, each) => ({ topic, partition: each }))
    }
    checkPartition(topic, partition, total)
    return [{ topic, partition }]
  })
}

/** Returns the offset within the limits of the log. */
function targetOffset(
  topic: string,
  partition: number,
  target: GroupSeekTarget,
  logs: ClusterSources,
): number {
  const log = logOf(topic, partition, logs)
  if (log === undefined) {
    throw new OdradekError(
      'PARTITION_UNAVAILABLE',
      `No running broker leads ${topic}-${partition}: start its broker again`,
    )
  }
  const { logStartOffset, highWatermark } = log
  if (target === 'earliest') return logStartOffset
  if (target === 'latest') return highWatermark
  const wanted =
    'offset' in target
      ? target.offset
      : (log.offsetForTimestamp(target.timestampMs, highWatermark)?.offset ?? highWatermark)
  return Math.min(Math.max(wanted, logStartOffset), highWatermark)
}

async function commitOffsets(
  positions: readonly Position[],
  { groupId, send }: SeekContext,
): Promise<number[]> {
  const topics = byTopic(positions).map(([name, each]) => ({
    name,
    topicId: ZERO_UUID,
    partitions: each.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      commitTimestamp: -1,
      committedMetadata: '',
    })),
  }))
  const request = {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics,
  }
  const response = await send(OffsetCommit, OFFSET_COMMIT_VERSION, request)
  return response.topics.flatMap(({ partitions }) => partitions.map((each) => each.errorCode))
}

async function alterShareOffsets(
  positions: readonly Position[],
  { groupId, send }: SeekContext,
): Promise<number[]> {
  const topics = byTopic(positions).map(([topicName, each]) => ({
    topicName,
    partitions: each.map(({ partition, offset }) => ({
      partitionIndex: partition,
      startOffset: offset,
    })),
  }))
  const response = await send(AlterShareGroupOffsets, 0, { groupId, topics })
  const partitions = response.responses?.flatMap((each) => each.partitions) ?? []
  return [response.errorCode ?? ErrorCode.None, ...partitions.map((each) => each.errorCode)]
}

function byTopic(positions: readonly Position[]): [string, Position[]][] {
  const topics = new Map<string, Position[]>()
  for (const position of positions) {
    const known = topics.get(position.topic)
    if (known === undefined) topics.set(position.topic, [position])
    else known.push(position)
  }
  return [...topics]
}

/** The errors of a coordinator whose group got a member meanwhile. */
const activeMemberErrors: ReadonlySet<number> = new Set([
  ErrorCode.UnknownMemberId,
  ErrorCode.NonEmptyGroup,
  ErrorCode.RebalanceInProgress,
])
