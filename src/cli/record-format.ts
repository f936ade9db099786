import type { ConsumerRecord } from '../client/consumer/consumer-record.ts'
import type { RecordHeader } from '../record/kafka-record.ts'
import { TimestampType } from '../record/timestamp-type.ts'
import { CliError } from './cli-error.ts'
import { unescape } from './arguments.ts'

/** A record with its place. */
export type ConsumedRecord = Omit<ConsumerRecord, 'leaderEpoch'>

export type RecordFormatter = (record: ConsumedRecord) => Uint8Array

type Token = (record: ConsumedRecord) => string | Uint8Array

/** The tokens of kcat's `-f`. */
const tokens: Readonly<Record<string, Token>> = {
  s: ({ value }) => value ?? '',
  S: ({ value }) => String(value?.length ?? -1),
  k: ({ key }) => key ?? '',
  K: ({ key }) => String(key?.length ?? -1),
  t: ({ topic }) => topic,
  p: ({ partition }) => String(partition),
  o: ({ offset }) => String(offset),
  T: ({ timestamp }) => String(timestamp),
  h: ({ headers }) =>
    headers.map(({ key, value }) => `${key}=${value === null ? 'NULL' : text(value)}`).join(','),
  '%': () => '%',
}

/**
 * Compiles a format such as `%t [%p] at %o: %k=%s\n`.
 *
 * @throws CliError when it has an unknown token
 */
export function recordFormatter(format: string): RecordFormatter {
  const parts = format.split(/(%.?)/s).map((part): Token => {
    if (!part.startsWith('%')) {
      const literal = unescape(part)
      return () => literal
    }
    const token = tokens[part.slice(1)]
    if (token === undefined) {
      const known = Object.keys(tokens).map((name) => `%${name}`)
      throw new CliError(`unknown token '${part}' in the format: use one of ${known.join(' ')}`)
    }
    return token
  })
  return (record) => Buffer.concat(parts.map((part) => bytesOf(part(record))))
}

/**
 * Returns a record as a line of JSON, with the names of kcat's `-J`. Bytes are decoded as UTF-8.
 */
export function jsonLine(record: ConsumedRecord): Uint8Array {
  const { topic, partition, offset, timestamp, timestampType, headers, key, value } = record
  const line = {
    topic,
    partition,
    offset,
    tstype: timestampType === TimestampType.LogAppendTime ? 'logappend' : 'create',
    ts: timestamp,
    ...(headers.length > 0 && { headers: headers.flatMap(headerPair) }),
    key: key && text(key),
    payload: value && text(value),
  }
  return Buffer.from(`${JSON.stringify(line)}\n`)
}

function headerPair({ key, value }: RecordHeader): [string, string | null] {
  return [key, value && text(value)]
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part
}
