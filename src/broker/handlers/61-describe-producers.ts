import { inHashMapOrder, javaLongHash } from '../../platform/java-hash-map.ts'
import { invalidTopicName } from '../../controller/topic-name.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import type { DescribeProducers } from '../../protocol/messages/61-describe-producers.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Handler } from './handler.ts'

type PartitionResponse = ResponseBody<
  typeof DescribeProducers
>['topics'][number]['partitions'][number]

/**
 * DescribeProducers (61): returns the producers that the leader of a partition knows, with their
 * open transactions (KIP-664). Version 0.
 */
export const describeProducers: Handler<typeof DescribeProducers> = ({ topics }, { services }) => ({
  topics: topics.map(({ name, partitionIndexes }) => {
    const error = topicError(name, services)
    const partitions = partitionIndexes.map((index) =>
      error === undefined ? describe(name, index, services) : refused(index, error),
    )
    return { name, partitions }
  }),
})

/** Returns the error of a whole topic. Unlike those of partitions, it has a message. */
function topicError(name: string, { image }: BrokerServices): ApiError | undefined {
  const problem = invalidTopicName(name)
  if (problem !== undefined) return new ApiError(ErrorCode.InvalidTopicException, problem)
  if (image.topics.has(name)) return undefined
  const errorCode = ErrorCode.UnknownTopicOrPartition
  return new ApiError(errorCode, errorMessage(errorCode))
}

function describe(topic: string, index: number, { replicas }: BrokerServices): PartitionResponse {
  const partition = replicas.leader(topic, index)
  if (partition instanceof ApiError) return refused(index, partition)
  const producers = partition.log.producers.activeProducers()
  return {
    partitionIndex: index,
    errorCode: ErrorCode.None,
    // Kafka's response has the order of its map.
    activeProducers: inHashMapOrder(producers, ({ producerId }) => javaLongHash(producerId)),
  }
}

function refused(partitionIndex: number, error: ApiError): PartitionResponse {
  const { errorCode, message: errorMessage } = error
  return { partitionIndex, errorCode, errorMessage, activeProducers: [] }
}
