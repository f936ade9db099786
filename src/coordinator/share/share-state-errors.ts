import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import type { ShareEnvironment, SharePartition } from './share-context.ts'

/** Returns Kafka's error for a request of a share partition that is not initialized. */
export function uninitialized(operation: 'Read' | 'Write'): ApiError {
  return new ApiError(
    ErrorCode.InvalidRequest,
    `${operation} operation on uninitialized share partition not allowed.`,
  )
}

/** Returns an error for a negative partition. */
export function checkPartition({ partition }: SharePartitionKey): ApiError | undefined {
  return partition < 0 ? negative('partition id') : undefined
}

/** Returns an error for a negative leader epoch. */
export function checkLeaderEpoch(leaderEpoch: number): ApiError | undefined {
  return leaderEpoch < 0 ? negative('leader epoch') : undefined
}

/** Returns an error for a negative state epoch. */
export function checkStateEpoch(stateEpoch: number): ApiError | undefined {
  return stateEpoch < 0 ? negative('state epoch') : undefined
}

/** Returns FENCED_LEADER_EPOCH if a newer leader of the partition has written the state. */
export function fenceLeader(
  { leaderEpoch: current }: SharePartition,
  leaderEpoch: number,
): ApiError | undefined {
  return current > leaderEpoch ? standard(ErrorCode.FencedLeaderEpoch) : undefined
}

/** Returns FENCED_STATE_EPOCH if the state was initialized again since. */
export function fenceState(
  { stateEpoch: current }: SharePartition,
  stateEpoch: number,
): ApiError | undefined {
  return current > stateEpoch ? standard(ErrorCode.FencedStateEpoch) : undefined
}

/** Returns UNKNOWN_TOPIC_OR_PARTITION unless the partition exists. */
export function checkExists(
  { topics }: ShareEnvironment,
  { topicId, partition }: SharePartitionKey,
): ApiError | undefined {
  const topic = topics.topicsById.get(topicId)
  if (topic !== undefined && partition < topic.partitions.length) return undefined
  return standard(ErrorCode.UnknownTopicOrPartition)
}

function negative(what: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, `The ${what} cannot be a negative number.`)
}

/** The error with its standard text, which Kafka sends here. */
function standard(errorCode: ErrorCode): ApiError {
  return new ApiError(errorCode, errorMessage(errorCode))
}
