import { CLOSE_CONNECTION } from '../../network/frame-handler.ts'
import { ZERO_UUID, type Uuid } from '../../platform/uuid.ts'
import { ConfigResourceType } from '../../protocol/config-resource.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { Produce } from '../../protocol/messages/00-produce.ts'
import { DeleteTopics } from '../../protocol/messages/20-delete-topics.ts'
import { DeleteRecords } from '../../protocol/messages/21-delete-records.ts'
import { WriteTxnMarkers } from '../../protocol/messages/27-write-txn-markers.ts'
import { AlterConfigs } from '../../protocol/messages/33-alter-configs.ts'
import { CreatePartitions } from '../../protocol/messages/37-create-partitions.ts'
import { IncrementalAlterConfigs } from '../../protocol/messages/44-incremental-alter-configs.ts'
import type { ResponseBody } from '../../protocol/schema/index.ts'
import { readOnlyMessage } from '../read-only-topic.ts'
import type { PipelineRequest } from './pipeline-request.ts'
import { mapReply, mapResponse, type Step } from './step.ts'

/** Clients do not retry after this error. */
const errorCode = ErrorCode.PolicyViolation

/**
 * Returns the step that refuses changes of some topics, because their files are served as they are.
 * It takes these topics out of the request, lets the rest take effect, and adds the refusals to the
 * response.
 */
export function protectTopics(names: ReadonlySet<string>): Step {
  const steps = new Map<number, Step>([
    [Produce.key, protectFromProduce(names)],
    [DeleteTopics.key, protectFromDeleteTopics(names)],
    [DeleteRecords.key, protectFromDeleteRecords(names)],
    [WriteTxnMarkers.key, protectFromWriteTxnMarkers(names)],
    [CreatePartitions.key, protectFromCreatePartitions(names)],
    [AlterConfigs.key, protectFromAlterConfigs(names)],
    [IncrementalAlterConfigs.key, protectFromAlterConfigs(names)],
  ])
  return (request, next) => {
    const step = steps.get(request.apiKey)
    return step === undefined ? next(request) : step(request, next)
  }
}

function protectFromProduce(names: ReadonlySet<string>): Step<typeof Produce> {
  return (request, next) => {
    const { acks, topicData } = request.body
    const [refused, topics] = split(topicData, (topic) => names.has(nameOf(topic, request)))
    if (refused.length === 0) return next(request)
    request.body = { ...request.body, topicData: topics }
    const refusals = refused.map(({ partitionData, ...topic }) => ({
      ...topic,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode,
        errorMessage: readOnlyMessage(nameOf(topic, request)),
        baseOffset: -1,
        recordErrors: [],
      })),
    }))
    const result = next(request)
    // Without a response, a closed connection is the only sign of an error.
    if (acks === 0) return mapReply(result, () => CLOSE_CONNECTION)
    return mapResponse(result, (response) => ({
      ...response,
      responses: [...refusals, ...response.responses],
    }))
  }
}

function protectFromDeleteTopics(names: ReadonlySet<string>): Step<typeof DeleteTopics> {
  return (request, next) => {
    const { topics, topicNames } = request.body
    const [refused, others] = split(topics, (topic) => names.has(nameOf(topic, request)))
    const [refusedNames, otherNames] = split(topicNames, (name) => names.has(name))
    request.body = { ...request.body, topics: others, topicNames: otherNames }
    const all = [...refused, ...refusedNames.map((name) => ({ name, topicId: ZERO_UUID }))]
    const refusals = all.map((topic) => ({
      ...topic,
      errorCode,
      errorMessage: readOnlyMessage(nameOf(topic, request)),
    }))
    return mapResponse(next(request), ({ responses }) => ({
      responses: [...refusals, ...responses],
    }))
  }
}

function protectFromDeleteRecords(names: ReadonlySet<string>): Step<typeof DeleteRecords> {
  return (request, next) => {
    const [refused, others] = split(request.body.topics, ({ name }) => names.has(name))
    request.body = { ...request.body, topics: others }
    const refusals = refused.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode,
        lowWatermark: -1,
      })),
    }))
    return mapResponse(next(request), ({ topics }) => ({ topics: [...refusals, ...topics] }))
  }
}

function protectFromWriteTxnMarkers(names: ReadonlySet<string>): Step<typeof WriteTxnMarkers> {
  return (request, next) => {
    const refusals: ResponseBody<typeof WriteTxnMarkers>['markers'][number][] = []
    const markers = request.body.markers.map((marker) => {
      const [refused, topics] = split(marker.topics, ({ name }) => names.has(name))
      if (refused.length === 0) return marker
      const refusedTopics = refused.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode })),
      }))
      refusals.push({ producerId: marker.producerId, topics: refusedTopics })
      return { ...marker, topics }
    })
    request.body = { markers }
    return mapResponse(next(request), (response) => ({
      markers: [...refusals, ...response.markers],
    }))
  }
}

function protectFromCreatePartitions(names: ReadonlySet<string>): Step<typeof CreatePartitions> {
  return (request, next) => {
    const [refused, others] = split(request.body.topics, ({ name }) => names.has(name))
    request.body = { ...request.body, topics: others }
    const refusals = refused.map(({ name }) => ({
      name,
      errorCode,
      errorMessage: readOnlyMessage(name),
    }))
    return mapResponse(next(request), ({ results }) => ({ results: [...refusals, ...results] }))
  }
}

/** The requests of both APIs have the same resources. */
function protectFromAlterConfigs(names: ReadonlySet<string>): Step<typeof AlterConfigs> {
  return (request, next) => {
    const [refused, others] = split(
      request.body.resources,
      ({ resourceType, resourceName }) =>
        resourceType === ConfigResourceType.Topic && names.has(resourceName),
    )
    request.body = { ...request.body, resources: others }
    const refusals = refused.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      errorCode,
      errorMessage: readOnlyMessage(resourceName),
    }))
    return mapResponse(next(request), ({ responses }) => ({
      responses: [...refusals, ...responses],
    }))
  }
}

/** Returns the name of a topic that a request names by its name or by its id. */
function nameOf(
  { name, topicId }: { readonly name: string | null; readonly topicId: Uuid },
  { services }: Pick<PipelineRequest, 'services'>,
): string {
  if (topicId === ZERO_UUID) return name ?? ''
  return services.image.topicsById.get(topicId)?.name ?? ''
}

/** Returns the items for which the condition holds, and the others. */
function split<T>(items: readonly T[], condition: (item: T) => boolean): [T[], T[]] {
  return [items.filter(condition), items.filter((item) => !condition(item))]
}
