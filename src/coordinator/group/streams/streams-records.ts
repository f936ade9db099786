import type { CoordinatorRecord } from '../../../protocol/internal/coordinator-record.ts'
import {
  StreamsGroupCurrentMemberAssignmentRecord,
  StreamsGroupMemberMetadataRecord,
  StreamsGroupMetadataRecord,
  StreamsGroupTargetAssignmentMemberRecord,
  StreamsGroupTargetAssignmentMetadataRecord,
  StreamsGroupTopologyRecord,
} from '../../../protocol/internal/streams-group-records.ts'
import type { Decoded, Encodable, Fields, MessageSchema } from '../../../protocol/schema/index.ts'
import type { EncodedRecord } from '../../runtime/coordinator-shard.ts'
import { taskIdsOf } from './tasks.ts'
import type { Tasks } from './tasks.ts'
import type { CurrentAssignmentValue, MemberMetadataValue } from './streams-member.ts'

export type StreamsGroupMetadataValue = Decoded<(typeof StreamsGroupMetadataRecord)['value']>
export type StreamsTopologyValue = Decoded<(typeof StreamsGroupTopologyRecord)['value']>
export type TargetAssignmentMetadataValue = Decoded<
  (typeof StreamsGroupTargetAssignmentMetadataRecord)['value']
>
export type TargetAssignmentValue = Decoded<
  (typeof StreamsGroupTargetAssignmentMemberRecord)['value']
>

/** A record of a streams group; the value `null` deletes it. */
export type StreamsGroupRecord =
  | GroupRecordOf<'streamsGroupMetadata', StreamsGroupMetadataValue>
  | GroupRecordOf<'streamsGroupTopology', StreamsTopologyValue>
  | GroupRecordOf<'streamsGroupTargetAssignmentMetadata', TargetAssignmentMetadataValue>
  | MemberRecordOf<'streamsGroupMemberMetadata', MemberMetadataValue>
  | MemberRecordOf<'streamsGroupTargetAssignmentMember', TargetAssignmentValue>
  | MemberRecordOf<'streamsGroupCurrentMemberAssignment', CurrentAssignmentValue>

interface GroupRecordOf<K extends string, V> {
  readonly kind: K
  readonly groupId: string
  readonly value: V | null
}

interface MemberRecordOf<K extends string, V> extends GroupRecordOf<K, V> {
  readonly memberId: string
}

/** The only version of all of these records. */
const VERSION = 0

/** Encodes a record with the version that Kafka 4.4 writes. */
export function encodeStreamsGroupRecord(record: StreamsGroupRecord): EncodedRecord {
  switch (record.kind) {
    case 'streamsGroupMetadata':
      return encode(StreamsGroupMetadataRecord, record)
    case 'streamsGroupTopology':
      return encode(StreamsGroupTopologyRecord, record)
    case 'streamsGroupTargetAssignmentMetadata':
      return encode(StreamsGroupTargetAssignmentMetadataRecord, record)
    case 'streamsGroupMemberMetadata':
      return encode(StreamsGroupMemberMetadataRecord, record)
    case 'streamsGroupTargetAssignmentMember':
      return encode(StreamsGroupTargetAssignmentMemberRecord, record)
    case 'streamsGroupCurrentMemberAssignment':
      return encode(StreamsGroupCurrentMemberAssignmentRecord, record)
  }
}

/** Returns `undefined` for a record of another kind. */
export function decodeStreamsGroupRecord(
  type: number,
  key: Uint8Array,
  value: Uint8Array | null,
): StreamsGroupRecord | undefined {
  switch (type) {
    case StreamsGroupMetadataRecord.type:
      return { kind: 'streamsGroupMetadata', ...decode(StreamsGroupMetadataRecord, key, value) }
    case StreamsGroupTopologyRecord.type:
      return { kind: 'streamsGroupTopology', ...decode(StreamsGroupTopologyRecord, key, value) }
    case StreamsGroupTargetAssignmentMetadataRecord.type:
      return {
        kind: 'streamsGroupTargetAssignmentMetadata',
        ...decode(StreamsGroupTargetAssignmentMetadataRecord, key, value),
      }
    case StreamsGroupMemberMetadataRecord.type:
      return {
        kind: 'streamsGroupMemberMetadata',
        ...decode(StreamsGroupMemberMetadataRecord, key, value),
      }
    case StreamsGroupTargetAssignmentMemberRecord.type:
      return {
        kind: 'streamsGroupTargetAssignmentMember',
        ...decode(StreamsGroupTargetAssignmentMemberRecord, key, value),
      }
    case StreamsGroupCurrentMemberAssignmentRecord.type:
      return {
        kind: 'streamsGroupCurrentMemberAssignment',
        ...decode(StreamsGroupCurrentMemberAssignmentRecord, key, value),
      }
    default:
      return undefined
  }
}

/** Returns the record of a group. The configs are those of the last assignment. */
export function groupMetadataRecord(
  groupId: string,
  value: StreamsGroupMetadataValue,
): StreamsGroupRecord {
  return { kind: 'streamsGroupMetadata', groupId, value }
}

/** Returns the record of the target tasks of a member. */
export function targetAssignmentRecord(
  groupId: string,
  memberId: string,
  { active, standby, warmup }: Tasks,
): StreamsGroupRecord {
  const value = {
    activeTasks: taskIdsOf(active),
    standbyTasks: taskIdsOf(standby),
    warmupTasks: taskIdsOf(warmup),
  }
  return { kind: 'streamsGroupTargetAssignmentMember', groupId, memberId, value }
}

/** Returns the records that remove a member, in the order in which Kafka writes them. */
export function memberTombstones(groupId: string, memberId: string): StreamsGroupRecord[] {
  return [
    { kind: 'streamsGroupCurrentMemberAssignment', groupId, memberId, value: null },
    { kind: 'streamsGroupTargetAssignmentMember', groupId, memberId, value: null },
    { kind: 'streamsGroupMemberMetadata', groupId, memberId, value: null },
  ]
}

/** Returns the records that delete a group, in the order in which Kafka writes them. */
export function groupTombstones(
  groupId: string,
  memberIds: readonly string[],
): StreamsGroupRecord[] {
  const ofMembers = (
    kind: ReturnType<typeof memberTombstones>[number]['kind'],
  ): StreamsGroupRecord[] =>
    memberIds.flatMap((id) => memberTombstones(groupId, id).filter((each) => each.kind === kind))
  return [
    ...ofMembers('streamsGroupCurrentMemberAssignment'),
    ...ofMembers('streamsGroupTargetAssignmentMember'),
    { kind: 'streamsGroupTargetAssignmentMetadata', groupId, value: null },
    ...ofMembers('streamsGroupMemberMetadata'),
    { kind: 'streamsGroupMetadata', groupId, value: null },
    { kind: 'streamsGroupTopology', groupId, value: null },
  ]
}

function encode<K extends Fields, V extends Fields>(
  schema: CoordinatorRecord<K, V>,
  record: { readonly value: unknown },
): EncodedRecord {
  const key = schema.encodeKey(record as Encodable<MessageSchema<K>>)
  const value = record.value as Encodable<MessageSchema<V>> | null
  return { key, value: value === null ? null : schema.encodeValue(VERSION, value) }
}

function decode<K extends Fields, V extends Fields>(
  schema: CoordinatorRecord<K, V>,
  key: Uint8Array,
  value: Uint8Array | null,
): Decoded<MessageSchema<K>> & { readonly value: Decoded<MessageSchema<V>> | null } {
  return { ...schema.decodeKey(key), value: value === null ? null : schema.decodeValue(value) }
}
