import type { GroupContext } from '../group-context.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { consumerGroupSnapshot } from './consumer-group-snapshot.ts'
import { MemberTimers } from './member-timers.ts'

/** Returns a new group without members. */
export function makeConsumerGroup(groupId: string, context: GroupContext): ConsumerGroup {
  return new ConsumerGroup(groupId, {
    createObserver: (group) => new MemberTimers(group, context),
    snapshot: (group) => consumerGroupSnapshot(group, context.image),
  })
}
