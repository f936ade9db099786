import type { Log } from '../../log/log.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { ListOffsets } from '../../protocol/messages/02-list-offsets.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { readOrRefuse } from '../corrupt-partition.ts'
import type { Partition } from '../partition.ts'
import type { RequestContext } from '../request-context.ts'
import { uniqueBy } from '../unique-by.ts'
import type { Handler } from './handler.ts'

type Request = RequestOf<typeof ListOffsets>
type AskedPartition = Request['topics'][number]['partitions'][number]
type PartitionResponse = ResponseBody<typeof ListOffsets>['topics'][number]['partitions'][number]

/** Special timestamps of a request (Kafka's `ListOffsetsRequest`). */
const Landmark = {
  Latest: -1,
  Earliest: -2,
  MaxTimestamp: -3,
  EarliestLocal: -4,
  LatestTiered: -5,
  EarliestPendingUpload: -6,
} as const

/** The first version that accepts each special timestamp. */
const firstVersions: ReadonlyMap<number, number> = new Map([
  [Landmark.Latest, 0],
  [Landmark.Earliest, 0],
  [Landmark.MaxTimestamp, 7],
  [Landmark.EarliestLocal, 8],
  [Landmark.LatestTiered, 9],
  [Landmark.EarliestPendingUpload, 11],
])

const READ_COMMITTED = 1

const CONSUMER_REPLICA_ID = -1

/** The id by which tools read the offsets of any replica. */
const DEBUGGING_REPLICA_ID = -2

/** The first version with OFFSET_NOT_AVAILABLE (KIP-207). */
const FIRST_VERSION_WITH_NOT_AVAILABLE = 5

interface FoundOffset {
  timestamp: number
  offset: number
  leaderEpoch: number
}

const NOT_FOUND: FoundOffset = { timestamp: -1, offset: -1, leaderEpoch: -1 }

/**
 * ListOffsets (2): returns a special offset, or the offset of the first record at or after a
 * timestamp.
 *
 *   v2   isolationLevel: for read_committed, "latest" is the last stable offset
 *   v4   currentLeaderEpoch fences clients with stale metadata (KIP-320)
 *   v7   timestamp -3: the record with the largest timestamp (KIP-734)
 *   v8   timestamp -4: the first offset on the broker's own disk (KIP-405)
 *   v9   timestamp -5: the last offset in remote storage (KIP-1005)
 *   v11  timestamp -6: the first offset not yet in remote storage (KIP-1023)
 *
 * Without tiered storage, as on a Kafka without it, -4 is the log start offset, and -5 and -6 find
 * nothing.
 */
export const listOffsets: Handler<typeof ListOffsets> = (request, context) => {
  const repeated = repeatedPartitions(request)
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: uniqueBy(partitions, ({ partitionIndex }) => partitionIndex).map((partition) =>
        repeated.has(partitionKey(name, partition))
          ? answer(partition.partitionIndex, ErrorCode.InvalidRequest)
          : list(name, partition, request, context),
      ),
    })),
  }
}

/** Returns the partitions that occur more than once, which Kafka refuses. */
function repeatedPartitions({ topics }: Request): ReadonlySet<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const partition of partitions) {
      const key = partitionKey(name, partition)
      if (seen.has(key)) repeated.add(key)
      seen.add(key)
    }
  }
  return repeated
}

function partitionKey(topic: string, { partitionIndex }: AskedPartition): string {
  return `${topic}-${partitionIndex}`
}

function list(
  topic: string,
  { partitionIndex, currentLeaderEpoch, timestamp }: AskedPartition,
  { replicaId, isolationLevel }: Request,
  context: RequestContext,
): PartitionResponse {
  const { services, apiVersion } = context
  const firstVersion = timestamp >= 0 ? 0 : (firstVersions.get(timestamp) ?? Infinity)
  if (apiVersion < firstVersion) return answer(partitionIndex, ErrorCode.UnsupportedVersion)
  const partition =
    replicaId === DEBUGGING_REPLICA_ID
      ? services.replicas.hosted(topic, partitionIndex, currentLeaderEpoch)
      : services.replicas.leader(topic, partitionIndex, currentLeaderEpoch)
  if (partition instanceof ApiError) return answer(partitionIndex, partition.errorCode)
  const limit = readableEnd(partition, replicaId, isolationLevel)
  const isKnown = replicaId !== CONSUMER_REPLICA_ID || partition.knowsCommitted
  if (timestamp === Landmark.Latest && !isKnown)
    return answer(partitionIndex, offsetNotAvailable(apiVersion))
  const found = readOrRefuse(context, partition, () => findOffset(partition.log, timestamp, limit))
  if (found instanceof ApiError) return answer(partitionIndex, found.errorCode)
  if (!isKnown && mayBeLater(timestamp, found))
    return answer(partitionIndex, offsetNotAvailable(apiVersion))
  if (partition.log.isOffline) return answer(partitionIndex, ErrorCode.KafkaStorageError)
  return answer(partitionIndex, ErrorCode.None, found)
}

function answer(
  partitionIndex: number,
  errorCode: ErrorCode,
  found: FoundOffset = NOT_FOUND,
): PartitionResponse {
  return { partitionIndex, errorCode, oldStyleOffsets: [], ...found }
}

/** Returns the error while a new leader does not know the high watermark. */
function offsetNotAvailable(apiVersion: number): ErrorCode {
  return apiVersion >= FIRST_VERSION_WITH_NOT_AVAILABLE
    ? ErrorCode.OffsetNotAvailable
    : ErrorCode.LeaderNotAvailable
}

/** Whether a search has found nothing, but may find something above the known high watermark. */
function mayBeLater(timestamp: number, found: FoundOffset): boolean {
  return found === NOT_FOUND && (timestamp >= 0 || timestamp === Landmark.MaxTimestamp)
}

/** Returns the offset before which the client may read. */
function readableEnd({ log }: Partition, replicaId: number, isolationLevel: number): number {
  if (replicaId !== CONSUMER_REPLICA_ID) return log.logEndOffset
  return isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark
}

function findOffset(log: Log, timestamp: number, limit: number): FoundOffset {
  if (timestamp >= 0) return log.offsetForTimestamp(timestamp, limit) ?? NOT_FOUND
  switch (timestamp) {
    case Landmark.Latest:
      return { timestamp: -1, offset: limit, leaderEpoch: log.latestEpoch }
    case Landmark.Earliest:
    case Landmark.EarliestLocal:
      return {
        timestamp: -1,
        offset: log.logStartOffset,
        leaderEpoch: log.epochAt(log.logStartOffset),
      }
    case Landmark.MaxTimestamp: {
      const found = log.offsetOfMaxTimestamp()
      return found !== undefined && found.offset < limit ? found : NOT_FOUND
    }
    default:
      return NOT_FOUND
  }
}
