import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'
import { MemberState } from '../modern/member-state.ts'
import { NOTHING_OWNED } from './consumer-member.ts'
import type { ConsumerMember, OwnedPartitions } from './consumer-member.ts'
import { NO_OWNER } from './partition-epochs.ts'
import type { PartitionEpochs } from './partition-epochs.ts'
import type { ResolvedRegexes } from './resolved-regex.ts'
import { subscribedTopics } from './subscribed-topics.ts'

/** The partitions that a member says it owns; `null` if the request does not say. */
export type ReportedPartitions =
  | readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[]
  | null

/** The state from which the next assignment of a member follows. */
export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: AssignedPartitions
  readonly hasSubscriptionChanged: boolean
  readonly resolvedRegexes: ResolvedRegexes
  readonly partitionEpochs: Pick<PartitionEpochs, 'get'>
  readonly reported: ReportedPartitions
  readonly image: Pick<MetadataImage, 'topicsById'>
}

/**
 * Returns the member after its next step to its target assignment (Kafka's
 * `CurrentAssignmentBuilder`). It first revokes, then gets free partitions. The same object means
 * that nothing changes.
 */
export function nextAssignment(
  member: ConsumerMember,
  reconciliation: Reconciliation,
): ConsumerMember | ApiError {
  const { targetEpoch, hasSubscriptionChanged, reported } = reconciliation
  const update = () =>
    hasSubscriptionChanged ? withoutUnsubscribed(member, reconciliation) : member
  switch (member.state) {
    case MemberState.Stable:
      if (member.memberEpoch === targetEpoch) return update()
      return advance(member, member.memberEpoch, reconciliation)
    case MemberState.UnrevokedPartitions:
      if (ownsAny(reported, member.pendingRevocation)) return update()
      return advance(member, member.memberEpoch, reconciliation)
    case MemberState.UnreleasedPartitions:
      return advance(member, member.memberEpoch, reconciliation)
    case MemberState.Unknown:
      if (reported?.length === 0) return advance(member, targetEpoch, reconciliation)
      return new ApiError(
        ErrorCode.FencedMemberEpoch,
        'The consumer group member is in a unknown state. ' +
          'The member must abandon all its partitions and rejoin.',
      )
  }
}

/** Revokes the partitions of topics to which the member is no longer subscribed. */
function withoutUnsubscribed(
  member: ConsumerMember,
  reconciliation: Reconciliation,
): ConsumerMember {
  const isSubscribed = subscriptionTest(member, reconciliation)
  const assigned = new Map(member.assigned)
  const pending = new Map(member.pendingRevocation)
  for (const [topicId, epochs] of member.assigned) {
    if (isSubscribed(topicId)) continue
    assigned.delete(topicId)
    pending.set(topicId, new Map([...(pending.get(topicId) ?? []), ...epochs]))
  }
  if (assigned.size === member.assigned.size) return member
  const advanced = { ...member, previousMemberEpoch: member.memberEpoch, assigned }
  if (!ownsAny(reconciliation.reported, pending)) return advanced
  return { ...advanced, state: MemberState.UnrevokedPartitions, pendingRevocation: pending }
}

/**
 * Moves the member to its target. Partitions that others still own are missing until they are
 * released.
 */
function advance(
  member: ConsumerMember,
  memberEpoch: number,
  reconciliation: Reconciliation,
): ConsumerMember {
  const { targetEpoch, reported } = reconciliation
  const { kept, revoked, free, hasUnreleased } = compare(member, reconciliation)
  const previousMemberEpoch = member.memberEpoch
  if (revoked.size > 0 && ownsAny(reported, revoked)) {
    return {
      ...member,
      state: MemberState.UnrevokedPartitions,
      memberEpoch,
      previousMemberEpoch,
      assigned: kept,
      pendingRevocation: revoked,
    }
  }
  const assigned = new Map(kept)
  for (const [topicId, partitions] of free) {
    const epochs = new Map(kept.get(topicId))
    for (const partition of partitions) epochs.set(partition, targetEpoch)
    assigned.set(topicId, epochs)
  }
  return {
    ...member,
    state: hasUnreleased ? MemberState.UnreleasedPartitions : MemberState.Stable,
    memberEpoch: targetEpoch,
    previousMemberEpoch,
    assigned,
    pendingRevocation: NOTHING_OWNED,
  }
}

interface Comparison {
  readonly kept: OwnedPartitions
  readonly revoked: OwnedPartitions
  /** Partitions of the target that have no owner. */
  readonly free: AssignedPartitions
  /** Whether another member owns a partition of the target. */
  readonly hasUnreleased: boolean
}

function compare(member: ConsumerMember, reconciliation: Reconciliation): Comparison {
  const { target, partitionEpochs } = reconciliation
  const isSubscribed = subscriptionTest(member, reconciliation)
  const kept = new Map<Uuid, ReadonlyMap<number, number>>()
  const revoked = new Map<Uuid, ReadonlyMap<number, number>>()
  const free = new Map<Uuid, readonly number[]>()
  let hasUnreleased = false
  for (const topicId of new Set([...target.keys(), ...member.assigned.keys()])) {
    const wanted = isSubscribed(topicId) ? (target.get(topicId) ?? []) : []
    const owned = member.assigned.get(topicId) ?? new Map<number, number>()
    const wantedSet = new Set(wanted)
    putIfAny(kept, topicId, new Map([...owned].filter(([partition]) => wantedSet.has(partition))))
    putIfAny(
      revoked,
      topicId,
      new Map([...owned].filter(([partition]) => !wantedSet.has(partition))),
    )
    const pending = member.pendingRevocation.get(topicId)
    const missing = wanted.filter((partition) => !owned.has(partition))
    const available = missing.filter(
      (partition) =>
        partitionEpochs.get(topicId, partition) === NO_OWNER || pending?.has(partition) === true,
    )
    if (available.length < missing.length) hasUnreleased = true
    if (available.length > 0) free.set(topicId, available)
  }
  return { kept, revoked, free, hasUnreleased }
}

function putIfAny(
  partitions: Map<Uuid, ReadonlyMap<number, number>>,
  topicId: Uuid,
  epochs: ReadonlyMap<number, number>,
): void {
  if (epochs.size > 0) partitions.set(topicId, epochs)
}

/** Returns whether a member may still own one of the partitions. */
function ownsAny(reported: ReportedPartitions, owned: OwnedPartitions): boolean {
  if (reported === null) return true
  return reported.some(({ topicId, partitions }) => {
    const epochs = owned.get(topicId)
    return epochs !== undefined && partitions.some((partition) => epochs.has(partition))
  })
}

function subscriptionTest(
  member: ConsumerMember,
  { resolvedRegexes, image }: Reconciliation,
): (topicId: Uuid) => boolean {
  const names = subscribedTopics(member, resolvedRegexes)
  return (topicId) => {
    const name = image.topicsById.get(topicId)?.name
    return name !== undefined && names.has(name)
  }
}
