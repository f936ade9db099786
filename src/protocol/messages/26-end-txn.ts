import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * EndTxn (26): EndTxn.
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
