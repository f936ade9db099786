import { basename } from 'node:path'
import type { FileHandle } from '../platform/file-system.ts'
import { scanBatches } from '../log/segment/batch-scanner.ts'
import {
  describeForeignContent,
  FOREIGN_CONTENT_BYTES,
  foreignContent,
} from '../log/survey/foreign-content.ts'
import type { BatchView } from '../record/batch-view.ts'
import { batchesOf } from '../record/batch-view.ts'
import { isCompressionType } from '../record/compression-type.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import { decompress } from '../record/compression.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { recordsOf } from '../record/records.ts'
import { readControlRecord } from './control-record-json.ts'
import type { DumpContext, DumpSteps } from './dump-context.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import { Heading } from './findings.ts'
import { decoderOf, formatOf, type RecordDecoder } from './record-decoder.ts'

const WINDOW_BYTES = 1024 * 1024

/**
 * Dumps the batches of a `.log` file or of a snapshot of the metadata log, with their records if
 * requested.
 */
export function* dumpLog(context: DumpContext, file: DumpFile): DumpSteps {
  const { fileSystem, output } = context
  if (file.content === 'log') output.words(`Log starting offset: ${file.offset}`)
  else if (file.offset === undefined) output.words('KRaft bootstrap snapshot')
  else output.words(`Snapshot end offset: ${file.offset}, epoch: ${file.epoch}`)
  const handle = fileSystem.open(file.path, { readOnly: true })
  try {
    yield* new LogDump(context, file).run(handle)
  } finally {
    handle.close()
  }
}

class LogDump {
  readonly #context: DumpContext
  readonly #file: DumpFile
  readonly #decoder: RecordDecoder | undefined
  /** The position after the last complete batch. */
  #end = 0
  #lastOffset: number | undefined
  #lastRecordOffset: number | undefined

  constructor(context: DumpContext, file: DumpFile) {
    const { format } = context.options
    this.#context = context
    this.#file = file
    this.#decoder = decoderOf(format === 'auto' ? formatOf(file.topic) : format)
  }

  *run(handle: FileHandle): DumpSteps {
    const { options, counts } = this.#context
    const size = handle.size()
    const to = Math.min(size, options.maxBytes)
    let reason: string | undefined
    try {
      for (const { batch, position } of scanBatches(handle, 0, to, WINDOW_BYTES)) {
        this.#batch(batch, position)
        this.#end = position + batch.sizeInBytes
        yield
        if (batch.lastOffset >= options.toOffset || counts.records >= options.maxRecords) return
      }
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
      reason = error.message
    }
    if (this.#end < size && to === size) {
      const foreign = this.#end === 0 ? foreignContentOf(handle) : undefined
      this.#trailing(size - this.#end, foreign ?? reason)
    }
  }

  #trailing(bytes: number, reason = 'the last batch is not there whole'): void {
    const { output } = this.#context
    output.words(`Found ${bytes} invalid bytes at the end of ${basename(this.#file.path)}`)
    this.#problem(`${bytes} invalid bytes from position ${this.#end} on: ${reason}`)
  }

  #batch(batch: BatchView, position: number): void {
    const { options, output, counts } = this.#context
    this.#checkOrder(batch, position)
    this.#lastOffset = batch.lastOffset
    if (batch.lastOffset < options.fromOffset) return
    if (batch.baseOffset > options.toOffset && batch.magic === 2) return
    const isValid = batch.isChecksumValid
    output.batch(batch, { position, isValid })
    counts.batches++
    if (!isValid) {
      this.#problem(
        `the batch at position ${position} (offset ${batch.baseOffset}) has a wrong checksum`,
      )
    }
    if (!isCompressionType(batch.attributes)) {
      this.#problem(`the batch at position ${position} is of no codec that Kafka knows`)
    } else if (!options.isDeep) counts.records++
    else if (isValid) this.#records(batch, position)
  }

  #checkOrder(batch: BatchView, position: number): void {
    const { baseOffset, lastOffset } = batch
    const last = this.#lastOffset
    const firstOffset = this.#file.content === 'log' ? this.#file.offset! : 0
    if (baseOffset < firstOffset) {
      this.#problem(`offset ${baseOffset} at position ${position} is below the segment's`)
    }
    if (lastOffset < baseOffset) {
      this.#problem(`the batch at position ${position} ends at ${lastOffset}, before it begins`)
    }
    if (last !== undefined && baseOffset <= last) {
      this.#problem(`offset ${baseOffset} at position ${position} follows ${last}`)
    }
  }

  #records(batch: BatchView, position: number): void {
    try {
      const checksums = batch.magic < 2 ? legacyChecksums(batch) : undefined
      let index = 0
      for (const record of recordsOf(batch)) {
        this.#record(batch, record, checksums?.[index++])
        if (this.#context.counts.records >= this.#context.options.maxRecords) return
      }
    } catch (error) {
      this.#problem(
        `the records of the batch at position ${position} cannot be read: ${(error as Error).message}`,
      )
    }
  }

  #record(batch: BatchView, record: KafkaRecord, checksum: DumpedRecord['checksum']): void {
    const { options, output, counts } = this.#context
    const { offset } = record
    const previous = this.#lastRecordOffset
    if (previous !== undefined && offset !== previous + 1) {
      const detail = `${previous} is followed by ${offset}`
      // Compaction leaves gaps.
      if (offset > previous) this.#context.report(Heading.NonConsecutive, detail, true)
      else this.#problem(`offset ${detail}`)
    }
    this.#lastRecordOffset = offset
    if (offset < options.fromOffset || offset > options.toOffset) return
    const control = batch.isControl ? readControlRecord(record) : undefined
    const decoded = control === undefined ? this.#decoder?.(record) : undefined
    output.record({ batch, record, decoded, control, checksum })
    counts.records++
  }

  #problem(detail: string): void {
    this.#context.report(Heading.Problems, detail)
  }
}

/** Returns a description of the content of a file that is not a log, if it is recognized. */
function foreignContentOf(handle: FileHandle): string | undefined {
  const start = Buffer.alloc(FOREIGN_CONTENT_BYTES)
  const content = foreignContent(start.subarray(0, handle.read(start, 0)))
  return content && `the file is no log: ${describeForeignContent(content)}`
}

/** Messages of magic 0 and 1 have their own checksums, also inside a compressed message. */
function legacyChecksums(message: BatchView): { crc: number; isValid: boolean }[] {
  const messages = message.isCompressed ? [...batchesOf(wrappedMessages(message))] : [message]
  return messages.map((each) => ({ crc: each.checksum, isValid: each.isChecksumValid }))
}

function wrappedMessages(message: BatchView): Uint8Array {
  const { bytes, magic, compression } = message
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const keyPosition = magic === 0 ? 18 : 26
  const valuePosition = keyPosition + 4 + Math.max(0, view.getInt32(keyPosition))
  return decompress(compression, bytes.subarray(valuePosition + 4), undefined, magic)
}
