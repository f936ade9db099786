/** A replica that has the records that a consumer wants. */
export interface ReadableReplica {
  readonly brokerId: number
  /** The address for the listener of the consumer. */
  readonly host: string
  readonly port: number
  readonly rack: string | null
  readonly logEndOffset: number
  /** The time in milliseconds since the replica had all records of the leader; 0 for the leader. */
  readonly timeSinceLastCaughtUpMs: number
  readonly isLeader: boolean
}

/** A consumer that fetches from the leader of a partition. */
export interface ReplicaSelectorRequest {
  readonly topic: string
  readonly partition: number
  readonly fetchOffset: number
  readonly client: {
    /** The rack that the consumer sends (`client.rack`); `''` for none. */
    readonly rackId: string
    readonly clientId: string | null
    readonly host: string
    readonly principal: string
    readonly listener: string
  }
  /** The leader, and the in-sync replicas that have the record of the fetch offset. */
  readonly replicas: readonly ReadableReplica[]
}

/**
 * Returns the id of the broker from which a consumer shall read a partition (Kafka's
 * `ReplicaSelector`, KIP-392); `undefined` means the leader. It must be synchronous. If it
 * throws, the connection of the consumer is closed.
 */
export type ReplicaSelector = (request: ReplicaSelectorRequest) => number | undefined

/** The class of {@link rackAwareReplicaSelector} in `replica.selector.class`. */
export const RACK_AWARE_SELECTOR = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

/**
 * Selects the leader, unless only followers are in the rack of the consumer: then the one with the
 * most records (Kafka's `RackAwareReplicaSelector`).
 */
export const rackAwareReplicaSelector: ReplicaSelector = ({ client, replicas }) => {
  const nearest = replicas.filter(({ rack }) => client.rackId !== '' && rack === client.rackId)
  if (nearest.length === 0 || nearest.some(({ isLeader }) => isLeader)) return undefined
  return nearest.reduce((best, each) => (compare(each, best) > 0 ? each : best)).brokerId
}

function compare(a: ReadableReplica, b: ReadableReplica): number {
  return (
    a.logEndOffset - b.logEndOffset ||
    b.timeSinceLastCaughtUpMs - a.timeSinceLastCaughtUpMs ||
    a.brokerId - b.brokerId
  )
}
