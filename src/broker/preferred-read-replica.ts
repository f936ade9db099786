import { brokerEndpoint } from './broker-endpoints.ts'
import type { Partition } from './partition.ts'
import type { ReadableReplica, ReplicaSelector } from './replica-selector.ts'
import type { RequestContext } from './request-context.ts'

/**
 * Returns the follower from which a consumer shall read a partition that this broker leads;
 * `undefined` if it shall read from this broker (Kafka's `findPreferredReadReplica`). A follower
 * that is not in sync is never selected: the consumer would fall behind with it.
 */
export function preferredReadReplica(
  selector: ReplicaSelector,
  partition: Partition,
  fetchOffset: number,
  rackId: string,
  context: RequestContext,
): number | undefined {
  const followers = partition.inSyncReplicas?.havingOffset(fetchOffset) ?? []
  if (followers.length === 0) return undefined
  const { connection, clientId, services } = context
  const { brokerId, clock } = services
  const nowMs = clock.now()
  const replicas = followers.flatMap(({ brokerId: id, logEndOffset, lastCaughtUpMs }) =>
    viewOf(
      id,
      { logEndOffset, timeSinceLastCaughtUpMs: nowMs - lastCaughtUpMs, isLeader: false },
      context,
    ),
  )
  const { logEndOffset } = partition.log
  const leader = { logEndOffset, timeSinceLastCaughtUpMs: 0, isLeader: true }
  const selected = selector({
    topic: partition.topic,
    partition: partition.partition,
    fetchOffset,
    client: {
      rackId,
      clientId,
      host: connection.clientHost,
      principal: connection.principal,
      listener: connection.listenerName,
    },
    replicas: [...viewOf(brokerId, leader, context), ...replicas],
  })
  return replicas.some((replica) => replica.brokerId === selected) ? selected : undefined
}

/** Returns nothing for a broker that the consumer cannot connect to. */
function viewOf(
  brokerId: number,
  state: Pick<ReadableReplica, 'logEndOffset' | 'timeSinceLastCaughtUpMs' | 'isLeader'>,
  context: RequestContext,
): ReadableReplica[] {
  const node = brokerEndpoint(brokerId, context)
  if (node === undefined) return []
  const { host, port, rack } = node
  return [{ brokerId, host, port, rack, ...state }]
}
