import { api, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * RemoveRaftVoter (81): removes a voter from the metadata quorum (KIP-853).
 */
export const RemoveRaftVoter = api(
  81,
  'RemoveRaftVoter',
  { versions: [0, 0], flexible: 0 },
  {
    request: {
      clusterId: string.nullable(),
      voterId: int32,
      voterDirectoryId: uuid,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
    },
  },
)
