import type { BatchView } from '../record/batch-view.ts'
import { COMPRESSION_MASK, compressionTypes } from '../record/compression-type.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import type { Finding } from './findings.ts'

/** A value in a line. `OptionalNumber` is printed like Java's `OptionalLong`. */
export type Value = number | string | boolean | OptionalNumber

export interface OptionalNumber {
  readonly orEmpty: number | undefined
}

/** The fields of a line, in order. */
export type Entry = Readonly<Record<string, Value>>

/** The position of a batch, and whether its checksum is right. */
export interface BatchFacts {
  readonly position: number
  readonly isValid: boolean
}

/** Returns the codec of a batch, or a text for invalid attributes. */
export function codecOf({ attributes }: BatchView): string {
  return compressionTypes[attributes & COMPRESSION_MASK] ?? 'unknown'
}

/** Counts of what was read in a file. */
export interface FileCounts {
  readonly batches: number
  readonly records: number
  readonly problems: number
}

/**
 * Receives the lines of a dump. {@link take} returns what was written, as UTF-8 that is valid until
 * the next write.
 */
export interface Output {
  /** The number of bytes that {@link take} would return. */
  readonly length: number
  take(): Uint8Array
  file(file: DumpFile): void
  /** Writes a line of fields. `kind` is the kind of the line. */
  entry(kind: string, entry: Entry): void
  /** Writes a line that is already JSON. */
  json(kind: string, text: string): void
  /** Writes a sentence of Kafka's tool. The JSON output has other lines for this. */
  words(text: string): void
  batch(batch: BatchView, facts: BatchFacts): void
  record(record: DumpedRecord): void
  finding(finding: Finding): void
  endOfFile(file: DumpFile, counts: FileCounts): void
}
