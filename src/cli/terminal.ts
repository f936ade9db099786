import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { systemTurn } from '../platform/turn.ts'

/** Writes to a stream. Waits while the reader is slower. */
export async function print(output: Writable, content: string | Uint8Array): Promise<void> {
  if (!output.write(content)) await once(output, 'drain')
}

/**
 * Writes to a stream and waits until the data is written. A caller that never waits for anything
 * else notices between two writes that the reader has closed the stream.
 */
export function printAtOnce(output: Writable, content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(content, (error) => (error ? reject(error) : systemTurn.after(resolve)))
  })
}

/** Returns a table as Kafka's tools print it: each column is as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return (
    rows
      .map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join(' ')
          .trimEnd(),
      )
      .join('\n') + '\n'
  )
}

/**
 * Yields the lines of a stream as bytes, without their delimiters: all complete lines of a chunk
 * together. The last line may lack its delimiter.
 */
export async function* linesOf(
  input: Readable,
  delimiter: Uint8Array,
): AsyncGenerator<Buffer[], void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of input) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    const lines: Buffer[] = []
    let start = 0
    for (let end = bytes.indexOf(delimiter); end >= 0; end = bytes.indexOf(delimiter, start)) {
      lines.push(bytes.subarray(start, end))
      start = end + delimiter.length
    }
    rest = bytes.subarray(start)
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) yield [rest]
}

/**
 * Calls back on the first SIGINT or SIGTERM; a second one ends the process. Returns a function that
 * stops listening.
 */
export function onTermination(callback: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  let hasBeenTold = false
  const listener = (signal: NodeJS.Signals): void => {
    if (hasBeenTold) process.exit(signal === 'SIGINT' ? 130 : 143)
    hasBeenTold = true
    callback()
  }
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}
