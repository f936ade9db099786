import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { InitializeShareGroupState } from '../../../protocol/messages/index.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { Decision } from '../../runtime/coordinator-shard.ts'
import type { GroupContext } from '../group-context.ts'
import type { GroupPartitions } from '../group-partitions.ts'
import type { GroupRecord } from '../group-records.ts'
import type { InitializeRequest } from './initialize-partitions.ts'
import { ShareGroup } from './share-group.ts'
import { statePartitionsRecord } from './share-records.ts'
import { cancelInitializing, finishInitializing, NO_STATE_PARTITIONS } from './state-partitions.ts'
import type { PartitionIds } from './state-partitions.ts'

type InitializeResponse = ResponseBody<typeof InitializeShareGroupState>

/** The result of a share coordinator for one partition. */
interface PartitionResult {
  readonly errorCode: number
}

/**
 * Notes that the share coordinators have created the state of partitions, so that members may get
 * them; or that they have not, so that a later heartbeat tries again (Kafka's
 * `handlePersisterInitializeResponse`).
 */
export function noteInitialized(
  partitions: GroupPartitions,
  { groupId, topics }: InitializeRequest,
  { results }: InitializeResponse,
): void {
  const partition = partitions.of(groupId)
  if (partition instanceof ApiError) return
  const ids: PartitionIds = new Map(
    topics.map((topic) => [topic.topicId, topic.partitions.map((each) => each.partition)]),
  )
  const cancel = () => partition.write(({ context }) => initializationFailed(context, groupId, ids))
  if (failedPartition(results) !== undefined) return void cancel()
  const noted = partition.write(({ context }) => initializationDone(context, groupId, ids))
  if (noted instanceof ApiError) void cancel()
}

/** Returns the first result with an error. */
export function failedPartition<R extends PartitionResult>(
  results: readonly { readonly partitions: readonly R[] }[],
): R | undefined {
  return results
    .flatMap(({ partitions }) => partitions)
    .find(({ errorCode }) => errorCode !== ErrorCode.None)
}

function initializationDone(
  { groups, image }: GroupContext,
  groupId: string,
  ids: PartitionIds,
): Decision<GroupRecord, undefined> {
  const group = groups.get(groupId)
  if (!(group instanceof ShareGroup) || ids.size === 0) return { records: [], response: undefined }
  const before = group.statePartitions ?? NO_STATE_PARTITIONS
  const record = statePartitionsRecord(groupId, finishInitializing(before, ids, image))
  return { records: [record], response: undefined }
}

function initializationFailed(
  { groups }: GroupContext,
  groupId: string,
  ids: PartitionIds,
): Decision<GroupRecord, undefined> {
  const group = groups.get(groupId)
  const before = group instanceof ShareGroup ? group.statePartitions : undefined
  if (before === undefined || before.initializing.size === 0) {
    return { records: [], response: undefined }
  }
  const record = statePartitionsRecord(groupId, cancelInitializing(before, ids))
  return { records: [record], response: undefined }
}
