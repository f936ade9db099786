import { ZERO_UUID } from '../../platform/uuid.ts'
import { Produce } from '../../protocol/messages/index.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { ClusterMetadata } from '../metadata/cluster-metadata.ts'
import { groupByTopic } from '../topic-partition.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerSettings } from './producer-options.ts'
import type { TransactionProtocol } from './transaction/transaction-requests.ts'

/** The highest version that identifies topics by name. */
const MAX_VERSION_BY_NAME = 12

/** The highest version that does not add the partition to the transaction (KIP-890). */
const MAX_VERSION_OF_PROTOCOL_1 = 11

/** The response for one batch. */
export type PartitionResponse = ResponseOf<
  typeof Produce
>['responses'][number]['partitionResponses'][number]

/**
 * Returns the request for batches of different partitions, and its highest usable version.
 *
 * @param protocol that of the transaction that the batches belong to, if any
 */
export function produceRequest(
  batches: readonly ProducerBatch[],
  metadata: ClusterMetadata,
  { acks, compression, transactionalId }: ProducerSettings,
  timeoutMs: number,
  protocol: TransactionProtocol | undefined,
): { request: RequestInput<typeof Produce>; maxVersion: number } {
  const topicData = groupByTopic(batches, (batch) => ({
    index: batch.partition,
    records: batch.encode(compression, protocol !== undefined),
  })).map(({ name, partitions }) => ({
    name,
    topicId: metadata.topic(name)?.topicId ?? ZERO_UUID,
    partitionData: partitions,
  }))
  const hasIds = topicData.every(({ topicId }) => topicId !== ZERO_UUID)
  const versionOfNames = hasIds ? Produce.current.max : MAX_VERSION_BY_NAME
  return {
    request: { transactionalId: transactionalId ?? null, acks, timeoutMs, topicData },
    maxVersion: protocol === 1 ? MAX_VERSION_OF_PROTOCOL_1 : versionOfNames,
  }
}

/**
 * Returns the response for each batch, and notes the new leaders that it names. Batches that the
 * broker omitted are missing.
 */
export function partitionResponses(
  response: ResponseOf<typeof Produce>,
  batches: readonly ProducerBatch[],
  metadata: ClusterMetadata,
): Map<ProducerBatch, PartitionResponse> {
  const found = new Map<ProducerBatch, PartitionResponse>()
  for (const { name, topicId, partitionResponses } of response.responses) {
    const topic = name || metadata.nameOfTopic(topicId)
    for (const each of partitionResponses) {
      const batch = batches.find((one) => one.topic === topic && one.partition === each.index)
      if (batch === undefined) continue
      metadata.noteLeader(batch, each.currentLeader, response.nodeEndpoints)
      found.set(batch, each)
    }
  }
  return found
}
