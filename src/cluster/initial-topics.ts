import type { Controller } from '../controller/controller.ts'
import { topicConfigDef } from '../controller/topic-config.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import { meantTopicConfig } from './meant-config.ts'
import type { TopicOptions } from './options.ts'

/**
 * Creates the topics of the options. Existing topics are not changed.
 *
 * @throws OdradekError `INVALID_TOPIC` with Kafka's reason
 * @throws Error when the metadata log cannot be written
 */
export async function createInitialTopics(
  topics: readonly TopicOptions[],
  controller: Controller,
): Promise<void> {
  const missing = topics.filter(({ name }) => !controller.image.topics.has(name))
  const results = await controller.createTopics(
    missing.map(({ name, partitions = -1, replicas = -1, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor: replicas,
      assignments: [],
      configs: Object.entries(configs).map(([config, value]) => ({
        name: config,
        value: String(value),
      })),
    })),
  )
  if (results.some(({ errorCode }) => errorCode === ErrorCode.RequestTimedOut)) {
    throw new Error('the metadata log could not be forced to the disk')
  }
  for (const { name, errorCode, errorMessage: reason } of results) {
    if (errorCode === ErrorCode.None) continue
    const refused = missing.find((topic) => topic.name === name)
    const hint = errorCode === ErrorCode.InvalidConfig ? unknownConfigHint(refused) : ''
    throw new OdradekError(
      'INVALID_TOPIC',
      `Cannot create topic '${name}': ${reason ?? errorMessage(errorCode)}${hint}`,
    )
  }
}

/** Kafka refuses the first unknown config. */
function unknownConfigHint({ configs = {} }: Partial<TopicOptions> = {}): string {
  const unknown = Object.keys(configs).find((name) => topicConfigDef(name) === undefined)
  const meant = unknown === undefined ? undefined : meantTopicConfig(unknown)
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}
