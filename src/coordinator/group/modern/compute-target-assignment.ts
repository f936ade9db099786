import type { MetadataImage } from '../../../controller/metadata-image.ts'
import { inHashMapOrder, javaStringHash } from '../../../platform/java-hash-map.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import { isSameAssignment, NO_PARTITIONS } from './assigned-partitions.ts'
import type {
  AssignedPartitions,
  AssignmentInput,
  AssignorMember,
  PartitionAssignor,
  TargetAssignment,
} from './assignment-input.ts'
import type { ModernMember } from './modern-member.ts'

/** Options of {@link computeTargetAssignment}. */
export interface TargetAssignmentOptions<M extends ModernMember> {
  readonly members: ReadonlyMap<string, M>
  /** The target assignment so far, by member id. */
  readonly targetAssignment: TargetAssignment
  /** Returns the names of the topics to which a member is subscribed. */
  readonly subscriptionOf: (member: M) => Iterable<string>
  /** Whether all members are subscribed to the same topics. */
  readonly isHomogeneous: boolean
  readonly assignor: PartitionAssignor
  readonly image: Pick<MetadataImage, 'topics' | 'topicsById'>
  /** Whether members may get the partition; default all. */
  readonly isAssignable?: (topicId: Uuid, partition: number) => boolean
}

/** A new target assignment. */
export interface ComputedTargetAssignment {
  readonly assignment: TargetAssignment
  /** The members whose target differs from the one before, in the order of Kafka's records. */
  readonly changed: ReadonlyMap<string, AssignedPartitions>
}

/** Lets an assignor compute a target assignment (Kafka's `TargetAssignmentBuilder`). */
export function computeTargetAssignment<M extends ModernMember>(
  options: TargetAssignmentOptions<M>,
): ComputedTargetAssignment {
  const { members, targetAssignment, assignor, image, isHomogeneous, isAssignable } = options
  const input: AssignmentInput = {
    members: assignorMembers(options),
    isHomogeneous,
    partitionCount: (topicId) => image.topicsById.get(topicId)?.partitions.length,
    ...(isAssignable === undefined ? {} : { isAssignable }),
  }
  const assignment = assignor(input)
  const changed = new Map<string, AssignedPartitions>()
  for (const memberId of inHashMapOrder([...members.keys()], javaStringHash)) {
    const before = targetAssignment.get(memberId)
    const after = assignment.get(memberId) ?? NO_PARTITIONS
    if (before === undefined || !isSameAssignment(before, after)) changed.set(memberId, after)
  }
  return { assignment, changed }
}

function assignorMembers<M extends ModernMember>({
  members,
  targetAssignment,
  subscriptionOf,
  isHomogeneous,
  image,
}: TargetAssignmentOptions<M>): Map<string, AssignorMember> {
  const result = new Map<string, AssignorMember>()
  const topicsOf = (member: M) => existingTopics(subscriptionOf(member), image)
  // Kafka's assignors look only at the subscription of the first member.
  const [first] = isHomogeneous ? inHashMapOrder([...members.keys()], javaStringHash) : []
  const common = first === undefined ? undefined : topicsOf(members.get(first)!)
  for (const [memberId, member] of members) {
    const topicIds = common ?? topicsOf(member)
    const assigned = targetAssignment.get(memberId) ?? NO_PARTITIONS
    result.set(memberId, { instanceId: member.instanceId, topicIds, assigned })
  }
  return result
}

/** Returns the ids of the topics that exist. */
function existingTopics(
  names: Iterable<string>,
  { topics }: Pick<MetadataImage, 'topics'>,
): ReadonlySet<Uuid> {
  const ids = new Set<Uuid>()
  for (const name of names) {
    const topic = topics.get(name)
    if (topic !== undefined) ids.add(topic.id)
  }
  return ids
}
