import {
  ShareGroupCurrentMemberAssignmentRecord as CurrentMember,
  ShareGroupMemberMetadataRecord as Member,
  ShareGroupMetadataRecord as Metadata,
  ShareGroupStatePartitionMetadataRecord as StateMetadata,
  ShareGroupTargetAssignmentMemberRecord as TargetMember,
  ShareGroupTargetAssignmentMetadataRecord as TargetMetadata,
} from '../../../protocol/internal/share-group-records.ts'
import type { EncodedRecord } from '../../runtime/coordinator-shard.ts'
import { assignedPartitionsOf, topicPartitionsOf } from '../modern/assigned-partitions.ts'
import { memberStateOf } from '../modern/member-state.ts'
import type { ShareGroupRecord } from './share-records.ts'
import type { StatePartitions, StateTopics } from './state-partitions.ts'

/** The only version of each value. */
const VERSION = 0

/** Encodes a record of a share group. */
export function encodeShareGroupRecord(record: ShareGroupRecord): EncodedRecord {
  switch (record.kind) {
    case 'shareGroupMetadata': {
      const { groupId, metadata } = record
      const value = metadata && Metadata.encodeValue(VERSION, metadata)
      return { key: Metadata.encodeKey({ groupId }), value }
    }
    case 'shareGroupTargetMetadata': {
      const { groupId, metadata } = record
      const value =
        metadata &&
        TargetMetadata.encodeValue(VERSION, {
          assignmentEpoch: metadata.epoch,
          assignmentTimestamp: metadata.timestampMs,
        })
      return { key: TargetMetadata.encodeKey({ groupId }), value }
    }
    case 'shareGroupStatePartitions': {
      const { groupId, partitions } = record
      const value = partitions && StateMetadata.encodeValue(VERSION, stateValue(partitions))
      return { key: StateMetadata.encodeKey({ groupId }), value }
    }
    case 'shareGroupMemberMetadata':
    case 'shareGroupTargetMember':
    case 'shareGroupCurrentMember':
      return encodeMemberRecord(record)
  }
}

type Decoder = (key: Uint8Array, value: Uint8Array | null) => ShareGroupRecord

/** The decoders of the records of share groups, by record type. */
export const shareGroupDecoders: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [Metadata.type, decodeMetadata],
  [Member.type, decodeMember],
  [TargetMetadata.type, decodeTargetMetadata],
  [TargetMember.type, decodeTargetMember],
  [CurrentMember.type, decodeCurrentMember],
  [StateMetadata.type, decodeStatePartitions],
])

type MemberRecord = Extract<ShareGroupRecord, { readonly memberId: string }>

function encodeMemberRecord(record: MemberRecord): EncodedRecord {
  const { groupId, memberId } = record
  switch (record.kind) {
    case 'shareGroupMemberMetadata': {
      const { metadata } = record
      const value =
        metadata &&
        Member.encodeValue(VERSION, {
          rackId: metadata.rackId,
          clientId: metadata.clientId,
          clientHost: metadata.clientHost,
          subscribedTopicNames: [...metadata.subscribedTopicNames].toSorted(),
        })
      return { key: Member.encodeKey({ groupId, memberId }), value }
    }
    case 'shareGroupTargetMember': {
      const { assigned } = record
      const value =
        assigned &&
        TargetMember.encodeValue(VERSION, { topicPartitions: topicPartitionsOf(assigned) })
      return { key: TargetMember.encodeKey({ groupId, memberId }), value }
    }
    case 'shareGroupCurrentMember': {
      const { current } = record
      const value =
        current &&
        CurrentMember.encodeValue(VERSION, {
          memberEpoch: current.memberEpoch,
          previousMemberEpoch: current.previousMemberEpoch,
          state: current.state,
          assignedPartitions: topicPartitionsOf(current.assigned),
        })
      return { key: CurrentMember.encodeKey({ groupId, memberId }), value }
    }
  }
}

function decodeMetadata(key: Uint8Array, value: Uint8Array | null): ShareGroupRecord {
  const { groupId } = Metadata.decodeKey(key)
  return { kind: 'shareGroupMetadata', groupId, metadata: value && Metadata.decodeValue(value) }
}

function decodeMember(key: Uint8Array, bytes: Uint8Array | null): ShareGroupRecord {
  const value = bytes && Member.decodeValue(bytes)
  const metadata = value && {
    ...value,
    subscribedTopicNames: new Set(value.subscribedTopicNames),
  }
  return { kind: 'shareGroupMemberMetadata', ...Member.decodeKey(key), metadata }
}

function decodeTargetMetadata(key: Uint8Array, bytes: Uint8Array | null): ShareGroupRecord {
  const { groupId } = TargetMetadata.decodeKey(key)
  const value = bytes && TargetMetadata.decodeValue(bytes)
  const metadata = value && { epoch: value.assignmentEpoch, timestampMs: value.assignmentTimestamp }
  return { kind: 'shareGroupTargetMetadata', groupId, metadata }
}

function decodeTargetMember(key: Uint8Array, bytes: Uint8Array | null): ShareGroupRecord {
  const value = bytes && TargetMember.decodeValue(bytes)
  const assigned = value && assignedPartitionsOf(value.topicPartitions)
  return { kind: 'shareGroupTargetMember', ...TargetMember.decodeKey(key), assigned }
}

function decodeCurrentMember(key: Uint8Array, bytes: Uint8Array | null): ShareGroupRecord {
  const value = bytes && CurrentMember.decodeValue(bytes)
  const current = value && {
    memberEpoch: value.memberEpoch,
    previousMemberEpoch: value.previousMemberEpoch,
    state: memberStateOf(value.state),
    assigned: assignedPartitionsOf(value.assignedPartitions),
  }
  return { kind: 'shareGroupCurrentMember', ...CurrentMember.decodeKey(key), current }
}

function decodeStatePartitions(key: Uint8Array, value: Uint8Array | null): ShareGroupRecord {
  const { groupId } = StateMetadata.decodeKey(key)
  const partitions = value && statePartitions(value)
  return { kind: 'shareGroupStatePartitions', groupId, partitions }
}

function stateValue({ initializing, initialized, deleting }: StatePartitions) {
  return {
    initializingTopics: topicsValue(initializing),
    initializedTopics: topicsValue(initialized),
    deletingTopics: Array.from(deleting, ([topicId, topicName]) => ({ topicId, topicName })),
  }
}

function topicsValue(topics: StateTopics) {
  return Array.from(topics, ([topicId, { name, partitions }]) => ({
    topicId,
    topicName: name,
    partitions: [...partitions],
  }))
}

function statePartitions(bytes: Uint8Array): StatePartitions {
  const value = StateMetadata.decodeValue(bytes)
  return {
    initializing: stateTopics(value.initializingTopics),
    initialized: stateTopics(value.initializedTopics),
    deleting: new Map(value.deletingTopics.map(({ topicId, topicName }) => [topicId, topicName])),
  }
}

function stateTopics(
  topics: readonly { topicId: string; topicName: string; partitions: readonly number[] }[],
): StateTopics {
  return new Map(
    topics.map(({ topicId, topicName, partitions }) => [
      topicId,
      { name: topicName, partitions: partitions.toSorted((a, b) => a - b) },
    ]),
  )
}
