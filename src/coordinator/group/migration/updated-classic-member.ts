import type { JoinGroupRequest, MemberProtocol } from '../classic/classic-member.ts'
import type { ClassicMemberMetadata, ConsumerMember } from '../consumer/consumer-member.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import type { Subscription } from './embedded-protocol.ts'

/** Returns a member of a consumer group with the data of its JoinGroup. */
export function updatedClassicMember(
  member: ConsumerMember,
  request: JoinGroupRequest,
  { clientId, connection }: Pick<GroupRequestContext, 'clientId' | 'connection'>,
  { topics, rackId }: Subscription,
): ConsumerMember {
  const { sessionTimeoutMs, protocols, rebalanceTimeoutMs } = request
  return {
    ...member,
    instanceId: request.groupInstanceId ?? member.instanceId,
    rackId: rackId === null || rackId === '' ? member.rackId : rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    subscribedTopicNames: new Set(topics),
    subscribedTopicRegex: '',
    clientId: clientId ?? '',
    clientHost: `/${connection.clientHost}`,
    classicMetadata: classicMetadata(member, { sessionTimeoutMs, supportedProtocols: protocols }),
  }
}

/** Returns the same object if nothing has changed, so that no record is written. */
function classicMetadata(
  { classicMetadata: before }: ConsumerMember,
  after: ClassicMemberMetadata,
): ClassicMemberMetadata {
  const isSame =
    before !== null &&
    before.sessionTimeoutMs === after.sessionTimeoutMs &&
    areSameProtocols(before.supportedProtocols, after.supportedProtocols)
  return isSame ? before : after
}

function areSameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, metadata }, index) => {
      const other = b[index]!
      return name === other.name && Buffer.compare(metadata, other.metadata) === 0
    })
  )
}
