import type { ActiveProducer } from '../client/admin/records-admin.ts'
import type { KafkaClient } from '../client/kafka-client.ts'
import { nameOf, type TopicPartition } from '../client/topic-partition.ts'

/** An open transaction of a producer in a partition. */
export interface PartitionProducer extends TopicPartition, ActiveProducer {}

/**
 * Returns the transactions that hang: they are open in a partition, but their coordinator does not
 * know them, so nothing ends them. `read_committed` consumers wait at their start offset. Follows
 * `kafka-transactions.sh find-hanging` (KIP-664).
 *
 * @param beforeMs only producers that have sent their last record before this time
 */
export async function findHanging(
  { admin }: KafkaClient,
  partitions: readonly TopicPartition[],
  beforeMs: number,
  brokerId?: number,
): Promise<PartitionProducer[]> {
  const described = await admin.records.describeProducers(
    partitions,
    brokerId === undefined ? {} : { brokerId },
  )
  const open = described.flatMap(({ topic, partition, producers }) =>
    producers
      .filter(
        ({ currentTxnStartOffset, lastTimestamp }) =>
          currentTxnStartOffset >= 0 && lastTimestamp < beforeMs,
      )
      .map((producer) => ({ ...producer, topic, partition })),
  )
  if (open.length === 0) return []
  const known = await knownPartitions(admin, [...new Set(open.map((each) => each.producerId))])
  return open.filter((each) => !known.has(keyOf(each.producerId, each)))
}

/** Returns the partitions that coordinators know of the open transactions of producers. */
async function knownPartitions(
  { transactions }: KafkaClient['admin'],
  producerIds: readonly number[],
): Promise<Set<string>> {
  const listed = await transactions.list({ producerIds })
  const ids = listed.map(({ transactionalId }) => transactionalId)
  const described = await transactions.describe(ids)
  return new Set(
    described.flatMap(({ producerId, partitions }) =>
      partitions.map((partition) => keyOf(producerId, partition)),
    ),
  )
}

function keyOf(producerId: number, partition: TopicPartition): string {
  return `${producerId} ${nameOf(partition)}`
}
