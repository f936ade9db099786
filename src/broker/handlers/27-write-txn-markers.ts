import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { WriteTxnMarkers } from '../../protocol/messages/27-write-txn-markers.ts'
import type { RequestOf } from '../../protocol/schema/index.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../record/control-record.ts'
import type { BrokerServices } from '../broker-services.ts'
import { InternalTopic } from '../internal-topics.ts'
import type { Handler } from './handler.ts'

type Marker = RequestOf<typeof WriteTxnMarkers>['markers'][number]

/** The error of each partition, by topic name and index. */
type Results = Map<string, Map<number, ErrorCode>>

/**
 * WriteTxnMarkers (27): writes the markers that end transactions into the partitions that this
 * broker leads. Transaction coordinators send it, and admins that abort a hanging transaction.
 *
 *   v1  flexible; version 0 was removed in 4.0
 *   v2  transactionVersion, which decides how the epoch of the marker is checked (KIP-1228)
 *
 * Partitions of `__consumer_offsets` are written by the group coordinator, which also applies or
 * drops the pending offsets. The response waits until all markers are committed. It has one entry
 * per producer id, with the last error of each partition.
 *
 * Not emulated: the authorization of the sender.
 */
export const writeTxnMarkers: Handler<typeof WriteTxnMarkers> = ({ markers }, { services }) => {
  const byProducer = new Map<number, Results>()
  const commits: Promise<unknown>[] = []
  for (const marker of markers) {
    const results: Results = byProducer.get(marker.producerId) ?? new Map()
    byProducer.set(marker.producerId, results)
    for (const { name, partitionIndexes } of marker.topics) {
      for (const index of new Set(partitionIndexes)) {
        const written = writeMarker(name, index, marker, services)
        if (!(written instanceof Promise)) note(results, name, index, written)
        else commits.push(written.then((errorCode) => note(results, name, index, errorCode)))
      }
    }
  }
  if (commits.length === 0) return responseOf(byProducer)
  return Promise.all(commits).then(() => responseOf(byProducer))
}

function writeMarker(
  topic: string,
  index: number,
  marker: Marker,
  services: BrokerServices,
): ErrorCode | Promise<ErrorCode> {
  const { producerId, producerEpoch, coordinatorEpoch, transactionVersion } = marker
  const partition = services.replicas.leader(topic, index)
  if (partition instanceof ApiError) return unavailable(partition, topic, index, services)
  if (topic === InternalTopic.ConsumerOffsets) return completeOffsets(index, marker, services)
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
  const completed = groups.completeTransaction(index, marker, end)
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

function note(results: Results, topic: string, index: number, errorCode: ErrorCode): void {
  const partitions = results.get(topic)
  if (partitions === undefined) results.set(topic, new Map([[index, errorCode]]))
  else partitions.set(index, errorCode)
}

function responseOf(byProducer: ReadonlyMap<number, Results>) {
  return {
    markers: [...byProducer].map(([producerId, results]) => ({
      producerId,
      topics: [...results].map(([name, partitions]) => ({
        name,
        partitions: [...partitions].map(([partitionIndex, errorCode]) => ({
          partitionIndex,
          errorCode,
        })),
      })),
    })),
  }
}
