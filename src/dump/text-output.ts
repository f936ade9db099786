import type { BatchView } from '../record/batch-view.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import { sequenceOf } from './dumped-record.ts'
import { LineBuffer } from './line-buffer.ts'
import { type BatchFacts, codecOf, type Entry, type Output, type Value } from './output.ts'
import { DELETED } from './record-decoder.ts'

export interface TextOptions {
  /** Whether records are printed with their keys and values. */
  readonly hasData: boolean
  /** Whether records are printed with their metadata. */
  readonly hasMetadata: boolean
}

/**
 * Writes the lines of Kafka's `DumpLogSegments`, field by field. Bytes that are not UTF-8 are
 * printed as base64; Kafka's tool prints replacement characters.
 */
export class TextOutput implements Output {
  readonly #options: TextOptions
  readonly #lines = new LineBuffer()

  constructor(options: TextOptions) {
    this.#options = options
  }

  get length(): number {
    return this.#lines.length
  }

  take(): Uint8Array {
    return this.#lines.take()
  }

  file({ path }: DumpFile): void {
    this.words(`Dumping ${path}`)
  }

  entry(_kind: string, entry: Entry): void {
    const fields = Object.entries(entry).map(([name, value]) => `${name}: ${valueText(value)}`)
    this.words(fields.join(' '))
  }

  json(_kind: string, text: string): void {
    this.words(text)
  }

  words(text: string): void {
    this.#lines.text(text)
    this.#lines.ascii('\n')
  }

  batch(batch: BatchView, { position, isValid }: BatchFacts): void {
    const lines = this.#lines
    if (batch.magic < 2) lines.field('offset: ', batch.lastOffset)
    else this.#header(batch)
    lines.field(' position: ', position)
    lines.ascii(' ')
    lines.ascii(batch.timestampType)
    lines.field(': ', batch.maxTimestamp)
    lines.field(' size: ', batch.sizeInBytes)
    lines.field(' magic: ', batch.magic)
    lines.ascii(' compresscodec: ')
    lines.ascii(codecOf(batch))
    lines.field(' crc: ', batch.checksum)
    lines.field(' isvalid: ', isValid)
    lines.ascii('\n')
  }

  record(dumped: DumpedRecord): void {
    const { hasData, hasMetadata } = this.#options
    const isShown = hasData && dumped.control === undefined
    if (hasMetadata) this.#metadata(dumped)
    else if (isShown) this.#lines.ascii('|')
    if (isShown) this.#data(dumped)
    this.#lines.ascii('\n')
  }

  /** Problems are printed at the end, not between the lines. */
  finding(): void {}

  endOfFile(): void {}

  #header(batch: BatchView): void {
    const lines = this.#lines
    lines.field('baseOffset: ', batch.baseOffset)
    lines.field(' lastOffset: ', batch.lastOffset)
    lines.field(' count: ', batch.recordCount)
    lines.field(' baseSequence: ', batch.baseSequence)
    lines.field(' lastSequence: ', batch.lastSequence)
    lines.field(' producerId: ', batch.producerId)
    lines.field(' producerEpoch: ', batch.producerEpoch)
    lines.field(' partitionLeaderEpoch: ', batch.partitionLeaderEpoch)
    lines.field(' isTransactional: ', batch.isTransactional)
    lines.field(' isControl: ', batch.isControl)
    lines.ascii(' deleteHorizonMs: ')
    lines.ascii(valueText({ orEmpty: batch.deleteHorizonMs }))
  }

  #metadata(dumped: DumpedRecord): void {
    const { batch, record, control, checksum } = dumped
    const lines = this.#lines
    lines.field('| offset: ', record.offset)
    lines.ascii(' ')
    lines.ascii(batch.timestampType)
    lines.field(': ', record.timestamp)
    lines.field(' keySize: ', record.key?.length ?? -1)
    lines.field(' valueSize: ', record.value?.length ?? -1)
    if (checksum !== undefined) {
      lines.field(' isValid: ', checksum.isValid)
      lines.field(' crc: ', checksum.crc)
      return
    }
    lines.field(' sequence: ', sequenceOf(dumped))
    lines.ascii(' headerKeys: [')
    if (record.headers.length > 0) lines.text(record.headers.map(({ key }) => key).join(','))
    lines.ascii(']')
    if (control !== undefined) lines.text(` ${control.text}`)
  }

  #data({ record, decoded }: DumpedRecord): void {
    const lines = this.#lines
    if (decoded === undefined) {
      this.#bytes(' key: ', record.key)
      this.#bytes(' payload: ', record.value)
    } else if ('complaint' in decoded) {
      lines.text(`${decoded.isInKey ? ' key: ' : ' payload: '}${decoded.complaint}`)
    } else {
      const { key, value = DELETED } = decoded
      lines.text(`${key === undefined ? '' : ` key: ${key}`} payload: ${value}`)
    }
  }

  #bytes(label: string, bytes: Uint8Array | null): void {
    if (bytes === null) return
    this.#lines.ascii(label)
    if (!this.#lines.utf8(bytes)) this.#lines.text(`base64:${base64Of(bytes)}`)
  }
}

function valueText(value: Value): string {
  if (typeof value !== 'object') return String(value)
  return value.orEmpty === undefined ? 'OptionalLong.empty' : `OptionalLong[${value.orEmpty}]`
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
