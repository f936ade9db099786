import type { PartitionRegistration, TopicImage } from '../controller/metadata-image.ts'
import { NO_LEADER, type MetadataImage } from '../controller/metadata-image.ts'
import { ErrorCode } from '../protocol/error-code.ts'

export interface PartitionView {
  errorCode: ErrorCode
  partitionIndex: number
  leaderId: number
  leaderEpoch: number
  replicaNodes: number[]
  isrNodes: number[]
  offlineReplicas: number[]
}

/** Returns the partitions of a topic in the form that clients get. */
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
