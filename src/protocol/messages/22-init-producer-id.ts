import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * InitProducerId (22): gives an idempotent or transactional producer its id and epoch (KIP-98).
 *
 *   v2  flexible
 *   v3  a producer may keep its id and get a new epoch (KIP-360)
 *   v4  PRODUCER_FENCED (KIP-588)
 *   v5  TRANSACTION_ABORTABLE (KIP-890)
 *   v6  two-phase commit (KIP-939); served with `unstable.api.versions.enable`
 */
export const InitProducerId = api(
  22,
  'InitProducerId',
  { versions: [0, 6], current: [0, 5], latestVersionUnstable: true, flexible: 2 },
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
