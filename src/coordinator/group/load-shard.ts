import { ErrorCode } from '../../protocol/error-code.ts'
import type { Decoded } from '../../protocol/schema/index.ts'
import { recordTypeOf } from '../../protocol/internal/coordinator-record.ts'
import {
  GroupMetadataRecord,
  LegacyOffsetCommitRecord,
  OffsetCommitRecord,
} from '../../protocol/internal/offsets-topic.ts'
import { batchesOf } from '../../record/batch-view.ts'
import { recordsOf } from '../../record/records.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ClassicGroup } from './classic-group.ts'
import { ClassicGroupState } from './classic-group-state.ts'
import { ClassicMember } from './classic-member.ts'
import { joinError, syncError } from './group-responses.ts'
import type { GroupShard } from './group-shard.ts'
import { openMemberSession } from './member-expiration.ts'
import { prepareRebalance } from './rebalance.ts'

/**
 * Reads a partition of `__consumer_offsets` from its beginning and takes up what it says. Members are given their session
 * timeout to report; a group that is larger than `group.max.size` has become rebalances at once. Records of other kinds of groups,
 * and of kinds from the future, are passed over.
 */
export function loadShard(shard: GroupShard, log: Iterable<Uint8Array>): void {
  for (const bytes of log) {
    for (const batch of batchesOf(bytes)) {
      if (batch.isControl) continue
      for (const { key, value } of recordsOf(batch)) if (key !== null) replay(shard, key, value)
    }
  }
  for (const group of shard.groups.values()) {
    for (const member of group.members.values()) member.session.renew(member.sessionTimeoutMs)
    if (group.members.size > shard.config.maxSize) prepareRebalance(shard, group)
  }
}

/** Lets go of all groups: those who wait in them are to look for the new coordinator (Kafka's `onUnloaded`). */
export function unloadShard(shard: GroupShard): void {
  for (const group of shard.groups.values()) {
    group.transitionTo(ClassicGroupState.Dead, shard.clock.now())
    group.joinTimer?.cancel()
    group.syncTimer?.cancel()
    for (const session of group.sessions()) session.end()
    for (const member of group.members.values()) {
      member.completeJoin(joinError(member.memberId, ErrorCode.NotCoordinator))
      member.completeSync(syncError(ErrorCode.NotCoordinator))
    }
  }
}

function replay(shard: GroupShard, key: Uint8Array, value: Uint8Array | null): void {
  switch (recordTypeOf(key)) {
    case LegacyOffsetCommitRecord.type:
    case OffsetCommitRecord.type:
      return replayOffsetCommit(shard, key, value)
    case GroupMetadataRecord.type:
      return replayGroupMetadata(shard, key, value)
  }
}

function replayOffsetCommit(shard: GroupShard, key: Uint8Array, value: Uint8Array | null): void {
  const isLegacy = recordTypeOf(key) === LegacyOffsetCommitRecord.type
  const { group, topic, partition } = (
    isLegacy ? LegacyOffsetCommitRecord : OffsetCommitRecord
  ).decodeKey(key)
  if (value === null) return shard.offsets.delete(group, topic, partition)
  const committed = OffsetCommitRecord.decodeValue(value)
  if (!shard.groups.has(group)) shard.createClassicGroup(group)
  shard.offsets.put(group, topic, partition, {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestampMs: committed.commitTimestamp,
    expireTimestampMs: committed.expireTimestamp,
    topicId: committed.topicId ?? ZERO_UUID,
  })
}

function replayGroupMetadata(shard: GroupShard, key: Uint8Array, value: Uint8Array | null): void {
  const { group: groupId } = GroupMetadataRecord.decodeKey(key)
  if (value === null) {
    shard.groups.delete(groupId)
    return
  }
  const metadata = GroupMetadataRecord.decodeValue(value)
  const group = new ClassicGroup({
    groupId,
    nowMs: shard.clock.now(),
    state: metadata.members.length > 0 ? ClassicGroupState.Stable : ClassicGroupState.Empty,
    generationId: metadata.generation,
    protocolType: metadata.protocolType === '' ? null : metadata.protocolType,
    protocolName: metadata.protocol,
    leaderId: metadata.leader,
    currentStateTimestampMs:
      metadata.currentStateTimestamp === -1 ? null : metadata.currentStateTimestamp,
  })
  for (const member of metadata.members) {
    group.add(loadedMember(shard, group, member), metadata.protocolType)
  }
  group.refreshSubscribedTopics()
  shard.groups.set(groupId, group)
}

type StoredMember = Decoded<typeof GroupMetadataRecord.value>['members'][number]

function loadedMember(shard: GroupShard, group: ClassicGroup, stored: StoredMember): ClassicMember {
  const { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeout, sessionTimeout } =
    stored
  return new ClassicMember({
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
    sessionTimeoutMs: sessionTimeout,
    // Copied, so that a few bytes do not keep a whole piece of the log in memory.
    protocols: [{ name: group.protocolName ?? '', metadata: stored.subscription.slice() }],
    assignment: stored.assignment.slice(),
    session: openMemberSession(shard, group, memberId),
  })
}
