import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { MetadataImage } from '../../controller/metadata-image.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { checkAcknowledgements } from './acknowledgement-check.ts'
import { keyOf } from './share-partition-id.ts'
import type { AcknowledgedPartition, SharePartitionManager } from './share-partition-manager.ts'
import type { ShareMember } from './share-session-cache.ts'

/** The acknowledgements in a ShareFetch or a ShareAcknowledge. */
export interface AcknowledgeRequest {
  readonly member: ShareMember
  readonly apiVersion: number
  readonly isRenewAck: boolean
  readonly topics: readonly {
    readonly topicId: Uuid
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly acknowledgementBatches: readonly {
        readonly firstOffset: number
        readonly lastOffset: number
        readonly acknowledgeTypes: readonly number[]
      }[]
    }[]
  }[]
}

/** The result of the acknowledgements of one partition. */
export interface AcknowledgeResult {
  /** `undefined` if the broker has no topic with this id. */
  readonly topic: string | undefined
  readonly topicId: Uuid
  readonly partition: number
  readonly error: ApiError | undefined
}

/**
 * Acknowledges the records of all partitions in a request. Returns a result for each. If a
 * partition occurs twice, its last acknowledgements count.
 */
export async function acknowledgePartitions(
  { member, apiVersion, isRenewAck, topics }: AcknowledgeRequest,
  image: MetadataImage,
  manager: SharePartitionManager,
): Promise<AcknowledgeResult[]> {
  const results = new Map<string, AcknowledgeResult>()
  const valid = new Map<string, AcknowledgedPartition>()
  for (const { topicId, partitions } of topics) {
    const topic = image.topicsById.get(topicId)?.name
    for (const { partitionIndex: partition, acknowledgementBatches } of partitions) {
      const result = { topic, topicId, partition, error: undefined }
      const refuse = (errorCode: ErrorCode): void => {
        results.set(keyOf(result), { ...result, error: ApiError.of(errorCode) })
      }
      if (topic === undefined) {
        refuse(ErrorCode.UnknownTopicId)
        continue
      }
      const batches = checkAcknowledgements(acknowledgementBatches, apiVersion, isRenewAck)
      if (batches === undefined) refuse(ErrorCode.InvalidRequest)
      else if (image.partition(topic, partition) === undefined)
        refuse(ErrorCode.UnknownTopicOrPartition)
      else {
        results.set(keyOf(result), result)
        valid.set(keyOf(result), { target: { topic, topicId, partition }, batches })
      }
    }
  }
  const acknowledged = [...valid.values()].filter(({ batches }) => batches.length > 0)
  if (acknowledged.length === 0) return withoutEmpty([...results.values()])
  for (const { target, error } of await manager.acknowledge(member, acknowledged)) {
    results.set(keyOf(target), { ...target, error })
  }
  return [...results.values()]
}

/** If no partition has acknowledgements, Kafka returns only the errors. */
function withoutEmpty(results: AcknowledgeResult[]): AcknowledgeResult[] {
  return results.filter(({ error }) => error !== undefined)
}
