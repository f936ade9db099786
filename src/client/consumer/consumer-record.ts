import type { KafkaRecord } from '../../record/kafka-record.ts'
import type { TimestampType } from '../../record/timestamp-type.ts'

/** A record that was read, with its place. */
export interface ConsumerRecord extends KafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly timestampType: TimestampType
  /** Of the leader that appended it; -1 when it is not known. */
  readonly leaderEpoch: number
}
