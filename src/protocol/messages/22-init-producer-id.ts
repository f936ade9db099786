import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * InitProducerId (22): InitProducerId.
 */
export const InitProducerId = api(
  22,
  'InitProducerId',
  { versions: [0, 6], advertised: [0, 5], flexible: 2 },
  {
    request: {
      transactionalId: string.nullable(),
      transactionTimeoutMs: int32,
      producerId: int64.since(3).default(-1),
      producerEpoch: int16.since(3).default(-1),
      enable2Pc: bool.since(6).default(false),
      keepPreparedTxn: bool.since(6).default(false),
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      producerId: int64.default(-1),
      producerEpoch: int16,
      ongoingTxnProducerId: int64.since(6).default(-1),
      ongoingTxnProducerEpoch: int16.since(6).default(-1),
    },
  },
)
