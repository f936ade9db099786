import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Codec } from './client.ts'

/** The header of a record batch in a log segment. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly codec: Codec
  readonly producerId: number
  readonly producerEpoch: number
  readonly isTransactional: boolean
  /** Whether it is the marker at the end of a transaction. */
  readonly isControl: boolean
  readonly baseSequence: number
  readonly recordCount: number
}

const codecs: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/**
 * Reads the batch headers of partition 0 from the broker's files, to see what the client really
 * sent.
 */
export function storedBatches(dataDir: string, topic: string): StoredBatch[] {
  const segment = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find(
    (path) => path.endsWith('00000000000000000000.log') && basename(dirname(path)) === `${topic}-0`,
  )
  if (segment === undefined) throw new Error(`there is no segment of ${topic}-0 in ${dataDir}`)
  const bytes = readFileSync(join(dataDir, segment))
  const batches: StoredBatch[] = []
  for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    const attributes = bytes.readInt16BE(at + 21)
    batches.push({
      baseOffset: Number(bytes.readBigInt64BE(at)),
      codec: codecs[attributes & 7]!,
      producerId: Number(bytes.readBigInt64BE(at + 43)),
      producerEpoch: bytes.readInt16BE(at + 51),
      isTransactional: (attributes & 16) !== 0,
      isControl: (attributes & 32) !== 0,
      baseSequence: bytes.readInt32BE(at + 53),
      recordCount: bytes.readInt32BE(at + 57),
    })
  }
  return batches
}
