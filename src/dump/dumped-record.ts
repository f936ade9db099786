import type { ControlRecord } from './control-record-json.ts'
import type { DecodedRecord } from './record-decoder.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import type { BatchView } from '../record/batch-view.ts'

/** A record with all that a line says of it. */
export interface DumpedRecord {
  readonly batch: BatchView
  readonly record: KafkaRecord
  /** Key and value of a topic whose records can be read; `undefined` for all others. */
  readonly decoded: DecodedRecord | undefined
  /** `undefined` outside of control batches. */
  readonly control: ControlRecord | undefined
  /** Of a message of magic 0 or 1, which has its own. */
  readonly checksum: { readonly crc: number; readonly isValid: boolean } | undefined
}

/** The sequence of a record, -1 where its batch has none. */
export function sequenceOf({ batch, record }: DumpedRecord): number {
  const { baseSequence, baseOffset } = batch
  return baseSequence < 0 ? -1 : (baseSequence + record.offset - baseOffset) % 0x80000000
}
