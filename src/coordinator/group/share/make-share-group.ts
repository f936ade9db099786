import type { GroupContext } from '../group-context.ts'
import { ShareGroup } from './share-group.ts'
import { shareGroupSnapshot } from './share-group-snapshot.ts'
import { ShareSessions } from './share-sessions.ts'

/** Returns a new group without members. */
export function makeShareGroup(groupId: string, context: GroupContext): ShareGroup {
  return new ShareGroup(groupId, {
    createObserver: (group) => new ShareSessions(group, context),
    snapshot: (group) => shareGroupSnapshot(group, context.image),
    nowMs: () => context.clock.now(),
  })
}
