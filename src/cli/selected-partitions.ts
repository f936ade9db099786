import { unknownPartition } from '../client/client-error.ts'
import type { KafkaClient } from '../client/kafka-client.ts'
import type { TopicPartition } from '../client/topic-partition.ts'
import type { PartitionsSpec } from './arguments.ts'

/** Returns the partitions that the user has named, in order; for a whole topic all of them. */
export async function selectedPartitions(
  client: KafkaClient,
  specs: readonly PartitionsSpec[],
): Promise<TopicPartition[]> {
  const topics = await client.admin.topics.describe(specs.map(({ topic }) => topic))
  return specs.flatMap(({ topic, partitions }) => {
    const all = topics
      .find(({ name }) => name === topic)!
      .partitions.map(({ partitionIndex }) => partitionIndex)
    const selected = partitions ?? all.sort((a, b) => a - b)
    const unknown = selected.find((partition) => !all.includes(partition))
    if (unknown !== undefined) throw unknownPartition(topic, unknown, all.length)
    return selected.map((partition) => ({ topic, partition }))
  })
}
