import { SegmentFile, segmentFileName } from '../log/log-file-names.ts'

const SEGMENT_FILE = /^\d{20}\.(log|index|timeindex|txnindex|snapshot)(\.(deleted|cleaned|swap))?$/
const ARCHIVE = /\.(gz|tgz|zst|xz|bz2|zip|tar|lz4|7z)$/i
const SET_ASIDE = /^(.+)-(\d+)\.[\w-]{22,36}-(delete|stray|future)$/

/**
 * Returns the reason why a file with an unknown name may contain records, and what to do;
 * `undefined` for all other files.
 */
export function misnamedSegment(name: string): string | undefined {
  if (SEGMENT_FILE.test(name)) return undefined
  if (!name.includes(SegmentFile.Log) && !/^\d+\./.test(name)) {
    return ARCHIVE.test(name) ? 'it is an archive: unpack it first' : undefined
  }
  if (/\.gz$/i.test(name)) return 'it is compressed: gunzip it first'
  if (ARCHIVE.test(name)) return 'it is an archive: unpack it first'
  const digits = /^(\d{1,20})\.log$/.exec(name)?.[1]
  if (digits !== undefined) {
    const right = segmentFileName(Number(digits), SegmentFile.Log)
    return `the name of a segment has 20 digits: if it is one, rename it to ${right}`
  }
  return `the name of a segment is its first offset in 20 digits, such as ${segmentFileName(0, SegmentFile.Log)}`
}

/** Whether a file in a data directory is an archive, such as `orders-0.tar.gz`. */
export function isArchive(name: string): boolean {
  return ARCHIVE.test(name)
}

/**
 * Returns the reason why Kafka set a directory aside (`orders-0.<id>-delete`, `-stray` or
 * `-future`); `undefined` for other directories.
 */
export function setAsideDirectory(
  name: string,
): { topic: string; partition: number; reason: string } | undefined {
  const [, topic, partition, suffix] = SET_ASIDE.exec(name) ?? []
  if (topic === undefined) return undefined
  return { topic, partition: Number(partition), reason: reasons[suffix as keyof typeof reasons] }
}

const reasons = {
  delete: 'the partition was deleted',
  stray: 'the partition was unknown to the broker',
  future: 'it is an unfinished copy from another log directory',
} as const

/**
 * Returns topic and partition of a directory's name, also if Kafka does not allow the topic name.
 */
export function looselyNamedPartition(
  name: string,
): { topic: string; partition: number } | undefined {
  const [, topic, partition] = /^(.+)-(\d+)$/.exec(name) ?? []
  return topic === undefined ? undefined : { topic, partition: Number(partition) }
}
