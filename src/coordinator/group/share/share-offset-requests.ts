import { mapAnswer } from '../../../controller/answer.ts'
import type { Answer } from '../../../controller/answer.ts'
import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import { ZERO_UUID } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../../protocol/error-code.ts'
import type {
  AlterShareGroupOffsets,
  DeleteShareGroupOffsets,
  DeleteShareGroupState,
  DescribeShareGroupOffsets,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { flatMapOutcome, mapOutcome, settle, whenAll } from '../../runtime/outcome.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { SharePersister } from '../../share/share-persister.ts'
import type { GroupPartition, GroupPartitions } from '../group-partitions.ts'
import { alterShareOffsets, refuseAlteration, withInitializeErrors } from './alter-share-offsets.ts'
import type { AlteredOffsets, OffsetAlteration } from './alter-share-offsets.ts'
import {
  finishDeletingOffsets,
  refuseDeletion,
  startDeletingOffsets,
} from './delete-share-offsets.ts'
import type { DeletedOffsets, DeletedOffsetsTopic, OffsetDeletion } from './delete-share-offsets.ts'
import {
  allOffsets,
  describedOffsets,
  partitionsWithLag,
  refuseOffsets,
  requestedOffsets,
} from './describe-share-offsets.ts'
import type { DescribedOffsets, RequestedOffsets } from './describe-share-offsets.ts'
import type { LatestOffsets, NamedPartition } from './latest-offsets.ts'
import { failedPartition, noteInitialized } from './note-initialized.ts'
import { ShareGroup } from './share-group.ts'
import { topicName } from './state-partitions.ts'

type DescribeRequest = RequestOf<typeof DescribeShareGroupOffsets>

type AlterRequest = RequestOf<typeof AlterShareGroupOffsets>

/** The services that {@link ShareOffsetRequests} use. */
export interface ShareOffsetRequestsOptions {
  readonly image: MetadataImage
  readonly sharePersister: SharePersister
  readonly latestOffsets: LatestOffsets
}

/** The requests for the start offsets of share groups. Share coordinators store them. */
export class ShareOffsetRequests {
  readonly #partitions: GroupPartitions
  readonly #options: ShareOffsetRequestsOptions

  constructor(partitions: GroupPartitions, options: ShareOffsetRequestsOptions) {
    this.#partitions = partitions
    this.#options = options
  }

  describe({
    groups,
  }: DescribeRequest):
    | ResponseBody<typeof DescribeShareGroupOffsets>
    | Promise<ResponseBody<typeof DescribeShareGroupOffsets>> {
    const described = groups.map(({ groupId, topics }) =>
      settle(
        flatMapOutcome(this.#requested(groupId, topics), (requested) => this.#read(requested)),
        (error) => refuseOffsets(groupId, error),
      ),
    )
    return whenAll(described, (all) => ({ groups: all }))
  }

  alter(request: AlterRequest): AlteredOffsets | Promise<AlteredOffsets> {
    const { topics } = this.#options.image
    const requested = mergedTopics(request)
    const known = requested.filter(({ topicName: name }) => topics.has(name))
    const unknown = requested.filter(
      ({ topicName: name, partitions }) => !topics.has(name) && partitions.length > 0,
    )
    const partition = this.#partitions.ofMembers(request.groupId)
    const altered =
      partition instanceof ApiError
        ? partition
        : partition.write(({ context }) =>
            alterShareOffsets(context, { ...request, topics: known }),
          )
    return settle(
      mapOutcome(
        flatMapOutcome(altered, (alteration) => this.#initialize(alteration)),
        (response) => ({
          ...response,
          responses: [...unknown.map(unknownTopic), ...response.responses],
        }),
      ),
      refuseAlteration,
    )
  }

  delete(
    request: RequestOf<typeof DeleteShareGroupOffsets>,
  ): DeletedOffsets | Promise<DeletedOffsets> {
    const partition = this.#partitions.ofMembers(request.groupId)
    if (partition instanceof ApiError) return refuseDeletion(partition)
    const started = partition.write(({ context }) => startDeletingOffsets(context, request))
    const deleted = flatMapOutcome(started, (deletion) => this.#delete(partition, deletion))
    return settle<DeletedOffsets>(
      mapOutcome(deleted, (responses) => ({
        errorCode: ErrorCode.None,
        errorMessage: null,
        responses,
      })),
      refuseDeletion,
    )
  }

  /** Returns the partitions of a request; all that have share state if it names no topics. */
  #requested(
    groupId: string,
    topics: DescribeRequest['groups'][number]['topics'],
  ): Outcome<RequestedOffsets> {
    const { image } = this.#options
    if (topics !== null) return requestedOffsets(groupId, topics, image)
    const partition = this.#partitions.of(groupId)
    if (partition instanceof ApiError) return partition
    return partition.read(({ groups }) => {
      const group = groups.get(groupId)
      const partitions = group instanceof ShareGroup ? group.statePartitions : undefined
      return allOffsets(groupId, partitions?.initialized ?? new Map(), image)
    })
  }

  #read({ request, unknown }: RequestedOffsets): Answer<DescribedOffsets> {
    const { image, sharePersister, latestOffsets } = this.#options
    const { groupId } = request
    if (request.topics.length === 0) {
      return describedOffsets(groupId, [], unknown, image, () => 0)
    }
    return mapAnswer(sharePersister.readSummary(request), ({ results }) => {
      const partitions = partitionsWithLag(results, image)
      return mapAnswer(latestOffsets(partitions), (offsets) => {
        const byPartition = new Map(
          partitions.map((partition, index) => [keyOf(partition), offsets[index]!]),
        )
        const latest = (partition: NamedPartition) => byPartition.get(keyOf(partition))!
        return describedOffsets(groupId, results, unknown, image, latest)
      })
    })
  }

  #initialize({ response, initialize }: OffsetAlteration): Answer<AlteredOffsets> {
    if (initialize.topics.length === 0) return response
    const negative = negativePartition(initialize)
    if (negative !== undefined) {
      const message = `Initialize share group parameters has invalid partitionId - ${negative}`
      return refuseAlteration(new ApiError(ErrorCode.UnknownServerError, message))
    }
    return mapAnswer(this.#options.sharePersister.initializeState(initialize), (body) => {
      if (failedPartition(body.results) !== undefined) return withInitializeErrors(response, body)
      noteInitialized(this.#partitions, initialize, body)
      return response
    })
  }

  #delete(
    partition: GroupPartition,
    { refused, delete: request }: OffsetDeletion,
  ): Outcome<DeletedOffsetsTopic[]> {
    if (request.topics.length === 0) return [...refused]
    const deleted: Outcome<ResponseBody<typeof DeleteShareGroupState>> =
      this.#options.sharePersister.deleteState(request)
    return flatMapOutcome(deleted, ({ results }) => {
      const failed = results.flatMap((topic) => this.#failedTopic(topic))
      const failedIds = new Set(failed.map(({ topicId }) => topicId))
      const done = results.map(({ topicId }) => topicId).filter((id) => !failedIds.has(id))
      if (done.length === 0) return [...refused, ...failed]
      const finished = partition.write(({ context }) =>
        finishDeletingOffsets(context, request.groupId, new Set(done)),
      )
      return mapOutcome(finished, (topics) => [...topics, ...refused, ...failed])
    })
  }

  #failedTopic(topic: {
    readonly topicId: Uuid
    readonly partitions: readonly { readonly errorCode: number }[]
  }): DeletedOffsetsTopic[] {
    const failed = failedPartition([topic])
    if (failed === undefined) return []
    const { topicId } = topic
    const { errorCode } = failed
    const text = errorMessage(errorCode)
    return [
      {
        topicId,
        topicName: topicName(topicId, this.#options.image),
        errorCode,
        errorMessage: text,
      },
    ]
  }
}

/** Returns each topic of the request once, with all partitions that the request has of it. */
function mergedTopics({ topics }: AlterRequest): AlterRequest['topics'] {
  const merged = new Map<string, AlterRequest['topics'][number]>()
  for (const topic of topics) {
    const before = merged.get(topic.topicName)?.partitions ?? []
    merged.set(topic.topicName, { ...topic, partitions: [...before, ...topic.partitions] })
  }
  return [...merged.values()]
}

function unknownTopic({ topicName: name, partitions }: AlterRequest['topics'][number]) {
  const errorCode = ErrorCode.UnknownTopicOrPartition
  return {
    topicName: name,
    topicId: ZERO_UUID,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode,
      errorMessage: errorMessage(errorCode),
    })),
  }
}

/** Returns the first partition that Kafka's persister refuses, as its message shows it. */
function negativePartition({
  groupId,
  topics,
}: {
  readonly groupId: string
  readonly topics: readonly {
    readonly topicId: Uuid
    readonly partitions: readonly { readonly partition: number }[]
  }[]
}): string | undefined {
  for (const { topicId, partitions } of topics) {
    const found = partitions.find(({ partition }) => partition < 0)
    if (found !== undefined) return `${groupId} ${topicId} ${found.partition}`
  }
  return undefined
}

function keyOf({ topic, partition }: NamedPartition): string {
  return `${topic}-${partition}`
}
