import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** Damage to the files of a partition while its broker is stopped. */
export interface Damage {
  readonly what: string
  /** The damaged topic. */
  readonly topic: string
  readonly inflict: (directory: string) => void
}

/** Files that can be rebuilt from the batches. Kafka itself detects only some of this damage. */
export const damagedIndexes: readonly Damage[] = [
  {
    what: 'an offset index is gone',
    topic: 'codec-none',
    inflict: (directory) => rmSync(second(directory, '.index')),
  },
  {
    what: 'a time index is gone',
    topic: 'java',
    inflict: (directory) => rmSync(last(directory, '.timeindex')),
  },
  {
    what: 'an offset index ends within an entry',
    topic: 'append-time',
    inflict: (directory) => truncateSync(second(directory, '.index'), 12),
  },
  {
    what: 'the last entry of a time index is before the first one',
    topic: 'codec-snappy',
    inflict: (directory) =>
      corrupt(second(directory, '.timeindex'), (bytes) => bytes.fill(0, bytes.length - 12)),
  },
  {
    what: 'an offset index holds nothing but zeros',
    topic: 'codec-lz4',
    inflict: (directory) => corrupt(second(directory, '.index'), (bytes) => bytes.fill(0)),
  },
  {
    what: 'all indexes are gone',
    topic: 'codec-zstd',
    inflict: (directory) => remove(directory, '.index', '.timeindex'),
  },
  {
    what: 'the newest snapshot is corrupt',
    topic: 'idempotent',
    inflict: (directory) => corrupt(last(directory, '.snapshot'), (bytes) => bytes.fill(7, 6)),
  },
  {
    what: 'a transaction index names offsets of another segment',
    topic: 'transactions',
    inflict: (directory) => corrupt(second(directory, '.txnindex'), (bytes) => bytes.fill(0)),
  },
  {
    what: 'the leader epochs are gone',
    topic: 'codec-gzip',
    inflict: (directory) => rmSync(join(directory, 'leader-epoch-checkpoint')),
  },
]

/** Damage that a broker truncates after it was killed without recovery points. */
export const damagedBatches: readonly Damage[] = [
  {
    what: 'a batch was written in part',
    topic: 'codec-none',
    inflict: (directory) =>
      appendFileSync(last(directory, '.log'), firstBatch(directory).subarray(0, -5)),
  },
  {
    what: 'not even the header was written',
    topic: 'codec-gzip',
    inflict: (directory) =>
      appendFileSync(last(directory, '.log'), firstBatch(directory).subarray(0, 11)),
  },
  {
    what: 'zeros follow the last batch',
    topic: 'codec-snappy',
    inflict: (directory) => appendFileSync(last(directory, '.log'), Buffer.alloc(4096)),
  },
  {
    what: 'a byte of the last batch is another',
    topic: 'codec-lz4',
    inflict: (directory) =>
      corrupt(last(directory, '.log'), (bytes) => flip(bytes, bytes.length - 3)),
  },
  {
    what: 'a byte in the middle of a sealed segment is another',
    topic: 'codec-zstd',
    inflict: (directory) => corrupt(second(directory, '.log'), flipInMiddle),
  },
  {
    what: 'a sealed segment is cut',
    topic: 'append-time',
    inflict: (directory) =>
      corrupt(second(directory, '.log'), (bytes) => bytes.subarray(0, bytes.length >> 1)),
  },
  {
    what: 'the last segment has no bytes',
    topic: 'idempotent',
    inflict: (directory) => truncateSync(last(directory, '.log'), 0),
  },
  {
    what: 'all indexes and snapshots are gone',
    topic: 'transactions',
    inflict: (directory) => remove(directory, '.index', '.timeindex', '.txnindex', '.snapshot'),
  },
  {
    what: 'the aborted transactions of a compacted segment are gone',
    topic: 'compacted',
    inflict: (directory) => rmSync(second(directory, '.txnindex')),
  },
]

function filesOf(directory: string, ...endings: string[]): string[] {
  return readdirSync(directory)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort()
}

function remove(directory: string, ...endings: string[]): void {
  for (const name of filesOf(directory, ...endings)) rmSync(join(directory, name))
}

/** Returns the second file of a kind, which usually belongs to a segment in the middle. */
function second(directory: string, ending: string): string {
  return join(directory, filesOf(directory, ending).slice(0, 2).at(-1)!)
}

function last(directory: string, ending: string): string {
  return join(directory, filesOf(directory, ending).at(-1)!)
}

/** Reads from the first segment, because the last one may be empty. */
function firstBatch(directory: string): Buffer {
  const bytes = readFileSync(join(directory, filesOf(directory, '.log')[0]!))
  return bytes.subarray(0, 12 + bytes.readInt32BE(8))
}

function corrupt(path: string, change: (bytes: Buffer) => Buffer | void): void {
  const bytes = readFileSync(path)
  writeFileSync(path, change(bytes) ?? bytes)
}

/** In the records of a batch: a header with a different offset can prevent Kafka from starting. */
function flipInMiddle(bytes: Buffer): void {
  let start = 0
  while (start < bytes.length >> 1) start += 12 + bytes.readInt32BE(start + 8)
  flip(bytes, start - 1)
}

function flip(bytes: Buffer, at: number): void {
  bytes[at] = bytes[at]! ^ 0xff
}
