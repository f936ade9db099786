import type { Uuid } from '../../platform/uuid.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import {
  LeaderRecovery,
  type MetadataImage,
  type PartitionRegistration,
  type TopicImage,
} from '../metadata-image.ts'
import { partitionChangeRecord, type NewRecord } from '../records.ts'
import { mergeChange } from './merge-change.ts'
import { planChange } from './partition-change.ts'
import { allowsUncleanElection, rulesOf, type ClusterView } from './partition-rules.ts'

/** A request of a leader to change its in-sync replicas (AlterPartition v3). */
export interface AlterPartitionRequest {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly topics: readonly {
    readonly topicId: Uuid
    readonly partitions: readonly AlteredPartition[]
  }[]
}

/** The wanted in-sync replicas of a partition, and the state of it that its leader knows. */
export interface AlteredPartition {
  readonly partitionIndex: number
  readonly leaderEpoch: number
  readonly newIsrWithEpochs: readonly { readonly brokerId: number; readonly brokerEpoch: number }[]
  readonly leaderRecoveryState: number
  readonly partitionEpoch: number
}

export interface AlterPartitionResult {
  /** `StaleBrokerEpoch` if the broker has registered again; then there are no topics. */
  errorCode: ErrorCode
  topics: { topicId: Uuid; partitions: AlteredPartitionResult[] }[]
}

/** The state of a partition after the change. */
export interface AlteredPartitionResult {
  partitionIndex: number
  errorCode: ErrorCode
  /** Without a meaning if there is an error, like all fields below. */
  leaderId: number
  leaderEpoch: number
  isr: number[]
  leaderRecoveryState: number
  partitionEpoch: number
}

/**
 * Plans the changes of in-sync replicas that a leader requests (Kafka's
 * `ReplicationControlManager.alterPartition`).
 */
export function planAlterations(
  view: ClusterView,
  request: AlterPartitionRequest,
): { result: AlterPartitionResult; records: NewRecord[] } {
  const { image } = view
  const records: NewRecord[] = []
  if (image.brokers.get(request.brokerId)?.epoch !== request.brokerEpoch)
    return { result: { errorCode: ErrorCode.StaleBrokerEpoch, topics: [] }, records }
  const topics = request.topics.map(({ topicId, partitions }) => {
    const topic = image.topicsById.get(topicId)
    return {
      topicId,
      partitions: partitions.map((altered) =>
        topic === undefined
          ? refused(altered, ErrorCode.UnknownTopicId)
          : alter(view, request.brokerId, topic, altered, records),
      ),
    }
  })
  return { result: { errorCode: ErrorCode.None, topics }, records }
}

function alter(
  view: ClusterView,
  brokerId: number,
  topic: TopicImage,
  altered: AlteredPartition,
  records: NewRecord[],
): AlteredPartitionResult {
  const before = topic.partitions[altered.partitionIndex]
  if (before === undefined) return refused(altered, ErrorCode.UnknownTopicOrPartition)
  const errorCode = validate(view.image, brokerId, before, altered)
  if (errorCode !== ErrorCode.None) return refused(altered, errorCode)
  const wanted = {
    isr: altered.newIsrWithEpochs.map((replica) => replica.brokerId),
    leaderRecoveryState: altered.leaderRecoveryState,
  }
  const election = allowsUncleanElection(view, topic.name) ? 'unclean' : 'online'
  const change = planChange(before, { ...wanted, election }, rulesOf(view, topic))
  if (change === undefined) return accepted(before)
  records.push(partitionChangeRecord({ topicId: topic.id, ...change }))
  // A reassignment that has ended may have removed the leader from the replicas.
  if (change.leader !== undefined && change.leader !== brokerId)
    return refused(altered, ErrorCode.NewLeaderElected)
  return accepted(mergeChange(before, change))
}

/** Returns why a change is refused, in the order in which Kafka looks. */
function validate(
  image: MetadataImage,
  brokerId: number,
  before: PartitionRegistration,
  altered: AlteredPartition,
): ErrorCode {
  const isr = altered.newIsrWithEpochs.map((replica) => replica.brokerId)
  const { Recovering, Recovered } = LeaderRecovery
  const recovers = altered.leaderRecoveryState === Recovering
  // The broker knows a later state than this controller: another one is active.
  if (altered.leaderEpoch > before.leaderEpoch) return ErrorCode.NotController
  if (altered.partitionEpoch > before.partitionEpoch) return ErrorCode.NotController
  if (altered.leaderEpoch < before.leaderEpoch) return ErrorCode.FencedLeaderEpoch
  if (brokerId !== before.leader) return ErrorCode.InvalidRequest
  if (altered.partitionEpoch < before.partitionEpoch) return ErrorCode.InvalidUpdateVersion
  if (new Set(isr).size < isr.length) return ErrorCode.InvalidRequest
  if (isr.some((id) => !before.replicas.includes(id))) return ErrorCode.InvalidRequest
  if (!isr.includes(before.leader)) return ErrorCode.InvalidRequest
  if (recovers && isr.length > 1) return ErrorCode.InvalidRequest
  if (recovers && before.leaderRecoveryState === Recovered) return ErrorCode.InvalidRequest
  return altered.newIsrWithEpochs.every((replica) => isEligible(image, replica))
    ? ErrorCode.None
    : ErrorCode.IneligibleReplica
}

/** Whether a replica may be in sync: its broker is in service, and did not restart meanwhile. */
function isEligible(
  image: MetadataImage,
  { brokerId, brokerEpoch }: AlteredPartition['newIsrWithEpochs'][number],
): boolean {
  if (!image.isActive(brokerId)) return false
  return brokerEpoch === -1 || image.brokers.get(brokerId)?.epoch === brokerEpoch
}

function accepted(partition: PartitionRegistration): AlteredPartitionResult {
  return {
    partitionIndex: partition.partition,
    errorCode: ErrorCode.None,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: [...partition.isr],
    leaderRecoveryState: partition.leaderRecoveryState,
    partitionEpoch: partition.partitionEpoch,
  }
}

function refused({ partitionIndex }: AlteredPartition, errorCode: ErrorCode) {
  const none = { leaderId: 0, leaderEpoch: 0, isr: [], leaderRecoveryState: 0, partitionEpoch: 0 }
  return { partitionIndex, errorCode, ...none }
}
