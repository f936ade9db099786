import { api, array, bytes, int16, int32, string } from '../schema/index.ts'

/**
 * SyncGroup (14): accepts the leader's assignment, and returns each member's part.
 *
 *   v3  static members (KIP-345)
 *   v4  flexible
 *   v5  protocol type and name must be those of the group (KIP-559)
 */
export const SyncGroup = api(
  14,
  'SyncGroup',
  { versions: [0, 5], flexible: 4 },
  {
    request: {
      groupId: string,
      generationId: int32,
      memberId: string,
      groupInstanceId: string.since(3).nullable().default(null),
      protocolType: string.since(5).nullable().default(null),
      protocolName: string.since(5).nullable().default(null),
      assignments: array({
        memberId: string,
        assignment: bytes,
      }),
    },
    response: {
      throttleTimeMs: int32.since(1),
      errorCode: int16,
      protocolType: string.since(5).nullable().default(null),
      protocolName: string.since(5).nullable().default(null),
      assignment: bytes,
    },
  },
)
