import { array, bool, bytes, int32, int64, int8, string, struct, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

/** A segment in tiered storage was started (KIP-405). */
export const RemoteLogSegmentMetadataRecord = metadataRecord(
  0,
  'RemoteLogSegmentMetadataRecord',
  { versions: [0, 0], flexible: 0 },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string,
        id: uuid,
        partition: int32,
      }),
      id: uuid,
    }),
    startOffset: int64,
    endOffset: int64,
    brokerId: int32,
    maxTimestampMs: int64,
    eventTimestampMs: int64,
    segmentLeaderEpochs: array({
      leaderEpoch: int32,
      offset: int64,
    }),
    segmentSizeInBytes: int32,
    customMetadata: bytes.nullable().default(null),
    remoteLogSegmentState: int8,
    txnIndexEmpty: bool.tag(0),
  },
)

/** A segment in tiered storage changed its state. */
export const RemoteLogSegmentMetadataUpdateRecord = metadataRecord(
  1,
  'RemoteLogSegmentMetadataUpdateRecord',
  { versions: [0, 0], flexible: 0 },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string,
        id: uuid,
        partition: int32,
      }),
      id: uuid,
    }),
    brokerId: int32,
    eventTimestampMs: int64,
    customMetadata: bytes.nullable().default(null),
    remoteLogSegmentState: int8,
  },
)

/**
 * A partition in tiered storage is being deleted.
 */
export const RemotePartitionDeleteMetadataRecord = metadataRecord(
  2,
  'RemotePartitionDeleteMetadataRecord',
  { versions: [0, 0], flexible: 0 },
  {
    topicIdPartition: struct({
      name: string,
      id: uuid,
      partition: int32,
    }),
    brokerId: int32,
    eventTimestampMs: int64,
    remotePartitionDeleteState: int8,
  },
)

/**
 * A segment in a snapshot of the metadata of one partition.
 */
export const RemoteLogSegmentMetadataSnapshotRecord = metadataRecord(
  3,
  'RemoteLogSegmentMetadataSnapshotRecord',
  { versions: [0, 0], flexible: 0 },
  {
    segmentId: uuid,
    startOffset: int64,
    endOffset: int64,
    brokerId: int32,
    maxTimestampMs: int64,
    eventTimestampMs: int64,
    segmentLeaderEpochs: array({
      leaderEpoch: int32,
      offset: int64,
    }),
    segmentSizeInBytes: int32,
    customMetadata: bytes.nullable().default(null),
    remoteLogSegmentState: int8,
    txnIndexEmpty: bool.tag(0),
  },
)
