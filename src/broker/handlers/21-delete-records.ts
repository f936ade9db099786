import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DeleteRecords } from '../../protocol/messages/21-delete-records.ts'
import { readOrRefuse } from '../corrupt-partition.ts'
import { isInternalTopic } from '../internal-topics.ts'
import type { RequestContext } from '../request-context.ts'
import { uniqueBy } from '../unique-by.ts'
import type { Handler } from './handler.ts'

const NO_LOW_WATERMARK = -1

/**
 * DeleteRecords (21): moves a partition's log start offset up; offset -1 means the high watermark
 * (KIP-107). Not allowed for topics that are only compacted, nor for internal ones.
 */
export const deleteRecords: Handler<typeof DeleteRecords> = ({ topics }, context) => ({
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: uniqueBy(partitions, ({ partitionIndex }) => partitionIndex).map(
      ({ partitionIndex, offset }) => ({
        partitionIndex,
        ...deleteBefore(offset, name, partitionIndex, context),
      }),
    ),
  })),
})

function deleteBefore(
  offset: number,
  topic: string,
  index: number,
  context: RequestContext,
): { lowWatermark: number; errorCode: ErrorCode } {
  const { services } = context
  const partition = services.replicas.leader(topic, index)
  if (partition instanceof ApiError) return refused(partition.errorCode)
  if (isInternalTopic(topic)) return refused(ErrorCode.InvalidTopicException)
  const { cleanupPolicy } = partition.log.config
  if (cleanupPolicy.compact && !cleanupPolicy.delete) return refused(ErrorCode.PolicyViolation)
  const error = readOrRefuse(context, partition, () => partition.deleteRecordsBefore(offset))
  if (error !== undefined) return refused(error.errorCode)
  return { lowWatermark: partition.log.logStartOffset, errorCode: ErrorCode.None }
}

function refused(errorCode: ErrorCode) {
  return { lowWatermark: NO_LOW_WATERMARK, errorCode }
}
