import { ZERO_UUID } from '../../platform/uuid.ts'
import { recordTypeOf } from '../../protocol/internal/coordinator-record.ts'
import {
  GroupMetadataRecord,
  LegacyOffsetCommitRecord,
  OffsetCommitRecord,
} from '../../protocol/internal/offsets-topic.ts'
import type { EncodedRecord, RecordSerde } from '../runtime/coordinator-shard.ts'
import type { MemberProtocol } from './classic/classic-member.ts'
import type { StoredGroup } from './classic/stored-group.ts'
import {
  consumerGroupDecoders,
  encodeConsumerGroupRecord,
} from './consumer/consumer-record-serde.ts'
import type { ConsumerGroupRecord } from './consumer/consumer-records.ts'
import { encodeShareGroupRecord, shareGroupDecoders } from './share/share-record-serde.ts'
import type { ShareGroupRecord } from './share/share-records.ts'
import type { CommittedOffset } from './offsets/committed-offset.ts'
import { decodeStreamsGroupRecord, encodeStreamsGroupRecord } from './streams/streams-records.ts'
import type { StreamsGroupRecord } from './streams/streams-records.ts'

/** A record of `__consumer_offsets`. */
export type GroupRecord =
  | OffsetCommit
  | ClassicGroupMetadata
  | ConsumerGroupRecord
  | StreamsGroupRecord
  | ShareGroupRecord

/** A committed offset of a group for a partition; `null` deletes it. */
export interface OffsetCommit {
  readonly kind: 'offsetCommit'
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly committed: CommittedOffset | null
}

/** A classic group with its members; `null` deletes it, but not its offsets. */
export interface ClassicGroupMetadata {
  readonly kind: 'classicGroupMetadata'
  readonly groupId: string
  readonly metadata: StoredGroup | null
  /** Set if the group takes the place of a consumer group; not stored. */
  readonly downgrade?: DowngradedGroup
}

/** The part of a former consumer group that exists only in memory. */
export interface DowngradedGroup {
  /** All protocols of the members, of which the record has one, by member id. */
  readonly protocols: ReadonlyMap<string, readonly MemberProtocol[]>
  /** The cause of the rebalance that follows, or `undefined` if none does. */
  readonly rebalanceCause: string | undefined
}

/** The versions that Kafka 4.4 writes. */
const GROUP_METADATA_VERSION = 3
const OFFSET_COMMIT_VERSION = 4
/** The only version with its own expiry time. */
const EXPIRING_OFFSET_COMMIT_VERSION = 1

/**
 * Encodes and decodes the records of `__consumer_offsets`. Types of other kinds of groups, and
 * later versions, are unknown.
 */
export const groupRecords: RecordSerde<GroupRecord> = {
  encode: (record) => {
    switch (record.kind) {
      case 'offsetCommit':
        return encodeOffsetCommit(record)
      case 'classicGroupMetadata':
        return encodeGroupMetadata(record)
      case 'consumerGroupMetadata':
      case 'consumerGroupPartitionMetadata':
      case 'consumerGroupMemberMetadata':
      case 'consumerGroupTargetMetadata':
      case 'consumerGroupTargetMember':
      case 'consumerGroupCurrentMember':
      case 'consumerGroupRegex':
        return encodeConsumerGroupRecord(record)
      case 'streamsGroupMetadata':
      case 'streamsGroupTopology':
      case 'streamsGroupTargetAssignmentMetadata':
      case 'streamsGroupMemberMetadata':
      case 'streamsGroupTargetAssignmentMember':
      case 'streamsGroupCurrentMemberAssignment':
        return encodeStreamsGroupRecord(record)
      case 'shareGroupMetadata':
      case 'shareGroupMemberMetadata':
      case 'shareGroupTargetMetadata':
      case 'shareGroupTargetMember':
      case 'shareGroupCurrentMember':
      case 'shareGroupStatePartitions':
        return encodeShareGroupRecord(record)
    }
  },
  decode: (key, value) => {
    const type = recordTypeOf(key)
    switch (type) {
      case LegacyOffsetCommitRecord.type:
        return decodeOffsetCommit(LegacyOffsetCommitRecord.decodeKey(key), value)
      case OffsetCommitRecord.type:
        return decodeOffsetCommit(OffsetCommitRecord.decodeKey(key), value)
      case GroupMetadataRecord.type:
        return decodeGroupMetadata(key, value)
      default:
        return (
          (consumerGroupDecoders.get(type) ?? shareGroupDecoders.get(type))?.(key, value) ??
          decodeStreamsGroupRecord(type, key, value)
        )
    }
  },
}

/** Returns the record that deletes a committed offset. */
export function offsetTombstone(groupId: string, topic: string, partition: number): OffsetCommit {
  return { kind: 'offsetCommit', groupId, topic, partition, committed: null }
}

function encodeOffsetCommit({ groupId, topic, partition, committed }: OffsetCommit): EncodedRecord {
  const key = OffsetCommitRecord.encodeKey({ group: groupId, topic, partition })
  if (committed === null) return { key, value: null }
  const version =
    committed.expireTimestampMs >= 0 ? EXPIRING_OFFSET_COMMIT_VERSION : OFFSET_COMMIT_VERSION
  const value = OffsetCommitRecord.encodeValue(version, {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: committed.commitTimestampMs,
    expireTimestamp: committed.expireTimestampMs,
    topicId: committed.topicId,
  })
  return { key, value }
}

function decodeOffsetCommit(
  key: { readonly group: string; readonly topic: string; readonly partition: number },
  bytes: Uint8Array | null,
): OffsetCommit {
  const value = bytes === null ? null : OffsetCommitRecord.decodeValue(bytes)
  return {
    kind: 'offsetCommit',
    groupId: key.group,
    topic: key.topic,
    partition: key.partition,
    committed: value && {
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: value.commitTimestamp,
      expireTimestampMs: value.expireTimestamp,
      topicId: value.topicId ?? ZERO_UUID,
    },
  }
}

function encodeGroupMetadata({ groupId, metadata }: ClassicGroupMetadata): EncodedRecord {
  const key = GroupMetadataRecord.encodeKey({ group: groupId })
  if (metadata === null) return { key, value: null }
  const value = GroupMetadataRecord.encodeValue(GROUP_METADATA_VERSION, {
    protocolType: metadata.protocolType ?? '',
    generation: metadata.generationId,
    protocol: metadata.protocolName,
    leader: metadata.leaderId,
    currentStateTimestamp: metadata.currentStateTimestampMs ?? -1,
    members: metadata.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.subscription,
      assignment: member.assignment,
    })),
  })
  return { key, value }
}

/** The bytes are copied, so that they do not keep a whole slice of the log in memory. */
function decodeGroupMetadata(key: Uint8Array, bytes: Uint8Array | null): ClassicGroupMetadata {
  const { group: groupId } = GroupMetadataRecord.decodeKey(key)
  if (bytes === null) return { kind: 'classicGroupMetadata', groupId, metadata: null }
  const value = GroupMetadataRecord.decodeValue(bytes)
  const metadata: StoredGroup = {
    protocolType: value.protocolType === '' ? null : value.protocolType,
    generationId: value.generation,
    protocolName: value.protocol,
    leaderId: value.leader,
    currentStateTimestampMs:
      value.currentStateTimestamp === -1 ? null : value.currentStateTimestamp,
    members: value.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs:
        member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      subscription: member.subscription.slice(),
      assignment: member.assignment.slice(),
    })),
  }
  return { kind: 'classicGroupMetadata', groupId, metadata }
}
