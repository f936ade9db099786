import type { LogConfig } from '../../../src/log/log-config.ts'
import { LogWriter, middleOf } from './log-writer.ts'
import type { WritingProducer } from './log-writer.ts'

/** A partition directory that our log has written in one of the histories. */
export interface WrittenLog {
  readonly directory: string
  /** The entry in `log-start-offset-checkpoint`, if it needs one. */
  readonly logStartOffset: number | undefined
}

interface Life {
  readonly name: string
  readonly config?: Partial<LogConfig>
  readonly live: (writer: LogWriter) => void | Promise<void>
}

/**
 * Its indexes were written by the cleaner. They have fewer entries than those that recovery builds.
 */
export const COMPACTED = 'compacted'
export const EMPTY = 'nothing but an offset'
/**
 * Histories with a restart or truncation within a segment, whose index interval counts from there.
 * Recovery does not know that.
 */
export const INTERRUPTED = [
  'codecs, epochs and a restart',
  'transactions and idempotent producers',
  'truncated',
  'killed',
  'deleted records',
  'old segments deleted',
]

const lives: readonly Life[] = [
  { name: 'codecs, epochs and a restart', live: (writer) => liveOrdinarily(writer) },
  { name: 'transactions and idempotent producers', live: (writer) => void transactions(writer) },
  { name: 'truncated', config: { segmentBytes: 6000 }, live: truncated },
  { name: 'killed', config: { segmentBytes: 8000 }, live: killed },
  {
    name: 'thousands of batches',
    config: { segmentBytes: 200_000 },
    live: (writer) => times(4000, () => writer.append({ records: writer.records(1) })),
  },
  {
    name: 'LogAppendTime',
    config: { timestampType: 'LogAppendTime' },
    live: (writer) => times(100, () => writer.append()),
  },
  {
    name: 'no timestamps',
    live: (writer) =>
      times(50, () => {
        const records = writer.records(3).map((record) => ({ ...record, timestamp: -1 }))
        writer.append({ records })
      }),
  },
  { name: 'an empty active segment', live: endsEmpty },
  { name: EMPTY, live: (writer) => writer.log.truncateFullyAndStartAt(4711) },
  { name: 'far offsets with gaps', live: farOffsets },
  {
    name: 'large batches',
    config: { segmentBytes: 700_000 },
    live: largeBatches,
  },
  {
    name: 'rolled by time',
    config: { segmentMs: 30_000 },
    live: (writer) => times(100, () => writer.append()),
  },
  {
    name: 'rolled by full indexes',
    config: { segmentIndexBytes: 80 },
    live: (writer) => times(100, () => writer.append()),
  },
  { name: 'many producers', live: manyProducers },
  { name: 'deleted records', live: deletedRecords },
  {
    name: COMPACTED,
    config: { cleanupPolicy: { compact: true, delete: false }, deleteRetentionMs: 60_000 },
    live: compacted,
  },
  { name: 'old segments deleted', config: { retentionBytes: 20_000 }, live: retained },
]

/** The histories of {@link writeLogs}, in order of their partition numbers. */
export const writtenLogNames: readonly string[] = lives.map(({ name }) => name)

/** The topic configs of these logs that affect the files. */
export const writtenTopicConfig = { 'index.interval.bytes': 1000, 'retention.ms': -1 }

/** Writes the partitions of `topic` below `root`, each with another history, and closes them. */
export async function writeLogs(root: string, topic: string): Promise<WrittenLog[]> {
  const logs: WrittenLog[] = []
  for (const [partition, { config = {}, live }] of lives.entries()) {
    const writer = new LogWriter(root, topic, partition, config)
    await live(writer)
    const { directory, logStartOffset, files } = writer.log
    const isCheckpointed = logStartOffset > files.segments[0]!.baseOffset
    writer.close()
    logs.push({ directory, logStartOffset: isCheckpointed ? logStartOffset : undefined })
  }
  return logs
}

function liveOrdinarily(writer: LogWriter): void {
  times(240, (i) => {
    writer.epoch = Math.floor(i / 100)
    writer.append()
    if (i === 120) writer.restart()
  })
}

/** Writes overlapping transactions of five producers. Returns the two that stay open. */
function transactions(writer: LogWriter, firstProducerId = 7000): WritingProducer[] {
  const producers = [0, 1, 2, 3, 4].map((index) => transactionalProducer(firstProducerId + index))
  const producerId = firstProducerId - 991
  const idempotent = { producerId, producerEpoch: 1, isTransactional: false, sequence: 4 }
  const open = new Set<WritingProducer>()
  times(300, (i) => {
    writer.epoch = Math.floor(i / 120)
    const producer = producers[writer.random.int(producers.length)]!
    const kind = writer.random.int(6)
    if (kind === 0) writer.append({}, idempotent)
    else if (kind === 1) writer.append()
    else if (kind === 2 && open.delete(producer)) {
      writer.endTransaction(producer, writer.random.int(2) === 0)
    } else {
      open.add(producer)
      writer.append({}, producer)
    }
    if (i === 200) writer.restart()
  })
  for (const producer of producers.slice(2)) {
    if (open.has(producer)) writer.endTransaction(producer, false)
  }
  for (const producer of producers.slice(0, 2)) writer.append({}, producer)
  return producers.slice(0, 2)
}

function truncated(writer: LogWriter): void {
  const producer = transactionalProducer(5005)
  times(3, (round) => {
    writer.epoch = round
    times(60, (i) => (i % 3 === 0 ? writer.append({}, producer) : writer.append()))
    writer.endTransaction(producer, round === 1)
    writer.log.truncateTo(middleOf(writer.log)[round === 0 ? 'within' : 'baseOffset'])
    producer.sequence = writer.log.producers.activeProducers()[0]!.lastSequence + 1
  })
  writer.append()
}

function killed(writer: LogWriter): void {
  const producer = transactionalProducer(5012)
  times(4, (round) => {
    writer.epoch = Math.floor(round / 2)
    times(50, (i) => (i % 4 === 0 ? writer.append({}, producer) : writer.append()))
    if (round !== 2) writer.endTransaction(producer, round === 0)
    writer.crash()
  })
  times(10, () => writer.append())
}

function endsEmpty(writer: LogWriter): void {
  const producer = { producerId: 5001, producerEpoch: 0, isTransactional: false, sequence: 0 }
  times(60, () => writer.append({}, producer))
  writer.log.files.roll()
}

/** Such offsets need all eight bytes, and relative offsets in a segment end at 2^31. */
function farOffsets(writer: LogWriter): void {
  writer.log.truncateFullyAndStartAt(5_000_000_000)
  times(40, (i) => writer.replicate(writer.log.logEndOffset + i * 100_000_000))
  times(40, () => writer.append())
}

function largeBatches(writer: LogWriter): void {
  times(20, (i) => {
    const value = Buffer.alloc(60_000 + i * 15_000, `${i} lies here. `)
    writer.append({ records: [{ key: null, value, timestamp: writer.clock.now() }] })
    writer.append()
  })
}

/** Uses ids whose order in a hash table differs from their own, and bumped epochs. */
function manyProducers(writer: LogWriter): void {
  times(200, (i) => {
    const producerId = 5000 + (i % 2 === 0 ? i * 1009 : i * 2 ** 33 + i)
    const producer = { producerId, producerEpoch: 0, isTransactional: false, sequence: 0 }
    writer.append({}, producer)
    if (i % 5 === 0) writer.append({}, { ...producer, producerEpoch: 3, sequence: 0 })
  })
}

function deletedRecords(writer: LogWriter): void {
  liveOrdinarily(writer)
  writer.log.advanceLogStartOffset(middleOf(writer.log).within)
}

/** Starts far from offset 0, so that a gap between offsets can be told from a mistake. */
async function compacted(writer: LogWriter): Promise<void> {
  writer.log.truncateFullyAndStartAt(6_000_000_000)
  for (let round = 0; round < 3; round++) {
    const open = transactions(writer, 7000 + round * 10)
    for (const producer of open) writer.endTransaction(producer, round === 1)
    writer.log.files.roll()
    const { sizeInBytes } = writer.log.files
    await writer.compact()
    if (writer.log.files.sizeInBytes >= sizeInBytes) throw new Error('nothing was compacted')
  }
  writer.append()
}

function retained(writer: LogWriter): void {
  transactions(writer)
  if (writer.log.files.deleteOldSegments().segments === 0) throw new Error('nothing was deleted')
  times(20, () => writer.append())
}

function transactionalProducer(producerId: number): WritingProducer {
  return { producerId, producerEpoch: 0, isTransactional: true, sequence: 0 }
}

function times(count: number, act: (index: number) => void): void {
  for (let index = 0; index < count; index++) act(index)
}
