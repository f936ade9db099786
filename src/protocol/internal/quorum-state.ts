import { array, int32, int64, message, string, uuid } from '../schema/index.ts'

/**
 * The `quorum-state` file of the metadata log, in JSON: the vote of a node. v1 adds the directory
 * of the candidate (KIP-853).
 */
export const QuorumStateData = message(
  'QuorumStateData',
  { versions: [0, 1], flexible: 0 },
  {
    clusterId: string.until(0),
    leaderId: int32.default(-1),
    leaderEpoch: int32.default(-1),
    votedId: int32.default(-1),
    votedDirectoryId: uuid.since(1),
    appliedOffset: int64.until(0),
    currentVoters: array({
      voterId: int32,
    })
      .until(0)
      .nullable(),
  },
)
