import { ZERO_UUID } from '../../../platform/uuid.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import { offsetTombstone } from '../group-records.ts'
import type { GroupRecord } from '../group-records.ts'
import type { Group } from '../group.ts'
import type { CommittedOffset } from './committed-offset.ts'
import type { GroupState } from '../group-state.ts'

/**
 * Returns the tombstones of expired offsets, and of groups without members and offsets (Kafka's
 * `cleanupGroupMetadata`).
 */
export function expireOffsets(
  state: GroupState,
  nowMs: number,
  retentionMs: number,
): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const [groupId, group] of state.groups) {
    const isExpired = expiryOf(group, nowMs, retentionMs)
    let remaining = state.offsets.hasPending(groupId) ? 1 : 0
    for (const [topic, partitions] of state.offsets.ofGroup(groupId)) {
      const isSubscribed = group.isSubscribedTo(topic)
      for (const [partition, committed] of partitions) {
        const isKept = isSubscribed || state.offsets.isPending(groupId, topic, partition)
        if (isKept || !isExpired(committed)) remaining++
        else records.push(offsetTombstone(groupId, topic, partition))
      }
    }
    if (remaining === 0 && group.isEmpty && group.expires) records.push(...group.tombstones())
  }
  return records
}

/** Topics by name that no longer exist. */
export type DeletedTopics = ReadonlyMap<string, { readonly id: Uuid }>

/**
 * Returns the tombstones of the committed offsets of deleted topics. Offsets for a topic of the
 * same name with another id are kept, as in Kafka.
 */
export function forgetTopics({ offsets }: GroupState, deletedTopics: DeletedTopics): GroupRecord[] {
  const records: GroupRecord[] = []
  for (const [groupId, topic, partition, { topicId }] of offsets.entries()) {
    const deleted = deletedTopics.get(topic)
    if (deleted === undefined || (topicId !== ZERO_UUID && topicId !== deleted.id)) continue
    records.push(offsetTombstone(groupId, topic, partition))
  }
  return records
}

function expiryOf(
  group: Group,
  nowMs: number,
  retentionMs: number,
): (committed: CommittedOffset) => boolean {
  const retentionStart = group.offsetRetention()
  if (retentionStart === undefined) return () => false
  return (committed) =>
    committed.expireTimestampMs >= 0
      ? nowMs >= committed.expireTimestampMs
      : nowMs - retentionStart(committed) >= retentionMs
}
