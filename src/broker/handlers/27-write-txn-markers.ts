import { inHashMapOrder, javaLongHash, javaStringHash } from '../../platform/java-hash-map.ts'
import {
  topicPartitionHash,
  type TopicPartition,
} from '../../coordinator/transaction/partition-set.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { WriteTxnMarkers } from '../../protocol/messages/27-write-txn-markers.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../record/control-record.ts'
import type { BrokerServices } from '../broker-services.ts'
import { groupBy } from '../group-by.ts'
import { InternalTopic } from '../internal-topics.ts'
import type { Handler } from './handler.ts'

type Marker = RequestOf<typeof WriteTxnMarkers>['markers'][number]

interface PartitionResult extends TopicPartition {
  readonly errorCode: ErrorCode
}

/** The result of each partition of a producer's markers, by index and topic. */
type ProducerResults = Map<string, PartitionResult>

/** The results of each producer, by producer id. */
type Results = Map<number, ProducerResults>

/** A caller that does not know the level of `transaction.version` must not send markers. */
const UNKNOWN_TRANSACTION_VERSION = -1

/**
 * WriteTxnMarkers (27): writes the markers that end transactions into the partitions that this
 * broker leads. Transaction coordinators send it, and admins that abort a hanging transaction.
 *
 *   v1  flexible; version 0 was removed in 4.0
 *   v2  transactionVersion, which decides how the epoch of the marker is checked (KIP-1228)
 *
 * Partitions of `__consumer_offsets` are written by the group coordinator, which also applies or
 * drops the pending offsets. The response waits until all markers are committed. It has one entry
 * per producer id, with the last result of each partition.
 *
 * Not emulated: the authorization of the sender.
 */
export const writeTxnMarkers: Handler<typeof WriteTxnMarkers> = ({ markers }, { services }) => {
  const results: Results = new Map()
  const commits: Promise<void>[] = []
  for (const marker of markers) {
    for (const { name: topic, partitionIndexes } of marker.topics) {
      for (const partition of new Set(partitionIndexes)) {
        const written = writeMarker({ topic, partition }, marker, services)
        // As in Kafka, the markers before it are written.
        if (written === undefined) return responseOf(allFailed(markers))
        const take = (errorCode: ErrorCode): void => {
          note(results, marker.producerId, { topic, partition, errorCode })
        }
        if (written instanceof Promise) commits.push(written.then(take))
        else take(written)
      }
    }
  }
  if (commits.length === 0) return responseOf(results)
  return Promise.all(commits).then(() => responseOf(results))
}

/** Returns the result; `undefined` if the marker is not one, which refuses the whole request. */
function writeMarker(
  { topic, partition: index }: TopicPartition,
  marker: Marker,
  services: BrokerServices,
): ErrorCode | Promise<ErrorCode> | undefined {
  const { producerId, producerEpoch, coordinatorEpoch, transactionVersion } = marker
  const partition = services.replicas.leader(topic, index)
  if (partition instanceof ApiError) return unavailable(partition, topic, index, services)
  if (producerId < 0 || producerEpoch < 0) return undefined
  if (topic === InternalTopic.ConsumerOffsets) return completeOffsets(index, marker, services)
  if (transactionVersion === UNKNOWN_TRANSACTION_VERSION) return ErrorCode.UnknownServerError
  const type = marker.transactionResult ? ControlRecordType.Commit : ControlRecordType.Abort
  const timestamp = services.clock.now()
  const batch = encodeEndTransactionMarker(
    { type, coordinatorEpoch },
    { timestamp, producerId, producerEpoch },
  )
  const result = partition.append(batch, { origin: 'coordinator', transactionVersion })
  if (result instanceof ApiError) return result.errorCode
  const committed = partition.committed(result.lastOffset + 1)
  if (committed === undefined) return ErrorCode.None
  return committed.then((isCommitted) => {
    if (isCommitted) return ErrorCode.None
    const led = services.replicas.leader(topic, index)
    return led instanceof ApiError ? led.errorCode : ErrorCode.NotLeaderOrFollower
  })
}

/** A broker without a usable replica of the partition does not know it, as in Kafka. */
function unavailable(
  { errorCode }: ApiError,
  topic: string,
  index: number,
  { brokerId, image }: BrokerServices,
): ErrorCode {
  const isReplica = image.partition(topic, index)?.replicas.includes(brokerId) === true
  return errorCode === ErrorCode.NotLeaderOrFollower && isReplica
    ? errorCode
    : ErrorCode.UnknownTopicOrPartition
}

/** The sender does not expect the errors of a group coordinator. */
function completeOffsets(
  index: number,
  marker: Marker,
  { groups }: BrokerServices,
): ErrorCode | Promise<ErrorCode> {
  const { transactionResult: isCommitted, coordinatorEpoch, transactionVersion } = marker
  const end = { isCommitted, coordinatorEpoch, transactionVersion }
  const completed = groups.offsets.completeTransaction(index, marker, end)
  return completed instanceof Promise ? completed.then(markerError) : markerError(completed)
}

function markerError(result: ApiError | undefined): ErrorCode {
  switch (result?.errorCode) {
    case undefined:
      return ErrorCode.None
    case ErrorCode.CoordinatorNotAvailable:
    case ErrorCode.CoordinatorLoadInProgress:
    case ErrorCode.NotCoordinator:
      return ErrorCode.NotLeaderOrFollower
    default:
      return result!.errorCode
  }
}

function allFailed(markers: readonly Marker[]): Results {
  const results: Results = new Map()
  const errorCode = ErrorCode.UnknownServerError
  for (const { producerId, topics } of markers) {
    for (const { name: topic, partitionIndexes } of topics) {
      for (const partition of partitionIndexes) {
        note(results, producerId, { topic, partition, errorCode })
      }
    }
  }
  return results
}

function note(results: Results, producerId: number, result: PartitionResult): void {
  const key = `${result.partition} ${result.topic}`
  const ofProducer = results.get(producerId)
  if (ofProducer === undefined) results.set(producerId, new Map([[key, result]]))
  else ofProducer.set(key, result)
}

/** Kafka's response has the order of its maps. */
function responseOf(results: Results): ResponseBody<typeof WriteTxnMarkers> {
  const producers = inHashMapOrder([...results], ([producerId]) => javaLongHash(producerId))
  return {
    markers: producers.map(([producerId, ofProducer]) => {
      const ordered = inHashMapOrder([...ofProducer.values()], topicPartitionHash)
      const byTopic = [...groupBy(ordered, ({ topic }) => topic)]
      const topics = inHashMapOrder(byTopic, ([topic]) => javaStringHash(topic))
      return {
        producerId,
        topics: topics.map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, errorCode }) => ({
            partitionIndex: partition,
            errorCode,
          })),
        })),
      }
    }),
  }
}
