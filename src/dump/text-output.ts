import { isUtf8 } from 'node:buffer'
import type { BatchView } from '../record/batch-view.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import { sequenceOf } from './dumped-record.ts'
import type { BatchFacts, Entry, Output, Value } from './output.ts'
import { DELETED } from './record-decoder.ts'

export interface TextOptions {
  /** Whether records show their keys and values. */
  readonly hasData: boolean
  /** Whether records show what they are besides. */
  readonly hasMetadata: boolean
}

/** The lines of Kafka's `DumpLogSegments`, field by field. What is no UTF-8, of which the tool prints what cannot be read, is base64. */
export class TextOutput implements Output {
  readonly #options: TextOptions
  #text = ''

  constructor(options: TextOptions) {
    this.#options = options
  }

  get length(): number {
    return this.#text.length
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  file({ path }: DumpFile): void {
    this.words(`Dumping ${path}`)
  }

  entry(_kind: string, entry: Entry): void {
    let line = ''
    for (const name in entry) line += `${line === '' ? '' : ' '}${name}: ${valueText(entry[name]!)}`
    this.#text += `${line}\n`
  }

  json(_kind: string, text: string): void {
    this.words(text)
  }

  words(text: string): void {
    this.#text += `${text}\n`
  }

  batch(batch: BatchView, { position, isValid }: BatchFacts): void {
    this.#text +=
      (batch.magic < 2 ? `offset: ${batch.lastOffset}` : headerText(batch)) +
      ` position: ${position} ${batch.timestampType}: ${batch.maxTimestamp}` +
      ` size: ${batch.sizeInBytes} magic: ${batch.magic} compresscodec: ${batch.compression}` +
      ` crc: ${batch.checksum} isvalid: ${isValid}\n`
  }

  record(dumped: DumpedRecord): void {
    const { hasData, hasMetadata } = this.#options
    const metadata = hasMetadata ? metadataText(dumped) : ''
    const data = hasData && dumped.control === undefined ? dataText(dumped) : ''
    this.#text += `${metadata}${data === '' || hasMetadata ? data : `|${data}`}\n`
  }

  /** Said in the end, and not among the lines. */
  finding(): void {}

  endOfFile(): void {}
}

function valueText(value: Value): string {
  if (typeof value !== 'object') return String(value)
  return value.orEmpty === undefined ? 'OptionalLong.empty' : `OptionalLong[${value.orEmpty}]`
}

function headerText(batch: BatchView): string {
  return (
    `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.recordCount}` +
    ` baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence}` +
    ` producerId: ${batch.producerId} producerEpoch: ${batch.producerEpoch}` +
    ` partitionLeaderEpoch: ${batch.partitionLeaderEpoch}` +
    ` isTransactional: ${batch.isTransactional} isControl: ${batch.isControl}` +
    ` deleteHorizonMs: ${valueText({ orEmpty: batch.deleteHorizonMs })}`
  )
}

function metadataText(dumped: DumpedRecord): string {
  const { batch, record, control, checksum } = dumped
  const { offset, timestamp, key, value, headers } = record
  const sizes = `keySize: ${key?.length ?? -1} valueSize: ${value?.length ?? -1}`
  const line = `| offset: ${offset} ${batch.timestampType}: ${timestamp} ${sizes}`
  if (checksum !== undefined) return `${line} isValid: ${checksum.isValid} crc: ${checksum.crc}`
  const headerKeys = headers.map((header) => header.key).join(',')
  const says = control === undefined ? '' : ` ${control.text}`
  return `${line} sequence: ${sequenceOf(dumped)} headerKeys: [${headerKeys}]${says}`
}

function dataText({ record, decoded }: DumpedRecord): string {
  if (decoded === undefined) {
    const { key, value } = record
    return `${key === null ? '' : ` key: ${bytesText(key)}`}${value === null ? '' : ` payload: ${bytesText(value)}`}`
  }
  if ('complaint' in decoded) {
    return `${decoded.isInKey ? ' key: ' : ' payload: '}${decoded.complaint}`
  }
  const { key, value = DELETED } = decoded
  return `${key === undefined ? '' : ` key: ${key}`} payload: ${value}`
}

function bytesText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return isUtf8(buffer) ? buffer.toString('utf8') : `base64:${buffer.toString('base64')}`
}
