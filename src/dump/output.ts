import type { BatchView } from '../record/batch-view.ts'
import { COMPRESSION_MASK, compressionTypes } from '../record/compression-type.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import type { Finding } from './findings.ts'

/** A value of a line; `OptionalNumber` is what Kafka prints as Java's `OptionalLong`. */
export type Value = number | string | boolean | OptionalNumber

export interface OptionalNumber {
  readonly orEmpty: number | undefined
}

/** The fields of a line, in their order. */
export type Entry = Readonly<Record<string, Value>>

/** Where a batch lies and whether its checksum is right. */
export interface BatchFacts {
  readonly position: number
  readonly isValid: boolean
}

/** The codec of a batch, whatever its attributes say. */
export function codecOf({ attributes }: BatchView): string {
  return compressionTypes[attributes & COMPRESSION_MASK] ?? 'unknown'
}

/** What was gone through in a file. */
export interface FileCounts {
  readonly batches: number
  readonly records: number
  readonly problems: number
}

/** Where the lines of a dump go. What was written is taken away by {@link take}, as UTF-8 that is good until more is written. */
export interface Output {
  /** How many bytes wait. */
  readonly length: number
  take(): Uint8Array
  file(file: DumpFile): void
  /** A line of fields; `kind` says what it is. */
  entry(kind: string, entry: Entry): void
  /** A line that is JSON by itself. */
  json(kind: string, text: string): void
  /** What Kafka's tool says in words; JSON has it in other lines. */
  words(text: string): void
  batch(batch: BatchView, facts: BatchFacts): void
  record(record: DumpedRecord): void
  finding(finding: Finding): void
  endOfFile(file: DumpFile, counts: FileCounts): void
}
