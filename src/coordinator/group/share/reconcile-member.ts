import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { MemberState } from '../modern/member-state.ts'
import { isReconciledTo } from '../modern/modern-member.ts'
import { isSameCurrent } from './share-member.ts'
import type { ShareMember } from './share-member.ts'
import type { MemberTarget } from './update-target-assignment.ts'

/**
 * Returns a member with its target partitions (Kafka's `ShareGroupAssignmentBuilder`): nothing must
 * be revoked first, because several members may read a partition. Returns the same object if
 * nothing has changed.
 *
 * @param isNewEpoch whether the request has begun a new group epoch
 */
export function reconcileMember(
  member: ShareMember,
  { epoch, assigned }: Pick<MemberTarget, 'epoch' | 'assigned'>,
  isNewEpoch: boolean,
  image: Pick<MetadataImage, 'topics'>,
): ShareMember {
  if (!isNewEpoch && isReconciledTo(member, epoch)) return member
  const reconciled = { ...member, assigned: subscribedOnly(assigned, member, image) }
  if (epoch !== member.memberEpoch) {
    reconciled.memberEpoch = epoch
    reconciled.previousMemberEpoch = member.memberEpoch
    reconciled.state = MemberState.Stable
  }
  return isSameCurrent(member, reconciled) ? member : reconciled
}

/** The target may be older than the subscription. */
function subscribedOnly(
  assigned: AssignedPartitions,
  { subscribedTopicNames }: ShareMember,
  { topics }: Pick<MetadataImage, 'topics'>,
): AssignedPartitions {
  const ids = new Set([...subscribedTopicNames].map((name) => topics.get(name)?.id))
  return new Map([...assigned].filter(([topicId]) => ids.has(topicId)))
}
