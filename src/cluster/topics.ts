import type { ControllerOperations } from '../controller/operations.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import type { TopicOptions } from './options.ts'

/**
 * Makes the topics that a cluster is started with; those that are there stay as they are.
 *
 * @throws OdradekError `INVALID_TOPIC` with Kafka's reason
 */
export function createTopics(
  topics: readonly TopicOptions[],
  controller: ControllerOperations,
): void {
  const missing = topics.filter(({ name }) => !controller.image.topics.has(name))
  const results = controller.createTopics(
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
  for (const { name, errorCode, errorMessage: reason } of results) {
    if (errorCode === ErrorCode.None) continue
    throw new OdradekError(
      'INVALID_TOPIC',
      `Can't make topic '${name}': ${reason ?? errorMessage(errorCode)}`,
    )
  }
}
