import { int64, message } from '../schema/index.ts'

/** An entry of a `.txnindex` file: an aborted transaction. An int16 version precedes it. */
export const AbortedTxn = message(
  'AbortedTxn',
  { versions: [0, 0] },
  {
    producerId: int64,
    firstOffset: int64,
    lastOffset: int64,
    lastStableOffset: int64,
  },
)
