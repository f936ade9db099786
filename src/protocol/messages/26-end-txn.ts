import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * EndTxn (26): commits or aborts a transaction (KIP-98).
 *
 *   v3  flexible
 *   v4  TRANSACTION_ABORTABLE (KIP-890)
 *   v5  every end bumps the epoch of the producer, which the response contains (KIP-890)
 */
export const EndTxn = api(
  26,
  'EndTxn',
  { versions: [0, 5], flexible: 3 },
  {
    request: {
      transactionalId: string,
      producerId: int64,
      producerEpoch: int16,
      committed: bool,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      producerId: int64.since(5).default(-1),
      producerEpoch: int16.since(5).default(-1),
    },
  },
)
