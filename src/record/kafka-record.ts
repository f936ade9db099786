/** A record as a reader sees it. */
export interface KafkaRecord {
  offset: number
  /**
   * Milliseconds since the epoch; -1 for none. The time of the append if the batch has
   * LogAppendTime.
   */
  timestamp: number
  key: Uint8Array | null
  /** `null` is a tombstone. */
  value: Uint8Array | null
  headers: RecordHeader[]
}

export interface RecordHeader {
  key: string
  value: Uint8Array | null
}
