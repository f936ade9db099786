import { ErrorCode } from '../../protocol/error-code.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import type { CommittedOffset } from './committed-offsets.ts'
import type { GroupShard } from './group-shard.ts'
import { groupMetadataTombstone, offsetCommitTombstone } from './offsets-records.ts'
import type { OffsetsRecord } from './offsets-records.ts'

/**
 * Forgets offsets whose retention is over, and groups that have neither members nor offsets left (Kafka's
 * `cleanupGroupMetadata`). All tombstones of the shard go out as one batch; when it cannot be written nothing happens.
 */
export function expireOffsets(shard: GroupShard): void {
  const records: OffsetsRecord[] = []
  const expired: { groupId: string; topic: string; partition: number }[] = []
  const emptied: string[] = []
  for (const [groupId, group] of shard.groups) {
    let remaining = 0
    for (const [topic, partitions] of shard.offsets.ofGroup(groupId)) {
      for (const [partition, committed] of partitions) {
        if (group.isSubscribedTo(topic) || !isExpired(shard, group, committed)) {
          remaining++
          continue
        }
        expired.push({ groupId, topic, partition })
        records.push(offsetCommitTombstone(groupId, topic, partition))
      }
    }
    if (remaining > 0 || group.state !== ClassicGroupState.Empty) continue
    emptied.push(groupId)
    records.push(groupMetadataTombstone(groupId))
  }
  if (shard.append(records) !== ErrorCode.None) return
  for (const { groupId, topic, partition } of expired)
    shard.offsets.delete(groupId, topic, partition)
  for (const groupId of emptied) shard.removeGroup(groupId)
}

/** Forgets what was committed for topics that are gone. */
export function deleteOffsetsOfTopics(shard: GroupShard, topics: ReadonlySet<string>): void {
  const deleted: { groupId: string; topic: string; partition: number }[] = []
  for (const groupId of shard.groups.keys()) {
    for (const [topic, partitions] of shard.offsets.ofGroup(groupId)) {
      if (!topics.has(topic)) continue
      for (const partition of partitions.keys()) deleted.push({ groupId, topic, partition })
    }
  }
  const records = deleted.map(({ groupId, topic, partition }) =>
    offsetCommitTombstone(groupId, topic, partition),
  )
  if (shard.append(records) !== ErrorCode.None) return
  for (const { groupId, topic, partition } of deleted)
    shard.offsets.delete(groupId, topic, partition)
}

function isExpired(shard: GroupShard, group: ClassicGroup, committed: CommittedOffset): boolean {
  const retainedSinceMs = retentionStart(group, committed)
  if (retainedSinceMs === undefined) return false
  const nowMs = shard.clock.now()
  if (committed.expireTimestampMs >= 0) return nowMs >= committed.expireTimestampMs
  return nowMs - retainedSinceMs >= shard.config.offsetsRetentionMs
}

/** Since when the retention of an offset runs (KIP-211); `undefined` while it does not. */
function retentionStart(group: ClassicGroup, committed: CommittedOffset): number | undefined {
  if (group.protocolType === null) return committed.commitTimestampMs
  if (group.state === ClassicGroupState.Empty) {
    return group.currentStateTimestampMs ?? committed.commitTimestampMs
  }
  const knowsSubscriptions = group.usesConsumerGroupProtocol && group.subscribedTopics !== null
  return knowsSubscriptions && group.state === ClassicGroupState.Stable
    ? committed.commitTimestampMs
    : undefined
}
