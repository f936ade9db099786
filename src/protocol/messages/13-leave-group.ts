import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * LeaveGroup (13): removes members from a classic group.
 *
 *   v3  several members at once, static ones by instance id (KIP-345)
 *   v4  flexible
 *   v5  the reason, for the log (KIP-800)
 */
export const LeaveGroup = api(
  13,
  'LeaveGroup',
  { versions: [0, 5], flexible: 4 },
  {
    request: {
      groupId: string,
      memberId: string.until(2),
      members: array({
        memberId: string,
        groupInstanceId: string.nullable().default(null),
        reason: string.since(5).nullable().default(null),
      }).since(3),
    },
    response: {
      throttleTimeMs: int32.since(1),
      errorCode: int16,
      members: array({
        memberId: string,
        groupInstanceId: string.nullable(),
        errorCode: int16,
      }).since(3),
    },
  },
)
