import {
  array,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uint16,
  uuid,
} from '../schema/index.ts'

/**
 * The key of a control record, after its int16 version: 0 ABORT, 1 COMMIT, 2 LEADER_CHANGE, 3
 * SNAPSHOT_HEADER, 4 SNAPSHOT_FOOTER, 5 KRAFT_VERSION, 6 KRAFT_VOTERS.
 */
export const ControlRecordTypeSchema = message(
  'ControlRecordTypeSchema',
  { versions: [0, 0] },
  {
    type: int16,
  },
)

/** The value of a COMMIT or ABORT marker, after its int16 version. */
export const EndTxnMarker = message(
  'EndTxnMarker',
  { versions: [0, 0] },
  {
    coordinatorEpoch: int32,
  },
)

const voter = struct({
  voterId: int32,
  voterDirectoryId: uuid.since(1),
})

/**
 * A leader of the metadata quorum started its epoch. v1 adds the directories of the voters
 * (KIP-853).
 */
export const LeaderChangeMessage = message(
  'LeaderChangeMessage',
  { versions: [0, 1], flexible: 0 },
  {
    version: int16,
    leaderId: int32,
    voters: array(voter),
    grantingVoters: array(voter),
  },
)

/**
 * The first record of a metadata snapshot.
 */
export const SnapshotHeaderRecord = message(
  'SnapshotHeaderRecord',
  { versions: [0, 0], flexible: 0 },
  {
    version: int16,
    lastContainedLogTimestamp: int64,
  },
)

/**
 * The last record of a metadata snapshot.
 */
export const SnapshotFooterRecord = message(
  'SnapshotFooterRecord',
  { versions: [0, 0], flexible: 0 },
  {
    version: int16,
  },
)

/**
 * The finalized `kraft.version`.
 */
export const KRaftVersionRecord = message(
  'KRaftVersionRecord',
  { versions: [0, 0], flexible: 0 },
  {
    version: int16,
    kRaftVersion: int16,
  },
)

/**
 * The voters of the metadata quorum (KIP-853).
 */
export const VotersRecord = message(
  'VotersRecord',
  { versions: [0, 0], flexible: 0 },
  {
    version: int16,
    voters: array({
      voterId: int32,
      voterDirectoryId: uuid,
      endpoints: array({
        name: string,
        host: string,
        port: uint16,
      }),
      kRaftVersionFeature: struct({
        minSupportedVersion: int16,
        maxSupportedVersion: int16,
      }),
    }),
  },
)
