import { array, bytes, int32, int64, string, uuid } from '../schema/index.ts'
import { coordinatorRecord } from './coordinator-record.ts'

/** A committed offset from before Kafka 0.9; it can be read, but is never written. */
export const LegacyOffsetCommitRecord = coordinatorRecord(
  0,
  'LegacyOffsetCommit',
  { versions: [0, 0] },
  {
    key: {
      group: string,
      topic: string,
      partition: int32,
    },
    value: {
      offset: int64,
      metadata: string,
      commitTimestamp: int64,
    },
  },
)

/**
 * A committed offset of a group for a partition. v1 had an expiry time, v3 adds the leader epoch,
 * v4 the topic id.
 */
export const OffsetCommitRecord = coordinatorRecord(
  1,
  'OffsetCommit',
  { versions: [0, 4], flexible: 4 },
  {
    key: {
      group: string,
      topic: string,
      partition: int32,
    },
    value: {
      offset: int64,
      leaderEpoch: int32.since(3).default(-1),
      metadata: string,
      commitTimestamp: int64,
      expireTimestamp: int64.since(1).until(1).default(-1),
      topicId: uuid.tag(0, 4),
    },
  },
)

/**
 * A classic group: its generation and, in the stable state, its members with subscription and
 * assignment. v1 adds the rebalance timeout, v2 the time of the last change, v3 static members
 * (KIP-345).
 */
export const GroupMetadataRecord = coordinatorRecord(
  2,
  'GroupMetadata',
  { versions: [0, 4], flexible: 4 },
  {
    key: {
      group: string,
    },
    value: {
      protocolType: string,
      generation: int32,
      protocol: string.nullable(),
      leader: string.nullable(),
      currentStateTimestamp: int64.since(2).default(-1),
      members: array({
        memberId: string,
        groupInstanceId: string.since(3).nullable().default(null),
        clientId: string,
        clientHost: string,
        rebalanceTimeout: int32.since(1).default(-1),
        sessionTimeout: int32,
        subscription: bytes,
        assignment: bytes,
      }),
    },
  },
)
