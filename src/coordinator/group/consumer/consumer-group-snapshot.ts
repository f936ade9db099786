import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { GroupSnapshot, MemberSnapshot } from '../group-snapshot.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { OwnedPartitions } from './consumer-member.ts'

type TopicsById = Pick<MetadataImage, 'topicsById'>

/** Returns what a consumer group looks like now. Partitions of deleted topics are omitted. */
export function consumerGroupSnapshot(group: ConsumerGroup, image: TopicsById): GroupSnapshot {
  const members = Array.from(group.members.values(), (member): MemberSnapshot => ({
    memberId: member.memberId,
    instanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    epoch: member.memberEpoch,
    assignment: partitionsByName(member.assigned, image),
  }))
  const { groupId, type, state, groupEpoch: epoch } = group
  return { groupId, type, state, epoch, members }
}

function partitionsByName(
  owned: OwnedPartitions,
  { topicsById }: TopicsById,
): ReadonlyMap<string, readonly number[]> {
  const result = new Map<string, readonly number[]>()
  for (const [topicId, epochs] of owned) {
    const name = topicsById.get(topicId)?.name
    if (name !== undefined)
      result.set(
        name,
        [...epochs.keys()].toSorted((a, b) => a - b),
      )
  }
  return result
}
