import { GroupMetadataRecord, OffsetCommitRecord } from '../../protocol/internal/offsets-topic.ts'
import type { ClassicGroup } from './classic-group.ts'
import { EMPTY_ASSIGNMENT } from './classic-member.ts'
import type { CommittedOffset } from './committed-offsets.ts'

/** One record of `__consumer_offsets`, encoded; without a value it is a tombstone. */
export interface OffsetsRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** The versions that Kafka 4.4 writes. */
const GROUP_METADATA_VERSION = 3
const OFFSET_COMMIT_VERSION = 4
/** The one version that can hold an expiry of its own. */
const EXPIRING_OFFSET_COMMIT_VERSION = 1

/** A committed offset as Kafka writes it. */
export function offsetCommitRecord(
  groupId: string,
  topic: string,
  partition: number,
  committed: CommittedOffset,
): OffsetsRecord {
  const hasExpiry = committed.expireTimestampMs >= 0
  return {
    key: OffsetCommitRecord.encodeKey({ group: groupId, topic, partition }),
    value: OffsetCommitRecord.encodeValue(
      hasExpiry ? EXPIRING_OFFSET_COMMIT_VERSION : OFFSET_COMMIT_VERSION,
      {
        offset: committed.offset,
        leaderEpoch: committed.leaderEpoch,
        metadata: committed.metadata,
        commitTimestamp: committed.commitTimestampMs,
        expireTimestamp: committed.expireTimestampMs,
        topicId: committed.topicId,
      },
    ),
  }
}

/** Forgets a committed offset. */
export function offsetCommitTombstone(
  groupId: string,
  topic: string,
  partition: number,
): OffsetsRecord {
  return {
    key: OffsetCommitRecord.encodeKey({ group: groupId, topic, partition }),
    value: null,
  }
}

/**
 * The group as it is, with the assignments that its members are about to get.
 *
 * @param assignments by member id; those that are not there get an empty one
 */
export function groupMetadataRecord(
  group: ClassicGroup,
  assignments?: ReadonlyMap<string, Uint8Array>,
): OffsetsRecord {
  const { protocolName } = group
  return {
    key: GroupMetadataRecord.encodeKey({ group: group.groupId }),
    value: GroupMetadataRecord.encodeValue(GROUP_METADATA_VERSION, {
      protocolType: group.protocolType ?? '',
      generation: group.generationId,
      protocol: protocolName,
      leader: group.leaderId,
      currentStateTimestamp: group.currentStateTimestampMs ?? -1,
      members: [...group.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: member.metadata(protocolName!),
        assignment: assignments?.get(member.memberId) ?? EMPTY_ASSIGNMENT,
      })),
    }),
  }
}

/** Forgets a group, though not its offsets. */
export function groupMetadataTombstone(groupId: string): OffsetsRecord {
  return { key: GroupMetadataRecord.encodeKey({ group: groupId }), value: null }
}
