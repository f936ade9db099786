import {
  ConsumerGroupCurrentMemberAssignmentRecord as CurrentMember,
  ConsumerGroupMemberMetadataRecord as Member,
  ConsumerGroupMetadataRecord as Metadata,
  ConsumerGroupPartitionMetadataRecord as PartitionMetadata,
  ConsumerGroupRegularExpressionRecord as RegularExpression,
  ConsumerGroupTargetAssignmentMemberRecord as TargetMember,
  ConsumerGroupTargetAssignmentMetadataRecord as TargetMetadata,
} from '../../../protocol/internal/consumer-group-records.ts'
import type { EncodedRecord } from '../../runtime/coordinator-shard.ts'
import { assignedPartitionsOf, topicPartitionsOf } from '../modern/assigned-partitions.ts'
import { memberStateOf } from '../modern/member-state.ts'
import type { MemberMetadata, OwnedPartitions } from './consumer-member.ts'
import type { ConsumerGroupRecord } from './consumer-records.ts'

/** The only version of each value. */
const VERSION = 0

/** Encodes a record of a consumer group. */
export function encodeConsumerGroupRecord(record: ConsumerGroupRecord): EncodedRecord {
  const { groupId } = record
  switch (record.kind) {
    case 'consumerGroupMetadata':
      return {
        key: Metadata.encodeKey({ groupId }),
        value: record.metadata && Metadata.encodeValue(VERSION, record.metadata),
      }
    case 'consumerGroupPartitionMetadata':
      return { key: PartitionMetadata.encodeKey({ groupId }), value: null }
    case 'consumerGroupMemberMetadata':
      return {
        key: Member.encodeKey({ groupId, memberId: record.memberId }),
        value: record.metadata && Member.encodeValue(VERSION, memberValue(record.metadata)),
      }
    case 'consumerGroupTargetMetadata':
      return {
        key: TargetMetadata.encodeKey({ groupId }),
        value:
          record.metadata &&
          TargetMetadata.encodeValue(VERSION, {
            assignmentEpoch: record.metadata.epoch,
            assignmentTimestamp: record.metadata.timestampMs,
          }),
      }
    case 'consumerGroupTargetMember':
      return {
        key: TargetMember.encodeKey({ groupId, memberId: record.memberId }),
        value:
          record.assigned &&
          TargetMember.encodeValue(VERSION, {
            topicPartitions: topicPartitionsOf(record.assigned),
          }),
      }
    case 'consumerGroupCurrentMember':
      return {
        key: CurrentMember.encodeKey({ groupId, memberId: record.memberId }),
        value:
          record.current &&
          CurrentMember.encodeValue(VERSION, {
            memberEpoch: record.current.memberEpoch,
            previousMemberEpoch: record.current.previousMemberEpoch,
            state: record.current.state,
            assignedPartitions: ownedValue(record.current.assigned),
            partitionsPendingRevocation: ownedValue(record.current.pendingRevocation),
          }),
      }
    case 'consumerGroupRegex':
      return {
        key: RegularExpression.encodeKey({ groupId, regularExpression: record.regex }),
        value:
          record.resolved &&
          RegularExpression.encodeValue(VERSION, {
            topics: [...record.resolved.topics].toSorted(),
            version: record.resolved.version,
            timestamp: record.resolved.timestampMs,
          }),
      }
  }
}

type Decode = (key: Uint8Array, value: Uint8Array | null) => ConsumerGroupRecord

/** Decodes the records of consumer groups, by the type of their keys. */
export const consumerGroupDecoders: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [Metadata.type, decodeMetadata],
  [PartitionMetadata.type, decodePartitionMetadata],
  [Member.type, decodeMember],
  [TargetMetadata.type, decodeTargetMetadata],
  [TargetMember.type, decodeTargetMember],
  [CurrentMember.type, decodeCurrentMember],
  [RegularExpression.type, decodeRegex],
])

function decodeMetadata(key: Uint8Array, value: Uint8Array | null): ConsumerGroupRecord {
  const { groupId } = Metadata.decodeKey(key)
  return { kind: 'consumerGroupMetadata', groupId, metadata: value && Metadata.decodeValue(value) }
}

function decodePartitionMetadata(key: Uint8Array, value: Uint8Array | null): ConsumerGroupRecord {
  const { groupId } = PartitionMetadata.decodeKey(key)
  return { kind: 'consumerGroupPartitionMetadata', groupId, exists: value !== null }
}

function decodeMember(key: Uint8Array, bytes: Uint8Array | null): ConsumerGroupRecord {
  const { groupId, memberId } = Member.decodeKey(key)
  if (bytes === null) {
    return { kind: 'consumerGroupMemberMetadata', groupId, memberId, metadata: null }
  }
  const { subscribedTopicNames, classicMemberMetadata, ...value } = Member.decodeValue(bytes)
  const metadata: MemberMetadata = {
    ...value,
    subscribedTopicNames: new Set(subscribedTopicNames),
    classicMetadata: classicMemberMetadata && {
      sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
      // Copied, so that they do not keep a whole slice of the log in memory.
      supportedProtocols: classicMemberMetadata.supportedProtocols.map((protocol) => ({
        name: protocol.name,
        metadata: protocol.metadata.slice(),
      })),
    },
  }
  return { kind: 'consumerGroupMemberMetadata', groupId, memberId, metadata }
}

function decodeTargetMetadata(key: Uint8Array, bytes: Uint8Array | null): ConsumerGroupRecord {
  const { groupId } = TargetMetadata.decodeKey(key)
  const value = bytes && TargetMetadata.decodeValue(bytes)
  return {
    kind: 'consumerGroupTargetMetadata',
    groupId,
    metadata: value && { epoch: value.assignmentEpoch, timestampMs: value.assignmentTimestamp },
  }
}

function decodeTargetMember(key: Uint8Array, bytes: Uint8Array | null): ConsumerGroupRecord {
  const { groupId, memberId } = TargetMember.decodeKey(key)
  const value = bytes && TargetMember.decodeValue(bytes)
  return {
    kind: 'consumerGroupTargetMember',
    groupId,
    memberId,
    assigned: value && assignedPartitionsOf(value.topicPartitions),
  }
}

function decodeCurrentMember(key: Uint8Array, bytes: Uint8Array | null): ConsumerGroupRecord {
  const { groupId, memberId } = CurrentMember.decodeKey(key)
  const value = bytes && CurrentMember.decodeValue(bytes)
  return {
    kind: 'consumerGroupCurrentMember',
    groupId,
    memberId,
    current: value && {
      memberEpoch: value.memberEpoch,
      previousMemberEpoch: value.previousMemberEpoch,
      state: memberStateOf(value.state),
      assigned: ownedOf(value.assignedPartitions, value.memberEpoch),
      pendingRevocation: ownedOf(value.partitionsPendingRevocation, value.memberEpoch),
    },
  }
}

function decodeRegex(key: Uint8Array, bytes: Uint8Array | null): ConsumerGroupRecord {
  const { groupId, regularExpression: regex } = RegularExpression.decodeKey(key)
  const value = bytes && RegularExpression.decodeValue(bytes)
  return {
    kind: 'consumerGroupRegex',
    groupId,
    regex,
    resolved: value && {
      topics: new Set(value.topics),
      version: value.version,
      timestampMs: value.timestamp,
    },
  }
}

function memberValue({ subscribedTopicNames, classicMetadata, ...metadata }: MemberMetadata) {
  return {
    instanceId: metadata.instanceId,
    rackId: metadata.rackId,
    clientId: metadata.clientId,
    clientHost: metadata.clientHost,
    subscribedTopicNames: [...subscribedTopicNames].toSorted(),
    subscribedTopicRegex: metadata.subscribedTopicRegex,
    rebalanceTimeoutMs: metadata.rebalanceTimeoutMs,
    serverAssignor: metadata.serverAssignor,
    classicMemberMetadata: classicMetadata,
  }
}

function ownedValue(owned: OwnedPartitions) {
  return Array.from(owned, ([topicId, epochs]) => ({
    topicId,
    partitions: [...epochs.keys()],
    assignmentEpochs: [...epochs.values()],
  }))
}

/** Records from before 4.4 have no epochs: the partitions get the epoch of the member. */
function ownedOf(
  topics: readonly {
    readonly topicId: string
    readonly partitions: readonly number[]
    readonly assignmentEpochs: readonly number[] | null
  }[],
  memberEpoch: number,
): OwnedPartitions {
  const defaultEpoch = Math.max(memberEpoch, 0)
  return new Map(
    topics.map(({ topicId, partitions, assignmentEpochs }) => {
      const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : undefined
      return [topicId, new Map(partitions.map((p, i) => [p, epochs?.[i] ?? defaultEpoch]))]
    }),
  )
}
