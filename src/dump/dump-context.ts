import type { FileSystem } from '../platform/file-system.ts'
import type { Heading } from './findings.ts'
import type { Output } from './output.ts'
import type { RecordFormat } from './record-decoder.ts'

/** What is asked of a dump. */
export interface DumpOptions {
  /** Whether every record is read and shown, not only the headers of the batches. */
  readonly isDeep: boolean
  /** How records are read; `auto`: by the topic's name. */
  readonly format: RecordFormat | 'auto'
  /** Only what holds offsets from here on, up to and with {@link toOffset}. */
  readonly fromOffset: number
  readonly toOffset: number
  /** Bytes of each `.log` file that are read. */
  readonly maxBytes: number
  /** Records that are shown in all, or batches where records are not. */
  readonly maxRecords: number
}

/** How much of the records has been gone through. */
export interface DumpCounts {
  batches: number
  records: number
}

/** What the dump of one file works with. */
export interface DumpContext {
  readonly fileSystem: FileSystem
  readonly options: DumpOptions
  readonly output: Output
  readonly counts: DumpCounts
  /** Told what is wrong with the file; a note may well be right. */
  report(heading: Heading, detail: string, isNote?: boolean): void
}

/** The dump of a file, in pieces: between them what was written can be taken away. */
export type DumpSteps = Generator<void, void, undefined>
