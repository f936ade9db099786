import type { MetadataImage } from '../../../controller/metadata-image.ts'
import { ZERO_UUID } from '../../../platform/uuid.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../../protocol/error-code.ts'
import type {
  DescribeShareGroupOffsets,
  ReadShareGroupStateSummary,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { LatestOffset, NamedPartition } from './latest-offsets.ts'
import type { StateTopics } from './state-partitions.ts'

/** A request for the share coordinators. */
export type SummaryRequest = RequestOf<typeof ReadShareGroupStateSummary>

type SummaryTopics = ResponseBody<typeof ReadShareGroupStateSummary>['results']

type Summary = SummaryTopics[number]['partitions'][number]

export type DescribedOffsets = ResponseBody<typeof DescribeShareGroupOffsets>['groups'][number]

type DescribedTopic = DescribedOffsets['topics'][number]

type DescribedPartition = DescribedTopic['partitions'][number]

/** Topics whose offsets are requested, and the results of those that do not exist. */
export interface RequestedOffsets {
  readonly request: SummaryRequest
  readonly unknown: readonly DescribedTopic[]
}

/** In place of an offset, a lag or a number of deliveries: it is unknown. */
const UNKNOWN = -1

/**
 * Returns the request for the offsets of some topics, with each partition once. Returns an error if
 * there is no group id, or if a topic has no partitions or negative ones: Kafka's persister throws.
 */
export function requestedOffsets(
  groupId: string,
  topics: readonly { readonly topicName: string; readonly partitions: readonly number[] }[],
  image: Pick<MetadataImage, 'topics'>,
): Outcome<RequestedOffsets> {
  const known = new Map<Uuid, Set<number>>()
  const unknown: DescribedTopic[] = []
  for (const { topicName, partitions } of topics) {
    const topicId = image.topics.get(topicName)?.id
    if (topicId === undefined) {
      const described = partitions.map((partition) => noOffset(partition))
      unknown.push({ topicName, topicId: ZERO_UUID, partitions: described })
      continue
    }
    const isInvalid = partitions.length === 0 || partitions.some((partition) => partition < 0)
    if (groupId === '' || isInvalid) {
      return ApiError.of(ErrorCode.UnknownServerError)
    }
    known.set(topicId, new Set([...(known.get(topicId) ?? []), ...partitions]))
  }
  const requested = [...known].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions].sort((a, b) => a - b).map(summaryPartition),
  }))
  return { request: { groupId, topics: requested }, unknown }
}

/** Returns the request for the offsets of all partitions that have share state. */
export function allOffsets(
  groupId: string,
  initialized: StateTopics,
  { topicsById }: Pick<MetadataImage, 'topicsById'>,
): RequestedOffsets {
  const topics = [...initialized].filter(([topicId]) => topicsById.has(topicId))
  const request: SummaryRequest = {
    groupId,
    topics: topics.map(([topicId, { partitions }]) => ({
      topicId,
      partitions: partitions.map(summaryPartition),
    })),
  }
  return { request, unknown: [] }
}

/** Returns the partitions whose lag can be computed. */
export function partitionsWithLag(
  results: SummaryTopics,
  image: Pick<MetadataImage, 'topicsById'>,
): NamedPartition[] {
  return results.flatMap(({ topicId, partitions }) => {
    const topic = nameOf(topicId, image)
    return partitions.filter(hasLag).map(({ partition }) => ({ topic, partition }))
  })
}

/**
 * Returns the offsets of a group.
 *
 * @param latestOffset returns the end of a partition with a lag
 */
export function describedOffsets(
  groupId: string,
  results: SummaryTopics,
  unknown: readonly DescribedTopic[],
  image: Pick<MetadataImage, 'topicsById'>,
  latestOffset: (partition: NamedPartition) => LatestOffset,
): DescribedOffsets {
  const topics = results.map(({ topicId, partitions }) => {
    const topicName = nameOf(topicId, image)
    const described = partitions.map((summary) => {
      if (!hasLag(summary)) return withoutLag(summary)
      return withLag(summary, latestOffset({ topic: topicName, partition: summary.partition }))
    })
    return { topicName, topicId, partitions: described }
  })
  const all = [...topics, ...unknown]
  return { groupId, topics: all, errorCode: ErrorCode.None, errorMessage: null }
}

/** Returns the description of a group that cannot be described. */
export function refuseOffsets(groupId: string, { errorCode, message }: ApiError): DescribedOffsets {
  return { groupId, topics: [], errorCode, errorMessage: message ?? errorMessage(errorCode) }
}

function hasLag({ errorCode, startOffset, deliveryCompleteCount = UNKNOWN }: Summary): boolean {
  if (errorCode !== ErrorCode.None) return false
  return startOffset !== UNKNOWN && deliveryCompleteCount !== UNKNOWN
}

/** The error of a share coordinator is not visible to the client. */
function withoutLag(summary: Summary): DescribedPartition {
  const { partition, errorCode, startOffset, leaderEpoch } = summary
  if (errorCode !== ErrorCode.None) return noOffset(partition)
  return { ...noOffset(partition), startOffset, leaderEpoch }
}

function withLag(summary: Summary, latest: LatestOffset): DescribedPartition {
  const { partition, startOffset, leaderEpoch, deliveryCompleteCount = UNKNOWN } = summary
  if (latest instanceof ApiError) {
    const { errorCode } = latest
    const text = errorMessage(errorCode)
    return { ...noOffset(partition), startOffset: 0, errorCode, errorMessage: text }
  }
  const lag = latest - startOffset - deliveryCompleteCount
  return { ...noOffset(partition), startOffset, leaderEpoch, lag }
}

function noOffset(partitionIndex: number): DescribedPartition {
  return {
    partitionIndex,
    startOffset: UNKNOWN,
    leaderEpoch: 0,
    lag: UNKNOWN,
    errorCode: ErrorCode.None,
    errorMessage: null,
  }
}

function summaryPartition(partition: number) {
  return { partition, leaderEpoch: 0 }
}

/** The topic may have been deleted since the request. */
function nameOf(topicId: Uuid, { topicsById }: Pick<MetadataImage, 'topicsById'>): string {
  return topicsById.get(topicId)?.name ?? ''
}
