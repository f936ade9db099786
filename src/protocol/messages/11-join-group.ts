import { api, array, bool, bytes, int16, int32, string } from '../schema/index.ts'

/**
 * JoinGroup (11): joins a classic consumer group, and waits until its members have joined.
 *
 *   v1  rebalance timeout separate from the session timeout (KIP-62)
 *   v4  new members get an id first and join again with it (KIP-394)
 *   v5  static members (KIP-345)
 *   v6  flexible
 *   v7  protocol type in the response (KIP-559)
 *   v8  the reason, for the log (KIP-800)
 *   v9  skipAssignment for a static leader (KIP-814)
 */
export const JoinGroup = api(
  11,
  'JoinGroup',
  { versions: [0, 9], flexible: 6 },
  {
    request: {
      groupId: string,
      sessionTimeoutMs: int32,
      rebalanceTimeoutMs: int32.since(1).default(-1),
      memberId: string,
      groupInstanceId: string.since(5).nullable().default(null),
      protocolType: string,
      protocols: array({
        name: string,
        metadata: bytes,
      }),
      reason: string.since(8).nullable().default(null),
    },
    response: {
      throttleTimeMs: int32.since(2),
      errorCode: int16,
      generationId: int32.default(-1),
      protocolType: string.since(7).nullable().default(null),
      protocolName: string.nullable(7),
      leader: string,
      skipAssignment: bool.since(9).default(false),
      memberId: string,
      members: array({
        memberId: string,
        groupInstanceId: string.since(5).nullable().default(null),
        metadata: bytes,
      }),
    },
  },
)
