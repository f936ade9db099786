import type {
  BrokerRegistration,
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from '../controller/metadata-image.ts'
import { NO_LEADER } from '../controller/metadata-image.ts'
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

/** The client that gets the partitions. */
export interface Viewer {
  readonly listenerName: string
  /**
   * Whether replicas are named that are out of service, or do not have the listener. Version 0 of
   * Metadata leaves them out, with an error.
   */
  readonly showsUnavailable: boolean
  /** Whether the client knows the error LISTENER_NOT_FOUND. */
  readonly knowsListenerError: boolean
}

/** Returns the partitions of a topic in the form that clients get. */
export function partitionViews(
  topic: TopicImage,
  image: MetadataImage,
  viewer: Viewer,
): PartitionView[] {
  return topic.partitions.map((partition) => partitionView(partition, image, viewer))
}

function partitionView(
  partition: PartitionRegistration,
  image: MetadataImage,
  viewer: Viewer,
): PartitionView {
  const { leaderEpoch, replicas, isr } = partition
  const isReachable = (replica: number): boolean =>
    image.isAlive(replica) && hasListener(image.brokers.get(replica)!, viewer)
  const isShown = (replica: number): boolean => viewer.showsUnavailable || isReachable(replica)
  const replicaNodes = replicas.filter(isShown)
  const leaderError = errorOfLeader(partition, image, viewer)
  const isComplete = replicaNodes.length === replicas.length
  const replicaError = isComplete ? ErrorCode.None : ErrorCode.ReplicaNotAvailable
  return {
    errorCode: leaderError ?? replicaError,
    partitionIndex: partition.partition,
    leaderId: leaderError === undefined ? partition.leader : NO_LEADER,
    leaderEpoch,
    replicaNodes,
    isrNodes: isr.filter(isShown),
    offlineReplicas: replicas.filter(
      (replica) => !isReachable(replica) || !image.isReplicaOnline(partition, replica),
    ),
  }
}

/** Returns the error of a partition without a leader that the client can connect to. */
function errorOfLeader(
  { leader }: PartitionRegistration,
  image: MetadataImage,
  viewer: Viewer,
): ErrorCode | undefined {
  const broker = image.brokers.get(leader)
  if (broker === undefined) return ErrorCode.LeaderNotAvailable
  if (hasListener(broker, viewer)) return undefined
  return viewer.knowsListenerError ? ErrorCode.ListenerNotFound : ErrorCode.LeaderNotAvailable
}

function hasListener({ endpoints }: BrokerRegistration, { listenerName }: Viewer): boolean {
  return endpoints.some(({ name }) => name === listenerName)
}
