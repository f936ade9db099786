import { mapAnswer, type Answer } from '../controller/answer.ts'
import { NO_LEADER } from '../controller/metadata-image.ts'
import { coordinatorPartition } from '../coordinator/java-hash.ts'
import { coordinatorKey, parseCoordinatorKey } from '../coordinator/share/share-partition-key.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import { brokerEndpoint, type BrokerNode } from './broker-endpoints.ts'
import type { BrokerServices } from './broker-services.ts'
import { createInternalTopic, InternalTopic } from './internal-topics.ts'
import type { RequestContext } from './request-context.ts'

/** The key types of FindCoordinator (Kafka's `CoordinatorType`). */
const KeyType = { Group: 0, Transaction: 1, Share: 2 } as const

/** The topics in which coordinators keep their state, by key type. */
const stateTopics: Readonly<Record<number, string>> = {
  [KeyType.Group]: InternalTopic.ConsumerOffsets,
  [KeyType.Transaction]: InternalTopic.TransactionState,
  [KeyType.Share]: InternalTopic.ShareGroupState,
}

/** The first version with keys of share partitions (KIP-932). */
const FIRST_VERSION_WITH_SHARE_KEYS = 6

/** Of all errors, Kafka sends only this one with its text. */
const unknownKeyType = new ApiError(
  ErrorCode.InvalidRequest,
  errorMessage(ErrorCode.InvalidRequest),
)

/**
 * Returns the broker that leads the partition of the state topic that a key belongs to. Creates the
 * topic if it is missing.
 */
export function findCoordinator(
  key: string,
  keyType: number,
  context: RequestContext,
): Answer<BrokerNode | ApiError> {
  const { services, apiVersion } = context
  const topic = stateTopics[keyType]
  if (topic === undefined) return unknownKeyType
  const normalKey = keyType === KeyType.Share ? shareKey(key, apiVersion) : key
  if (normalKey === undefined) return ApiError.of(ErrorCode.InvalidRequest)
  return mapAnswer(createInternalTopic(topic, services), () => {
    const leader = leaderOf(topic, normalKey, services)
    return brokerEndpoint(leader, context) ?? ApiError.of(ErrorCode.CoordinatorNotAvailable)
  })
}

/** Returns the key of a share partition in its only notation, or `undefined` if it is not one. */
function shareKey(key: string, apiVersion: number): string | undefined {
  if (apiVersion < FIRST_VERSION_WITH_SHARE_KEYS) return undefined
  const sharePartition = parseCoordinatorKey(key)
  return sharePartition && coordinatorKey(sharePartition)
}

function leaderOf(topic: string, key: string, services: BrokerServices): number {
  const partitions = services.image.topics.get(topic)?.partitions ?? []
  if (partitions.length === 0) return NO_LEADER
  return partitions[coordinatorPartition(key, partitions.length)]!.leader
}
