import { allAnswers, mapAnswer, type Answer } from '../controller/answer.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type {
  LatestOffset,
  LatestOffsets,
  NamedPartition,
} from '../coordinator/group/share/latest-offsets.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { ListOffsets } from '../protocol/messages/02-list-offsets.ts'
import type { RequestOf, ResponseBody } from '../protocol/schema/index.ts'
import { groupBy } from './group-by.ts'
import type { PeerBrokers } from './peer-brokers.ts'

const LIST_OFFSETS_VERSION = 11

/** In place of a time: the high watermark. */
const LATEST_TIMESTAMP = -1

const CONSUMER_REPLICA_ID = -1

/**
 * Returns the function that asks the leaders of partitions for their high watermarks with
 * ListOffsets (Kafka's `NetworkPartitionMetadataClient`). It does not ask again if there is no
 * response.
 */
export function latestOffsetsOf(
  image: Pick<MetadataImage, 'partition' | 'isAlive'>,
  peers: PeerBrokers,
): LatestOffsets {
  return (partitions) => {
    const byLeader = groupBy(partitions, ({ topic, partition }) => {
      const leader = image.partition(topic, partition)?.leader
      return leader !== undefined && image.isAlive(leader) ? leader : undefined
    })
    const answers = Array.from(byLeader, ([leader, led]) => askLeader(peers, leader, led))
    return mapAnswer(allAnswers(answers), (all) => {
      const offsets = new Map(all.flat())
      return partitions.map((partition) => offsets.get(partition)!)
    })
  }
}

type Result = [NamedPartition, LatestOffset]

function askLeader(
  peers: PeerBrokers,
  leader: number | undefined,
  partitions: readonly NamedPartition[],
): Answer<Result[]> {
  const fail = (errorCode: ErrorCode) =>
    partitions.map((partition): Result => [partition, ApiError.of(errorCode)])
  if (leader === undefined) return fail(ErrorCode.LeaderNotAvailable)
  const response = peers.send(leader, ListOffsets, LIST_OFFSETS_VERSION, requestOf(partitions))
  return mapAnswer(response, (settled) => {
    if (settled === undefined) return fail(ErrorCode.NetworkException)
    return partitions.map((partition): Result => [partition, resultOf(partition, settled)])
  })
}

function requestOf(partitions: readonly NamedPartition[]): RequestOf<typeof ListOffsets> {
  const topics = Array.from(
    groupBy(partitions, ({ topic }) => topic),
    ([name, led]) => ({
      name,
      partitions: led.map(({ partition }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: -1,
        timestamp: LATEST_TIMESTAMP,
        maxNumOffsets: 1,
      })),
    }),
  )
  return { replicaId: CONSUMER_REPLICA_ID, isolationLevel: 0, topics, timeoutMs: 0 }
}

function resultOf(
  { topic, partition }: NamedPartition,
  { topics }: ResponseBody<typeof ListOffsets>,
): LatestOffset {
  const result = topics
    .find(({ name }) => name === topic)
    ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  if (result === undefined) return ApiError.of(ErrorCode.UnknownTopicOrPartition)
  const errorCode = result.errorCode as ErrorCode
  return errorCode === ErrorCode.None ? (result.offset ?? -1) : ApiError.of(errorCode)
}
