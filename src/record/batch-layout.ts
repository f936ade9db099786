/**
 * Positions of the fields of a magic 2 batch and of a magic 0 or 1 message, in bytes from the
 * start.
 */

export const BASE_OFFSET = 0
export const LENGTH = 8
export const PARTITION_LEADER_EPOCH = 12
export const MAGIC = 16
export const CRC = 17
export const ATTRIBUTES = 21
export const LAST_OFFSET_DELTA = 23
export const BASE_TIMESTAMP = 27
export const MAX_TIMESTAMP = 35
export const PRODUCER_ID = 43
export const PRODUCER_EPOCH = 51
export const BASE_SEQUENCE = 53
export const RECORD_COUNT = 57
/** The size of the header of a magic 2 batch; the records follow. */
export const BATCH_OVERHEAD = 61

/** The size of base offset and length, which the length does not include. */
export const LOG_OVERHEAD = 12

export const LEGACY_CRC = 12
export const LEGACY_ATTRIBUTES = 17
export const LEGACY_TIMESTAMP = 18
/** The size of a magic 0 message without key and value, after {@link LOG_OVERHEAD}. */
export const RECORD_OVERHEAD_V0 = 14
/** The same for magic 1, which adds the timestamp. */
export const RECORD_OVERHEAD_V1 = 22

export const LOG_APPEND_TIME_FLAG = 0x08
export const TRANSACTIONAL_FLAG = 0x10
export const CONTROL_FLAG = 0x20
export const DELETE_HORIZON_FLAG = 0x40
/** The codec and the known flags. */
export const KNOWN_ATTRIBUTES = 0x7f
