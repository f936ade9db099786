import type { ClusterClient } from '../client/cluster-client.ts'
import { committedOffsets } from '../client/committed-offsets.ts'
import type { CommittedOffset } from '../client/committed-offsets.ts'
import { GroupMember } from '../client/group-member.ts'
import type { PartitionPosition } from '../client/partition-fetcher.ts'
import type { TopicPartition } from '../client/topic-partition.ts'
import type { Consumption } from './consumption.ts'
import { resolveStart } from './start-offset.ts'
import type { StartOffset } from './start-offset.ts'

/**
 * Consumes as a member of a classic group: through rebalances, committing what has been printed, until the
 * consumption stops; then the member leaves.
 *
 * @param start for partitions without a committed offset
 */
export async function consumeInGroup(
  client: ClusterClient,
  groupId: string,
  topics: readonly string[],
  start: StartOffset,
  consumption: Consumption,
): Promise<void> {
  await client.topics(topics)
  const member = await GroupMember.open(client, groupId, topics)
  while (!consumption.isStopped) {
    const offsets = await nextOffsets(client, groupId, await member.join(), start)
    let positions: readonly PartitionPosition[] = []
    await consumption.read(client, offsets, (current) => {
      positions = current
      return member.heartbeat(() => member.commit(positions))
    })
    await member.commit(positions)
  }
  await member.leave()
}

async function nextOffsets(
  client: ClusterClient,
  groupId: string,
  assigned: readonly TopicPartition[],
  start: StartOffset,
): Promise<CommittedOffset[]> {
  if (assigned.length === 0) return []
  const coordinator = await client.coordinator(groupId)
  const committed = await client.retry(() => committedOffsets(coordinator, groupId, assigned))
  coordinator.close()
  const isCommitted = ({ topic, partition }: TopicPartition): boolean =>
    committed.some((one) => one.topic === topic && one.partition === partition)
  const fresh = assigned.filter((one) => !isCommitted(one))
  const offsets = fresh.length === 0 ? [] : await resolveStart(client, fresh, start)
  return [...committed, ...fresh.map((one, i) => ({ ...one, offset: offsets[i]! }))]
}
