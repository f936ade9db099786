import { api, int16, int32, string } from '../schema/index.ts'

/**
 * Heartbeat (12): keeps a member of a classic group alive, and notifies it of a rebalance.
 *
 *   v3  static members (KIP-345)
 *   v4  flexible
 */
export const Heartbeat = api(
  12,
  'Heartbeat',
  { versions: [0, 4], flexible: 4 },
  {
    request: {
      groupId: string,
      generationId: int32,
      memberId: string,
      groupInstanceId: string.since(3).nullable().default(null),
    },
    response: {
      throttleTimeMs: int32.since(1),
      errorCode: int16,
    },
  },
)
