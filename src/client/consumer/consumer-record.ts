import type { KafkaRecord } from '../../record/kafka-record.ts'
import type { TimestampType } from '../../record/timestamp-type.ts'

/** A consumed record, with its partition and offset. */
export interface ConsumerRecord extends KafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly timestampType: TimestampType
  /** The epoch of the leader that appended it; -1 if unknown. */
  readonly leaderEpoch: number
}
