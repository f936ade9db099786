import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DeleteRecords } from '../../protocol/messages/21-delete-records.ts'
import { readOrRefuse } from '../corrupt-partition.ts'
import { isInternalTopic } from '../internal-topics.ts'
import type { Partition } from '../partition.ts'
import { waitForProgress } from '../purgatory.ts'
import type { RequestContext } from '../request-context.ts'
import { uniqueBy } from '../unique-by.ts'
import type { Handler } from './handler.ts'

interface PartitionResponse {
  readonly partitionIndex: number
  lowWatermark: number
  errorCode: ErrorCode
}

const NO_LOW_WATERMARK = -1

/** A partition whose followers have not deleted the records yet. */
interface Pending {
  readonly partition: Partition
  readonly targetOffset: number
  readonly response: PartitionResponse
}

/**
 * DeleteRecords (21): moves a partition's log start offset up; offset -1 means the high watermark
 * (KIP-107). Not allowed for topics that are only compacted, nor for internal ones. Answers when
 * all replicas have deleted the records, or with REQUEST_TIMED_OUT after `timeoutMs`.
 */
export const deleteRecords: Handler<typeof DeleteRecords> = ({ topics, timeoutMs }, context) => {
  const pending: Pending[] = []
  const response = {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: uniqueBy(partitions, ({ partitionIndex }) => partitionIndex).map(
        ({ partitionIndex, offset }) =>
          deleteBefore(offset, name, partitionIndex, context, pending),
      ),
    })),
  }
  if (pending.length === 0) return response
  const partitions = pending.map(({ partition }) => partition)
  const attempt = () => {
    const waiting = pending.filter((each) => !isDone(each, context))
    return {
      isComplete: waiting.length === 0,
      result: () => {
        for (const { response: late } of waiting) late.errorCode = ErrorCode.RequestTimedOut
        return response
      },
    }
  }
  const { clock } = context.services
  return waitForProgress(partitions, timeoutMs, clock, context.connection, attempt)
}

function deleteBefore(
  offset: number,
  topic: string,
  index: number,
  context: RequestContext,
  pending: Pending[],
): PartitionResponse {
  const { services } = context
  const partition = services.replicas.leader(topic, index)
  if (partition instanceof ApiError) return refused(index, partition.errorCode)
  if (isInternalTopic(topic)) return refused(index, ErrorCode.InvalidTopicException)
  const { cleanupPolicy } = partition.log.config
  if (cleanupPolicy.compact && !cleanupPolicy.delete)
    return refused(index, ErrorCode.PolicyViolation)
  const targetOffset = offset === -1 ? partition.log.highWatermark : offset
  const error = readOrRefuse(context, partition, () => partition.deleteRecordsBefore(targetOffset))
  if (error !== undefined) return refused(index, error.errorCode)
  const { lowWatermark } = partition
  const response: PartitionResponse = {
    partitionIndex: index,
    lowWatermark,
    errorCode: ErrorCode.None,
  }
  if (lowWatermark < targetOffset) pending.push({ partition, targetOffset, response })
  return response
}

/** Whether a partition is answered: all replicas have deleted the records, or there is an error. */
function isDone({ partition, targetOffset, response }: Pending, context: RequestContext): boolean {
  const { topic, partition: index } = partition
  const led = context.services.replicas.leader(topic, index)
  if (led instanceof ApiError) {
    Object.assign(response, refused(index, led.errorCode))
    return true
  }
  if (led.lowWatermark < targetOffset) return false
  response.lowWatermark = led.lowWatermark
  return true
}

function refused(partitionIndex: number, errorCode: ErrorCode): PartitionResponse {
  return { partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode }
}
