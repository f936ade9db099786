import type { TopicImage } from '../controller/metadata-image.ts'
import { invalidTopicName } from '../controller/topic-name.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { Broker } from './broker.ts'
import { isInternalTopic } from './internal-topics.ts'

/**
 * Makes a topic that a client asked for by name, if that is allowed (`auto.create.topics.enable`). Kafka makes it in
 * the background and answers UNKNOWN_TOPIC_OR_PARTITION meanwhile, and for good when it can't; with the test profile it
 * is there at once, unless a topic of this name was deleted a short time ago: who knew that one must see that it is gone.
 */
export function autoCreateTopic(
  name: string,
  broker: Broker,
  isAllowed: boolean,
): TopicImage | ErrorCode {
  if (invalidTopicName(name) !== undefined) return ErrorCode.InvalidTopicException
  if (!isAllowed || !broker.config.boolean('auto.create.topics.enable')) {
    return ErrorCode.UnknownTopicOrPartition
  }
  if (isInternalTopic(name)) broker.createInternalTopic(name)
  else {
    const { config } = broker
    const numPartitions = config.number('num.partitions')
    const replicationFactor = config.number('default.replication.factor')
    broker.controller.createTopics([
      { name, numPartitions, replicationFactor, assignments: [], configs: [] },
    ])
  }
  const topic = broker.image.topics.get(name)
  const isReplaced = broker.deletedTopics.has(name)
  return topic === undefined || isReplaced || broker.profile === 'faithful'
    ? ErrorCode.UnknownTopicOrPartition
    : topic
}
