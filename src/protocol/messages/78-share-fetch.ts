import {
  api,
  array,
  bool,
  int16,
  int32,
  int64,
  int8,
  records,
  string,
  struct,
  uuid,
} from '../schema/index.ts'

/**
 * ShareFetch (78): acquires records for a member of a share group, and acknowledges earlier ones
 * (KIP-932).
 *
 *   v0  early access in 3.9 and 4.0, removed
 *   v1  limits of records and of a batch
 *   v2  how records are acquired, and renewal of acquisition locks (KIP-1206, KIP-1222)
 */
export const ShareFetch = api(
  78,
  'ShareFetch',
  { versions: [0, 2], current: [1, 2], flexible: 0 },
  {
    request: {
      groupId: string.nullable().default(null),
      memberId: string.nullable(),
      shareSessionEpoch: int32,
      maxWaitMs: int32,
      minBytes: int32,
      maxBytes: int32.default(0x7fffffff),
      maxRecords: int32.since(1),
      batchSize: int32.since(1),
      shareAcquireMode: int8.since(2).default(0),
      isRenewAck: bool.since(2).default(false),
      topics: array({
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          partitionMaxBytes: int32.until(0),
          acknowledgementBatches: array({
            firstOffset: int64,
            lastOffset: int64,
            acknowledgeTypes: array(int8),
          }),
        }),
      }),
      forgottenTopicsData: array({
        topicId: uuid,
        partitions: array(int32),
      }),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable().default(null),
      acquisitionLockTimeoutMs: int32.since(1),
      responses: array({
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
          errorMessage: string.nullable().default(null),
          acknowledgeErrorCode: int16,
          acknowledgeErrorMessage: string.nullable().default(null),
          currentLeader: struct({
            leaderId: int32,
            leaderEpoch: int32,
          }),
          records: records.nullable(0, 0),
          acquiredRecords: array({
            firstOffset: int64,
            lastOffset: int64,
            deliveryCount: int16,
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
