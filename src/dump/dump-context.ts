import type { FileSystem } from '../platform/file-system.ts'
import type { Heading } from './findings.ts'
import type { Output } from './output.ts'
import type { RecordFormat } from './record-decoder.ts'

/** Options of a dump. */
export interface DumpOptions {
  /** Whether every record is read and printed, not only the headers of the batches. */
  readonly isDeep: boolean
  /** How records are decoded. `auto`: by the name of the topic. */
  readonly format: RecordFormat | 'auto'
  /** Prints only what contains offsets from this one up to and including {@link toOffset}. */
  readonly fromOffset: number
  readonly toOffset: number
  /** How many bytes of each `.log` file are read. */
  readonly maxBytes: number
  /** The total number of records to print, or of batches if records are not printed. */
  readonly maxRecords: number
}

/** The number of records processed so far. */
export interface DumpCounts {
  batches: number
  records: number
}

/** Everything that the dump of one file uses. */
export interface DumpContext {
  readonly fileSystem: FileSystem
  readonly options: DumpOptions
  readonly output: Output
  readonly counts: DumpCounts
  /** Reports a problem of the file. A note may be harmless. */
  report(heading: Heading, detail: string, isNote?: boolean): void
}

/** The dump of a file, in steps. The caller takes the output between two steps. */
export type DumpSteps = Generator<void, void, undefined>
