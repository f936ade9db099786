import { ApiError } from '../protocol/api-error.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { Partition } from './partition.ts'
import type { RequestContext } from './request-context.ts'

/**
 * Returns the result of `work` on a partition's log, or Kafka's error if it meets records that
 * cannot be read. The error concerns this partition only, not the request.
 */
export function readOrRefuse<T>(
  { services }: Pick<RequestContext, 'services'>,
  { log }: Partition,
  work: () => T,
): T | ApiError {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    const fields = { topic: log.topic, partition: log.partition, err: error }
    services.logger.warn(fields, 'Cannot read the records of a partition')
    return ApiError.of(error.errorCode)
  }
}
