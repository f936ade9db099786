import { isUtf8 } from 'node:buffer'
import type { BatchView } from '../record/batch-view.ts'
import type { RecordHeader } from '../record/kafka-record.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import { sequenceOf } from './dumped-record.ts'
import type { Finding } from './findings.ts'
import { LineBuffer } from './line-buffer.ts'
import { type BatchFacts, codecOf, type Entry, type Output } from './output.ts'

/**
 * Writes one JSON object per line. `kind` is the kind of the line, and `file` the path of the file.
 * The other names are those of the text output. 64-bit integers keep all digits.
 */
export class JsonOutput implements Output {
  readonly #hasData: boolean
  readonly #lines = new LineBuffer()
  /** `"file":"…"`, as UTF-8. */
  #file: Uint8Array = new Uint8Array(0)

  constructor({ hasData }: { readonly hasData: boolean }) {
    this.#hasData = hasData
  }

  get length(): number {
    return this.#lines.length
  }

  take(): Uint8Array {
    return this.#lines.take()
  }

  file({ path, content, topic, partition, offset }: DumpFile): void {
    this.#file = Buffer.from(`"file":${JSON.stringify(path)}`)
    this.#line('file', JSON.stringify({ content, topic, partition, offset }).slice(1, -1))
  }

  entry(kind: string, entry: Entry): void {
    const fields = Object.entries(entry).map(([name, value]) => {
      const json = JSON.stringify(typeof value === 'object' ? (value.orEmpty ?? null) : value)
      return `"${name}":${json}`
    })
    this.#line(kind, fields.join(','))
  }

  json(kind: string, text: string): void {
    this.#line(kind, `"data":${text}`)
  }

  words(): void {}

  batch(batch: BatchView, { position, isValid }: BatchFacts): void {
    const lines = this.#lines
    this.#begin('batch')
    lines.field(',"baseOffset":', batch.baseOffset)
    lines.field(',"lastOffset":', batch.lastOffset)
    lines.field(',"count":', batch.recordCount)
    lines.field(',"baseSequence":', batch.baseSequence)
    lines.field(',"lastSequence":', batch.lastSequence)
    lines.field(',"producerId":', batch.producerId)
    lines.field(',"producerEpoch":', batch.producerEpoch)
    lines.field(',"partitionLeaderEpoch":', batch.partitionLeaderEpoch)
    lines.field(',"isTransactional":', batch.isTransactional)
    lines.field(',"isControl":', batch.isControl)
    lines.ascii(`,"deleteHorizonMs":${batch.deleteHorizonMs ?? null}`)
    lines.field(',"position":', position)
    lines.ascii(`,"timestampType":"${batch.timestampType}"`)
    lines.field(',"timestamp":', batch.maxTimestamp)
    lines.field(',"size":', batch.sizeInBytes)
    lines.field(',"magic":', batch.magic)
    lines.ascii(`,"compresscodec":"${codecOf(batch)}"`)
    lines.field(',"crc":', batch.checksum)
    lines.field(',"isvalid":', isValid)
    lines.ascii('}\n')
  }

  record(dumped: DumpedRecord): void {
    const { batch, record, control, checksum } = dumped
    const lines = this.#lines
    this.#begin('record')
    lines.field(',"offset":', record.offset)
    lines.ascii(`,"timestampType":"${batch.timestampType}"`)
    lines.field(',"timestamp":', record.timestamp)
    lines.field(',"keySize":', record.key?.length ?? -1)
    lines.field(',"valueSize":', record.value?.length ?? -1)
    lines.field(',"sequence":', sequenceOf(dumped))
    if (checksum !== undefined) {
      lines.field(',"crc":', checksum.crc)
      lines.field(',"isvalid":', checksum.isValid)
    }
    if (control !== undefined) {
      lines.text(`,"controlType":"${control.type}","control":${control.json ?? 'null'}`)
    } else if (this.#hasData) {
      this.#headers(record.headers)
      this.#data(dumped)
    }
    lines.ascii('}\n')
  }

  finding({ heading, detail, isNote }: Finding): void {
    const name = heading.replace(/ (?:in )?:?$/, '')
    this.#line(
      isNote ? 'note' : 'problem',
      `"heading":${JSON.stringify(name)},"detail":${JSON.stringify(detail)}`,
    )
  }

  endOfFile(): void {}

  #line(kind: string, fields: string): void {
    this.#begin(kind)
    this.#lines.text(`${fields === '' ? '' : ','}${fields}}\n`)
  }

  #begin(kind: string): void {
    this.#lines.ascii('{"kind":"')
    this.#lines.ascii(kind)
    this.#lines.ascii('",')
    this.#lines.raw(this.#file)
  }

  #headers(headers: readonly RecordHeader[]): void {
    const lines = this.#lines
    lines.ascii(',"headers":[')
    for (const [index, { key, value }] of headers.entries()) {
      lines.text(`${index === 0 ? '' : ','}{"key":${JSON.stringify(key)},`)
      this.#bytes('value', value)
      lines.ascii('}')
    }
    lines.ascii(']')
  }

  #data({ record, decoded }: DumpedRecord): void {
    const lines = this.#lines
    lines.ascii(',')
    if (decoded !== undefined && !('complaint' in decoded)) {
      lines.text(`"key":${decoded.key ?? 'null'},"value":${decoded.value ?? 'null'}`)
      return
    }
    this.#bytes('key', record.key)
    lines.ascii(',')
    this.#bytes('value', record.value)
    if (decoded !== undefined) lines.text(`,"complaint":${JSON.stringify(decoded.complaint)}`)
  }

  /** Writes text if the bytes are UTF-8; otherwise base64, and a field that marks it. */
  #bytes(name: string, bytes: Uint8Array | null): void {
    const lines = this.#lines
    lines.ascii('"')
    lines.ascii(name)
    if (bytes === null) return lines.ascii('":null')
    lines.ascii('":"')
    if (lines.plainJson(bytes)) return lines.ascii('"')
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    if (isUtf8(buffer)) return lines.text(JSON.stringify(buffer.toString('utf8')).slice(1))
    lines.ascii(buffer.toString('base64'))
    lines.ascii(`","${name}Encoding":"base64"`)
  }
}
