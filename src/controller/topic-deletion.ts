import { ApiError } from '../protocol/api-error.ts'
import { ZERO_UUID } from '../platform/uuid.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import { errorFields } from './error-fields.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { DeletableTopic, DeletableTopicResult } from './operations.ts'
import { removeTopicRecord } from './records.ts'
import type { NewRecord } from './records.ts'
import { duplicatesIn } from './topic-creation.ts'

/** The response, and the records that make it true. */
export interface TopicDeletion {
  readonly results: DeletableTopicResult[]
  readonly records: NewRecord[]
}

/** Plans the deletion of topics, by name or by id (Kafka's `ControllerApis.deleteTopics`). */
export function planDeletions(
  image: MetadataImage,
  topics: readonly DeletableTopic[],
  isEnabled: boolean,
): TopicDeletion {
  const duplicates = duplicatesIn(topics.filter(isWellFormed).map(keyOf))
  const idsOfNames = new Set(
    topics.flatMap(({ name }) => (name === null ? [] : (image.topics.get(name)?.id ?? []))),
  )
  const suppliedIds = new Set(topics.flatMap(({ name, topicId }) => (name === null ? topicId : [])))
  const answered = new Set<string>()
  const results: DeletableTopicResult[] = []
  const records: NewRecord[] = []
  for (const topic of topics) {
    const key = keyOf(topic)
    if (isWellFormed(topic) && answered.has(key)) continue
    if (topic.name === null && idsOfNames.has(topic.topicId)) continue
    if (duplicates.has(key)) answered.add(key)
    const idOfName = topic.name === null ? undefined : image.topics.get(topic.name)?.id
    const isSuppliedTwice = idOfName !== undefined && suppliedIds.has(idOfName)
    const found = isEnabled
      ? findTopic(image, topic, duplicates.has(key), isSuppliedTwice)
      : failure(topic, new ApiError(ErrorCode.TopicDeletionDisabled, deletionDisabled))
    results.push(found)
    if (found.errorCode === ErrorCode.None) records.push(removeTopicRecord(found.topicId))
  }
  return { results, records }
}

const deletionDisabled = errorMessage(ErrorCode.TopicDeletionDisabled)

function findTopic(
  image: MetadataImage,
  topic: DeletableTopic,
  isDuplicate: boolean,
  isSuppliedTwice: boolean,
): DeletableTopicResult {
  const { name, topicId } = topic
  const hasId = topicId !== ZERO_UUID
  if (name === null && !hasId) return invalid(topic, 'Neither topic name nor id were specified.')
  if (name !== null && hasId)
    return invalid(topic, 'You may not specify both topic name and topic id.')
  if (isDuplicate)
    return invalid(topic, name === null ? 'Duplicate topic id.' : 'Duplicate topic name.')
  const found = name === null ? image.topicsById.get(topicId) : image.topics.get(name)
  if (found === undefined) return failure(topic, missing(name))
  if (isSuppliedTwice) {
    const message = 'The provided topic name maps to an ID that was already supplied.'
    return invalid({ name, topicId: found.id }, message)
  }
  return { name: found.name, topicId: found.id, ...errorFields(undefined) }
}

function missing(name: string | null): ApiError {
  const code = name === null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition
  return new ApiError(code, errorMessage(code))
}

function invalid(topic: { name: string | null; topicId: Uuid }, message: string) {
  return failure(topic, new ApiError(ErrorCode.InvalidRequest, message))
}

function failure({ name, topicId }: DeletableTopic, error: ApiError): DeletableTopicResult {
  return { name, topicId, ...errorFields(error) }
}

/** Whether it has either a name or an id. Other entries are answered once per occurrence. */
function isWellFormed({ name, topicId }: DeletableTopic): boolean {
  return (name === null) === (topicId !== ZERO_UUID)
}

function keyOf({ name, topicId }: DeletableTopic): string {
  return name === null ? `id ${topicId}` : `name ${name}`
}
