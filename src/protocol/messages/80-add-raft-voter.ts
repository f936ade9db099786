import { api, array, bool, int16, int32, string, uint16, uuid } from '../schema/index.ts'

/**
 * AddRaftVoter (80): adds a voter to the metadata quorum (KIP-853).
 *
 *   v1  the response may be sent when the leader has the record (KIP-1186)
 */
export const AddRaftVoter = api(
  80,
  'AddRaftVoter',
  { versions: [0, 1], flexible: 0 },
  {
    request: {
      clusterId: string.nullable(),
      timeoutMs: int32,
      voterId: int32,
      voterDirectoryId: uuid,
      listeners: array({
        name: string,
        host: string,
        port: uint16,
      }),
      ackWhenCommitted: bool.since(1).default(true),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
    },
  },
)
