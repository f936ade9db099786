import type { RecordHeader } from '../../record/kafka-record.ts'

/** A record to send. */
export interface ProducerRecord {
  readonly topic: string
  /** Default: chosen by the key; without a key, the current partition of the partitioner. */
  readonly partition?: number | undefined
  readonly key?: Uint8Array | null
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null
  readonly headers?: readonly RecordHeader[]
  /** Milliseconds since the epoch; default now. */
  readonly timestamp?: number
}

/** The partition and offset of an appended record. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1 with `acks: 0`, and for a batch that the broker had already appended. */
  readonly offset: number
  /** The timestamp of the record, or of the append if the topic has `LogAppendTime`. */
  readonly timestamp: number
}
