import { api, array, int16, int32, int8, string } from '../schema/index.ts'

/**
 * FindCoordinator (10): the broker that coordinates a group, a transactional id or a share
 * partition.
 *
 *   v1  transactional ids in addition to groups (KIP-98)
 *   v3  flexible
 *   v4  several keys at once (KIP-699)
 *   v5  TRANSACTION_ABORTABLE (KIP-890)
 *   v6  share groups (KIP-932)
 */
export const FindCoordinator = api(
  10,
  'FindCoordinator',
  { versions: [0, 6], flexible: 3 },
  {
    request: {
      key: string.until(3),
      keyType: int8.since(1).default(0),
      coordinatorKeys: array(string).since(4),
    },
    response: {
      throttleTimeMs: int32.since(1),
      errorCode: int16.until(3),
      errorMessage: string.since(1).until(3).nullable(),
      nodeId: int32.until(3),
      host: string.until(3),
      port: int32.until(3),
      coordinators: array({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: string.nullable(),
      }).since(4),
    },
  },
)
