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

/**
 * Returns the partitions of a topic in the form that clients get.
 *
 * @param showsFenced whether replicas on brokers that are out of service are named. Default true.
 * Version 0 of Metadata leaves them out, with an error
 */
export function partitionViews(
  topic: TopicImage,
  image: MetadataImage,
  showsFenced = true,
): PartitionView[] {
  return topic.partitions.map((partition) => partitionView(partition, image, showsFenced))
}

function partitionView(
  partition: PartitionRegistration,
  image: MetadataImage,
  showsFenced: boolean,
): PartitionView {
  const { leader, leaderEpoch, replicas, isr } = partition
  const isShown = (replica: number): boolean => showsFenced || image.isAlive(replica)
  const replicaNodes = replicas.filter(isShown)
  const isComplete = replicaNodes.length === replicas.length
  const ofReplicas = isComplete ? ErrorCode.None : ErrorCode.ReplicaNotAvailable
  return {
    errorCode: leader === NO_LEADER ? ErrorCode.LeaderNotAvailable : ofReplicas,
    partitionIndex: partition.partition,
    leaderId: leader,
    leaderEpoch,
    replicaNodes,
    isrNodes: isr.filter(isShown),
    offlineReplicas: replicas.filter((replica) => !image.isReplicaOnline(partition, replica)),
  }
}
