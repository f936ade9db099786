/** Printed by the console tools for a missing key, value or header. */
export const nullMarker = '<null>'

const properties = [
  'print.timestamp=true',
  'print.partition=true',
  'print.offset=true',
  'print.headers=true',
  'print.key=true',
  `null.literal=${nullMarker}`,
]

/** The options that make Kafka's `ConsoleConsumer` print what {@link consoleRecord} reads. */
export const consoleFormat: readonly string[] = properties.flatMap((property) => [
  '--formatter-property',
  property,
])

/** A record in the console consumer's format. */
export interface ConsoleRecord {
  readonly partition: number
  readonly offset: number
  /** -1 if there is none. */
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}

/** Parses a line of the console consumer. Texts must not contain tabs, commas and colons. */
export function consoleRecord(line: string): ConsoleRecord {
  const [timestamp, partition, offset, headers, key, value] = line.split('\t')
  const pairs = headers === 'NO_HEADERS' ? [] : headers!.split(',')
  return {
    partition: afterColon(partition!),
    offset: afterColon(offset!),
    timestamp: timestamp === 'NO_TIMESTAMP' ? -1 : afterColon(timestamp!),
    key: textOf(key!),
    value: textOf(value!),
    headers: pairs.map((pair) => {
      const at = pair.indexOf(':')
      return [pair.slice(0, at), textOf(pair.slice(at + 1))]
    }),
  }
}

function afterColon(text: string): number {
  return Number(text.slice(text.indexOf(':') + 1))
}

function textOf(text: string): string | null {
  return text === nullMarker ? null : text
}
