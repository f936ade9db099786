import type { FileSystem } from '../platform/file-system.ts'
import { errorCodeOf } from '../platform/system-error.ts'
import type { DumpContext, DumpCounts, DumpOptions, DumpSteps } from './dump-context.ts'
import type { DumpFile, FileContent } from './dump-file.ts'
import { dumpOffsetIndex, dumpTimeIndex, dumpTransactionIndex } from './dump-indexes.ts'
import { dumpLog } from './dump-log.ts'
import {
  dumpJson,
  dumpLeaderEpochs,
  dumpMetaProperties,
  dumpOffsetCheckpoint,
  dumpPartitionMetadata,
  dumpProducerSnapshot,
} from './dump-small-files.ts'
import { Findings, Heading } from './findings.ts'
import type { Output } from './output.ts'

/** The output is passed on in chunks of about this size. */
const CHUNK_BYTES = 64 * 1024

const dumpers: Readonly<Record<FileContent, (context: DumpContext, file: DumpFile) => DumpSteps>> =
  {
    log: dumpLog,
    metadataSnapshot: dumpLog,
    offsetIndex: dumpOffsetIndex,
    timeIndex: dumpTimeIndex,
    transactionIndex: dumpTransactionIndex,
    producerSnapshot: dumpProducerSnapshot,
    leaderEpochs: dumpLeaderEpochs,
    offsetCheckpoint: dumpOffsetCheckpoint,
    partitionMetadata: dumpPartitionMetadata,
    metaProperties: dumpMetaProperties,
    json: dumpJson,
  }

/** Dumps the files of a log directory. It writes and locks nothing. */
export class Dump {
  readonly findings = new Findings()
  /** Files that the operating system did not allow to be read. */
  readonly unreadable: string[] = []
  readonly #fileSystem: FileSystem
  readonly #options: DumpOptions
  readonly #output: Output
  readonly #counts: DumpCounts = { batches: 0, records: 0 }

  constructor(fileSystem: FileSystem, options: DumpOptions, output: Output) {
    this.#fileSystem = fileSystem
    this.#options = options
    this.#output = output
  }

  /**
   * Yields the output in chunks. Each chunk is valid until the next one is requested. If a file
   * cannot be read, or not completely, the other files are dumped anyway.
   */
  *run(files: readonly DumpFile[]): Generator<Uint8Array, void, undefined> {
    for (const file of files) {
      if (this.#counts.records >= this.#options.maxRecords) break
      yield* this.#dumpFile(file)
    }
    if (this.#output.length > 0) yield this.#output.take()
  }

  *#dumpFile(file: DumpFile): Generator<Uint8Array, void, undefined> {
    const output = this.#output
    const { batches, records } = this.#counts
    const problems = this.findings.problemCount
    output.file(file)
    try {
      for (const _ of dumpers[file.content](this.#contextOf(file), file)) {
        if (output.length >= CHUNK_BYTES) yield output.take()
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (errorCodeOf(error) !== undefined) this.unreadable.push(file.path)
      this.#report(file, Heading.Problems, error.message)
    }
    output.endOfFile(file, {
      batches: this.#counts.batches - batches,
      records: this.#counts.records - records,
      problems: this.findings.problemCount - problems,
    })
  }

  #contextOf(file: DumpFile): DumpContext {
    return {
      fileSystem: this.#fileSystem,
      options: this.#options,
      output: this.#output,
      counts: this.#counts,
      report: (heading, detail, isNote) => this.#report(file, heading, detail, isNote),
    }
  }

  #report(file: DumpFile, heading: Heading, detail: string, isNote = false): void {
    const finding = { path: file.path, heading, detail, isNote }
    this.findings.add(finding)
    this.#output.finding(finding)
  }
}
