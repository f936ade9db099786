import { basename, dirname } from 'node:path'
import { partitionOfDirectoryName, SegmentFile } from '../log/log-file-names.ts'

/** The kind of content of a file in a log directory. */
export type FileContent =
  | 'log'
  /**
   * A snapshot of the metadata log, such as `00000000000000000054-0000000001.checkpoint`. It
   * contains batches.
   */
  | 'metadataSnapshot'
  | 'offsetIndex'
  | 'timeIndex'
  | 'transactionIndex'
  | 'producerSnapshot'
  | 'leaderEpochs'
  | 'offsetCheckpoint'
  | 'partitionMetadata'
  | 'metaProperties'
  /** `.kafka_cleanshutdown` and `quorum-state`: JSON. */
  | 'json'

/** A file that can be dumped, recognized by its name. */
export interface DumpFile {
  readonly path: string
  readonly content: FileContent
  /**
   * The base offset of the segment, or the offset at which a snapshot was taken; `undefined` for
   * files of the directory.
   */
  readonly offset: number | undefined
  /** The epoch of a snapshot of the metadata log. */
  readonly epoch: number | undefined
  /** Taken from the name of the directory. */
  readonly topic: string | undefined
  readonly partition: number | undefined
}

const segmentContents: Readonly<Record<SegmentFile, FileContent>> = {
  [SegmentFile.Log]: 'log',
  [SegmentFile.OffsetIndex]: 'offsetIndex',
  [SegmentFile.TimeIndex]: 'timeIndex',
  [SegmentFile.TransactionIndex]: 'transactionIndex',
  [SegmentFile.ProducerSnapshot]: 'producerSnapshot',
}

const directoryContents: Readonly<Record<string, FileContent>> = {
  'leader-epoch-checkpoint': 'leaderEpochs',
  'recovery-point-offset-checkpoint': 'offsetCheckpoint',
  'replication-offset-checkpoint': 'offsetCheckpoint',
  'log-start-offset-checkpoint': 'offsetCheckpoint',
  'cleaner-offset-checkpoint': 'offsetCheckpoint',
  'partition.metadata': 'partitionMetadata',
  'meta.properties': 'metaProperties',
  '.kafka_cleanshutdown': 'json',
  'quorum-state': 'json',
}

/** Suffixes that the cleaner and deletions add to a name. */
const SUFFIX = /\.(deleted|cleaned|swap)$/

/** Returns the kind of the file; `undefined` if Kafka has no file with such a name. */
export function dumpFileOf(path: string): DumpFile | undefined {
  const name = basename(path)
  const found = contentOf(name)
  if (found === undefined) return undefined
  const place = partitionOf(dirname(path))
  return {
    path,
    offset: undefined,
    epoch: undefined,
    topic: place?.topic,
    partition: place?.partition,
    ...found,
  }
}

/** Returns the path of another file of the same segment, with the same suffix. */
export function siblingOf({ path }: DumpFile, kind: SegmentFile): string {
  return path.replace(/\.[a-z]+(\.(?:deleted|cleaned|swap))?$/, `${kind}$1`)
}

/**
 * Whether the file belongs to an unfinished cleaning or deletion, which is completed or undone when
 * the log is loaded.
 */
export function isLeftOver({ path }: DumpFile): boolean {
  return SUFFIX.test(path)
}

/**
 * Returns the partition of a directory, also of one that is being deleted (`orders-3.<id>-delete`).
 */
export function partitionOf(
  directory: string,
): { readonly topic: string; readonly partition: number } | undefined {
  const name = basename(directory).replace(/\.[0-9a-f]{32}-(?:delete|future|stray)$/, '')
  return partitionOfDirectoryName(name)
}

function contentOf(fileName: string): (Pick<DumpFile, 'content'> & Partial<DumpFile>) | undefined {
  const known = directoryContents[fileName]
  if (known !== undefined) return { content: known }
  const name = fileName.replace(SUFFIX, '')
  if (name === 'bootstrap.checkpoint') return { content: 'metadataSnapshot' }
  const snapshot = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
  if (snapshot !== null) {
    const [, offset, epoch] = snapshot
    return { content: 'metadataSnapshot', offset: Number(offset), epoch: Number(epoch) }
  }
  const segment = /^(\d{1,20})(\.[a-z]+)$/.exec(name)
  const content = segmentContents[segment?.[2] as SegmentFile]
  return content && { content, offset: Number(segment![1]) }
}
