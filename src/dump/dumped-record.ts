import type { ControlRecord } from './control-record-json.ts'
import type { DecodedRecord } from './record-decoder.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import type { BatchView } from '../record/batch-view.ts'

/** A record with everything that its line contains. */
export interface DumpedRecord {
  readonly batch: BatchView
  readonly record: KafkaRecord
  /** Decoded key and value of an internal topic; `undefined` for all other topics. */
  readonly decoded: DecodedRecord | undefined
  /** `undefined` outside of control batches. */
  readonly control: ControlRecord | undefined
  /** The record's own checksum, in magic 0 and 1. */
  readonly checksum: { readonly crc: number; readonly isValid: boolean } | undefined
}

/** Returns the sequence of a record, or -1 if its batch has none. */
export function sequenceOf({ batch, record }: DumpedRecord): number {
  const { baseSequence, baseOffset } = batch
  return baseSequence < 0 ? -1 : (baseSequence + record.offset - baseOffset) % 0x80000000
}
