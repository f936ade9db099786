import type { MemberProtocol } from '../classic/classic-member.ts'
import { selectProtocol } from '../classic/protocol-vote.ts'
import { groupMetadata } from '../classic/stored-records.ts'
import type { StoredMember } from '../classic/stored-group.ts'
import type { GroupContext } from '../group-context.ts'
import type { ClassicGroupMetadata, GroupRecord } from '../group-records.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { ConsumerMember } from '../consumer/consumer-member.ts'
import { groupTombstones } from '../consumer/consumer-records.ts'
import { assignmentBytes } from './embedded-protocol.ts'
import { migrationPolicy } from './migration-policy.ts'

/** The event that makes a consumer group a classic group. */
export interface Downgrade {
  /** The members that leave; default none. */
  readonly leaving?: readonly ConsumerMember[]
  /** A classic member that replaces a static member. */
  readonly joining?: ConsumerMember
  /** The cause of the rebalance that follows; default none follows. */
  readonly rebalanceCause?: string | undefined
}

/** Whether a group becomes a classic group because only classic members remain. */
export function canDowngradeWithout(
  context: GroupContext,
  group: ConsumerGroup,
  leaving: readonly ConsumerMember[],
): boolean {
  const remaining = group.members.size - leaving.length
  const classicLeaving = leaving.filter(({ classicMetadata }) => classicMetadata !== null).length
  return (
    remaining > 0 &&
    group.classicMemberCount - classicLeaving === remaining &&
    allowsClassicGroup(context, remaining)
  )
}

/** Whether a group becomes a classic group because a classic member replaces this one. */
export function canDowngradeReplacing(
  context: GroupContext,
  group: ConsumerGroup,
  replaced: ConsumerMember,
): boolean {
  return (
    replaced.classicMetadata === null &&
    group.classicMemberCount === group.members.size - 1 &&
    allowsClassicGroup(context, group.members.size)
  )
}

/**
 * Returns the records that make a consumer group a classic one (Kafka's `convertToClassicGroup`).
 * Its members have their target assignments.
 */
export function downgradeToClassicGroup(
  { clock, image, hooks }: GroupContext,
  group: ConsumerGroup,
  { leaving = [], joining, rebalanceCause }: Downgrade,
): GroupRecord[] {
  const { groupId, groupEpoch } = group
  hooks.rebalanced(groupId, groupEpoch, 'migrated to a classic group')
  const replaced = joining && group.staticMember(joining.instanceId ?? '')
  // The first one in Kafka's order becomes the leader.
  const members = group.orderedMembers.filter(
    (member) => member !== replaced && !leaving.includes(member),
  )
  if (joining !== undefined) members.push(joining)
  const protocols = new Map(members.map((member) => [member.memberId, protocolsOf(member)]))
  const protocolName = selectProtocol([...protocols.values()].map((each) => ({ protocols: each })))
  const metadata = groupMetadata(groupId, {
    protocolType: 'consumer',
    generationId: groupEpoch,
    protocolName,
    leaderId: members[0]?.memberId ?? null,
    currentStateTimestampMs: clock.now(),
    members: members.map((member): StoredMember => {
      const subscription = protocolsOf(member).find(({ name }) => name === protocolName)!.metadata
      const { memberId } = member === joining && replaced !== undefined ? replaced : member
      return {
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        sessionTimeoutMs: member.classicMetadata!.sessionTimeoutMs,
        subscription,
        assignment: assignmentBytes(group.targetOf(memberId), subscription, image),
      }
    }),
  })
  const classic: ClassicGroupMetadata = { ...metadata, downgrade: { protocols, rebalanceCause } }
  return [...tombstones(group, replaced, joining), classic]
}

function allowsClassicGroup({ brokerConfig, config }: GroupContext, size: number): boolean {
  return migrationPolicy(brokerConfig).allowsDowngrade && size <= config.maxSize
}

/** By now the joining member has the place of the member that it replaces. */
function tombstones(
  group: ConsumerGroup,
  replaced: ConsumerMember | undefined,
  joining: ConsumerMember | undefined,
): GroupRecord[] {
  if (replaced === undefined || joining === undefined) return group.tombstones()
  const memberIds = [...group.members.keys()].map((memberId) =>
    memberId === replaced.memberId ? joining.memberId : memberId,
  )
  return groupTombstones(group.groupId, memberIds, group.resolvedRegexes.keys())
}

function protocolsOf({ classicMetadata }: ConsumerMember): readonly MemberProtocol[] {
  return classicMetadata?.supportedProtocols ?? []
}
