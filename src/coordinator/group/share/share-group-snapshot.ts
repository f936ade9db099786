import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { GroupSnapshot, MemberSnapshot } from '../group-snapshot.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareMember } from './share-member.ts'

/** Returns what a share group looks like. Topics that do not exist any more are left out. */
export function shareGroupSnapshot(
  { groupId, type, state, groupEpoch, members, statePartitions }: ShareGroup,
  image: Pick<MetadataImage, 'topicsById'>,
): GroupSnapshot {
  const snapshots = Array.from(members.values(), (member) => memberSnapshot(member, image))
  const initialized = [...(statePartitions?.initialized ?? [])]
  const sharePartitions = new Map(
    initialized.flatMap(([topicId, { partitions }]) => {
      const topic = image.topicsById.get(topicId)
      return topic === undefined ? [] : [[topic.name, partitions] as const]
    }),
  )
  return { groupId, type, state, epoch: groupEpoch, members: snapshots, sharePartitions }
}

function memberSnapshot(
  { memberId, instanceId, clientId, clientHost, memberEpoch, assigned }: ShareMember,
  { topicsById }: Pick<MetadataImage, 'topicsById'>,
): MemberSnapshot {
  const assignment = new Map<string, readonly number[]>()
  for (const [topicId, partitions] of assigned) {
    const topic = topicsById.get(topicId)
    if (topic !== undefined) assignment.set(topic.name, partitions)
  }
  return { memberId, instanceId, clientId, clientHost, epoch: memberEpoch, assignment }
}
