import type { RecordHeader } from '../record/kafka-record.ts'
import { CliError } from './cli-error.ts'

/** The format of an input line. */
export interface LineFormat {
  /** The text between key and value; `undefined` when lines have no key. */
  readonly keySeparator: string | undefined
  /**
   * Whether a line begins with its headers and a tab, as with `parse.headers` of Kafka's console
   * producer.
   */
  readonly hasHeaders: boolean
  /** Whether an empty value is a tombstone, and an empty key is null. */
  readonly isNullEmpty: boolean
  /** The key of lines that have none. */
  readonly key: Uint8Array | null
  /** Headers of every record, before those of the line. */
  readonly headers: readonly RecordHeader[]
}

export interface ParsedLine {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

const TAB = '\t'

/**
 * Parses a line. A line without the separator is a value without a key, as with kcat.
 *
 * @throws CliError when the line has no headers although it should
 */
export function parseLine(line: Buffer, format: LineFormat): ParsedLine {
  let rest = line
  let { headers, key } = format
  if (format.hasHeaders) {
    const end = rest.indexOf(TAB)
    if (end < 0)
      throw new CliError(
        `no headers in the line '${rest.toString()}': write name:value,… and a tab before the record, or omit --headers`,
      )
    headers = [...headers, ...parseHeaders(rest.toString('utf8', 0, end))]
    rest = rest.subarray(end + TAB.length)
  }
  const { keySeparator, isNullEmpty } = format
  const at = keySeparator === undefined ? -1 : rest.indexOf(keySeparator)
  if (at >= 0) {
    key = orNull(rest.subarray(0, at), isNullEmpty)
    rest = rest.subarray(at + Buffer.byteLength(keySeparator!))
  }
  return { key, value: orNull(rest, isNullEmpty), headers }
}

function parseHeaders(text: string): RecordHeader[] {
  if (text === '') return []
  return text.split(',').map((header) => {
    const at = header.indexOf(':')
    if (at < 1) throw new CliError(`invalid header '${header}': write name:value`)
    return { key: header.slice(0, at), value: Buffer.from(header.slice(at + 1)) }
  })
}

function orNull(bytes: Buffer, isNullEmpty: boolean): Buffer | null {
  return isNullEmpty && bytes.length === 0 ? null : bytes
}
