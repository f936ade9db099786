import type { PartitionRegistration, TopicImage } from '../controller/metadata-image.ts'
import { NO_LEADER, type MetadataImage } from '../controller/metadata-image.ts'
import { ErrorCode } from '../protocol/error-code.ts'

/** What every operation is allowed without an authorizer, as the bits of Metadata and DescribeCluster (KIP-430). */
export const AUTHORIZED_TOPIC_OPERATIONS = operationBits([3, 4, 5, 6, 7, 8, 10, 11])
export const AUTHORIZED_CLUSTER_OPERATIONS = operationBits([5, 7, 8, 9, 10, 11, 12])

/** The value that says operations were not asked for. */
export const OPERATIONS_NOT_REQUESTED = -(2 ** 31)

export interface PartitionView {
  errorCode: ErrorCode
  partitionIndex: number
  leaderId: number
  leaderEpoch: number
  replicaNodes: number[]
  isrNodes: number[]
  offlineReplicas: number[]
}

/** The partitions of a topic as clients are told of them. */
export function partitionViews(topic: TopicImage, image: MetadataImage): PartitionView[] {
  return topic.partitions.map((partition) => partitionView(partition, image))
}

function partitionView(partition: PartitionRegistration, image: MetadataImage): PartitionView {
  const { leader, leaderEpoch, replicas, isr } = partition
  return {
    errorCode: leader === NO_LEADER ? ErrorCode.LeaderNotAvailable : ErrorCode.None,
    partitionIndex: partition.partition,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: [...replicas],
    isrNodes: [...isr],
    offlineReplicas: replicas.filter((replica) => !image.isReplicaOnline(partition, replica)),
  }
}

/** Kafka's `AclOperation` codes as a bit field. */
function operationBits(codes: readonly number[]): number {
  return codes.reduce((bits, code) => bits | (1 << code), 0)
}
