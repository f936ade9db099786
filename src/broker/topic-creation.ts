import type { TopicImage } from '../controller/metadata-image.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { Broker } from './broker.ts'

/**
 * Makes a topic that a client asked for by name, if that is allowed (`auto.create.topics.enable`). Kafka makes it in
 * the background and answers UNKNOWN_TOPIC_OR_PARTITION meanwhile; with the test profile it is there at once.
 */
export function autoCreateTopic(
  name: string,
  broker: Broker,
  isAllowed: boolean,
): TopicImage | ErrorCode {
  const validateOnly = !isAllowed || !broker.config.boolean('auto.create.topics.enable')
  const [result] = broker.controller.createTopics(
    [{ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }],
    { validateOnly },
  )
  if (result!.errorCode === ErrorCode.InvalidTopicException) return ErrorCode.InvalidTopicException
  if (validateOnly) return ErrorCode.UnknownTopicOrPartition
  if (result!.errorCode !== ErrorCode.None && result!.errorCode !== ErrorCode.TopicAlreadyExists) {
    return result!.errorCode
  }
  const topic = broker.image.topics.get(name)
  return topic === undefined || broker.profile === 'faithful'
    ? ErrorCode.UnknownTopicOrPartition
    : topic
}
