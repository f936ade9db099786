import { array, int16, int32, int64, message, uint32 } from '../schema/index.ts'

/**
 * The producers of a log in a `.snapshot` file. An int16 version precedes it. The CRC-32C covers
 * the bytes after the CRC.
 */
export const ProducerSnapshot = message(
  'ProducerSnapshot',
  { versions: [1, 1] },
  {
    crc: uint32,
    producerEntries: array({
      producerId: int64,
      epoch: int16,
      lastSequence: int32,
      lastOffset: int64,
      offsetDelta: int32,
      timestamp: int64,
      coordinatorEpoch: int32,
      currentTxnFirstOffset: int64,
    }),
  },
)
