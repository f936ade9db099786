import { isUtf8 } from 'node:buffer'
import type { BatchView } from '../record/batch-view.ts'
import type { DumpFile } from './dump-file.ts'
import type { DumpedRecord } from './dumped-record.ts'
import { sequenceOf } from './dumped-record.ts'
import type { Finding } from './findings.ts'
import type { BatchFacts, Entry, Output } from './output.ts'

/**
 * One JSON object per line. `kind` says what it is and `file` where it stands; the other names are those of the text.
 * 64-bit numbers keep all their digits.
 */
export class JsonOutput implements Output {
  readonly #hasData: boolean
  #file = ''
  #text = ''

  constructor({ hasData }: { readonly hasData: boolean }) {
    this.#hasData = hasData
  }

  get length(): number {
    return this.#text.length
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  file({ path, content, topic, partition, offset }: DumpFile): void {
    this.#file = JSON.stringify(path)
    this.#line('file', JSON.stringify({ content, topic, partition, offset }).slice(1, -1))
  }

  entry(kind: string, entry: Entry): void {
    let fields = ''
    for (const name in entry) {
      const value = entry[name]!
      const json = JSON.stringify(typeof value === 'object' ? (value.orEmpty ?? null) : value)
      fields += `${fields === '' ? '' : ','}"${name}":${json}`
    }
    this.#line(kind, fields)
  }

  json(kind: string, text: string): void {
    this.#line(kind, `"data":${text}`)
  }

  words(): void {}

  batch(batch: BatchView, { position, isValid }: BatchFacts): void {
    this.#line(
      'batch',
      `"baseOffset":${batch.baseOffset},"lastOffset":${batch.lastOffset},"count":${batch.recordCount},` +
        `"baseSequence":${batch.baseSequence},"lastSequence":${batch.lastSequence},` +
        `"producerId":${batch.producerId},"producerEpoch":${batch.producerEpoch},` +
        `"partitionLeaderEpoch":${batch.partitionLeaderEpoch},` +
        `"isTransactional":${batch.isTransactional},"isControl":${batch.isControl},` +
        `"deleteHorizonMs":${batch.deleteHorizonMs ?? null},"position":${position},` +
        `"timestampType":"${batch.timestampType}","timestamp":${batch.maxTimestamp},` +
        `"size":${batch.sizeInBytes},"magic":${batch.magic},"compresscodec":"${batch.compression}",` +
        `"crc":${batch.checksum},"isvalid":${isValid}`,
    )
  }

  record(dumped: DumpedRecord): void {
    const { batch, record, control, checksum } = dumped
    const { offset, timestamp, key, value } = record
    let fields =
      `"offset":${offset},"timestampType":"${batch.timestampType}","timestamp":${timestamp},` +
      `"keySize":${key?.length ?? -1},"valueSize":${value?.length ?? -1},"sequence":${sequenceOf(dumped)}`
    if (checksum !== undefined) fields += `,"crc":${checksum.crc},"isvalid":${checksum.isValid}`
    if (control !== undefined) {
      fields += `,"controlType":"${control.type}","control":${control.json ?? 'null'}`
    } else if (this.#hasData) {
      fields += `,${headersJson(record.headers)}${dataJson(dumped)}`
    }
    this.#line('record', fields)
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
    this.#text += `{"kind":"${kind}","file":${this.#file}${fields === '' ? '' : ','}${fields}}\n`
  }
}

function headersJson(headers: DumpedRecord['record']['headers']): string {
  if (headers.length === 0) return '"headers":[]'
  const each = headers.map(
    ({ key, value }) => `{"key":${JSON.stringify(key)},${bytesJson('value', value)}}`,
  )
  return `"headers":[${each.join(',')}]`
}

function dataJson({ record, decoded }: DumpedRecord): string {
  if (decoded === undefined || 'complaint' in decoded) {
    const { key, value } = record
    const complaint =
      decoded === undefined ? '' : `,"complaint":${JSON.stringify(decoded.complaint)}`
    return `,${bytesJson('key', key)},${bytesJson('value', value)}${complaint}`
  }
  return `,"key":${decoded.key ?? 'null'},"value":${decoded.value ?? 'null'}`
}

/** Text where it is UTF-8; else base64, and a field beside it that says so. */
function bytesJson(name: string, bytes: Uint8Array | null): string {
  if (bytes === null) return `"${name}":null`
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (isUtf8(buffer)) return `"${name}":${JSON.stringify(buffer.toString('utf8'))}`
  return `"${name}":"${buffer.toString('base64')}","${name}Encoding":"base64"`
}
