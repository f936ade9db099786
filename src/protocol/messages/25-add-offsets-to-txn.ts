import { api, int16, int32, int64, string } from '../schema/index.ts'

/**
 * AddOffsetsToTxn (25): adds the partition of a group's offsets to a transaction (KIP-98).
 *
 *   v3  flexible
 *   v4  TRANSACTION_ABORTABLE (KIP-890)
 */
export const AddOffsetsToTxn = api(
  25,
  'AddOffsetsToTxn',
  { versions: [0, 4], flexible: 3 },
  {
    request: {
      transactionalId: string,
      producerId: int64,
      producerEpoch: int16,
      groupId: string,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
    },
  },
)
