import { mapAnswer, type Answer } from '../controller/answer.ts'
import type { TopicImage } from '../controller/metadata-image.ts'
import { invalidTopicName } from '../controller/topic-name.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerServices } from './broker-services.ts'
import { createInternalTopic, isInternalTopic } from './internal-topics.ts'

/**
 * Creates a topic that a client named, if that is allowed (`auto.create.topics.enable`). Kafka
 * creates it in the background and answers UNKNOWN_TOPIC_OR_PARTITION until it exists. With the
 * test profile the topic is returned at once, unless a topic of this name was deleted recently: a
 * client that used that topic must see that it is gone.
 */
export function autoCreateTopic(
  name: string,
  services: BrokerServices,
  isAllowed: boolean,
): Answer<TopicImage | ApiError> {
  if (invalidTopicName(name) !== undefined) return ApiError.of(ErrorCode.InvalidTopicException)
  if (!isAllowed || !services.config.boolean('auto.create.topics.enable')) {
    return ApiError.of(ErrorCode.UnknownTopicOrPartition)
  }
  const created = isInternalTopic(name)
    ? createInternalTopic(name, services)
    : createWithDefaults(name, services)
  if (services.profile === 'faithful') return ApiError.of(ErrorCode.UnknownTopicOrPartition)
  return mapAnswer(created, () => {
    const topic = services.image.topics.get(name)
    return topic === undefined || services.deletedTopics.has(name)
      ? ApiError.of(ErrorCode.UnknownTopicOrPartition)
      : topic
  })
}

function createWithDefaults(name: string, { config, controller }: BrokerServices): Answer<unknown> {
  const numPartitions = config.number('num.partitions')
  const replicationFactor = config.number('default.replication.factor')
  return controller.createTopics([
    { name, numPartitions, replicationFactor, assignments: [], configs: [] },
  ])
}
