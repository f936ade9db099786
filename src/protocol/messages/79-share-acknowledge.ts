import {
  api,
  array,
  bool,
  int16,
  int32,
  int64,
  int8,
  string,
  struct,
  uuid,
} from '../schema/index.ts'

/**
 * ShareAcknowledge (79): acknowledges, releases or rejects records acquired by a share group
 * (KIP-932).
 *
 *   v0  early access in 3.9 and 4.0, removed
 *   v2  renewal of acquisition locks (KIP-1222)
 */
export const ShareAcknowledge = api(
  79,
  'ShareAcknowledge',
  { versions: [0, 2], current: [1, 2], flexible: 0 },
  {
    request: {
      groupId: string.nullable().default(null),
      memberId: string.nullable(),
      shareSessionEpoch: int32,
      isRenewAck: bool.since(2).default(false),
      topics: array({
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          acknowledgementBatches: array({
            firstOffset: int64,
            lastOffset: int64,
            acknowledgeTypes: array(int8),
          }),
        }),
      }),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable().default(null),
      acquisitionLockTimeoutMs: int32.since(2),
      responses: array({
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
          errorMessage: string.nullable().default(null),
          currentLeader: struct({
            leaderId: int32,
            leaderEpoch: int32,
          }),
        }),
      }),
      nodeEndpoints: array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: string.nullable().default(null),
      }),
    },
  },
)
