/** The files of a segment, by the suffix after the base offset. */
export const SegmentFile = {
  Log: '.log',
  OffsetIndex: '.index',
  TimeIndex: '.timeindex',
  TransactionIndex: '.txnindex',
  ProducerSnapshot: '.snapshot',
} as const
export type SegmentFile = (typeof SegmentFile)[keyof typeof SegmentFile]

/**
 * A second suffix of a segment's files: none in a log, `.cleaned` and `.swap` while the segment is
 * added, `.deleted` while it is removed.
 */
export type SegmentSuffix = '' | '.cleaned' | '.swap' | '.deleted'

/** The files that can be rebuilt from the records. */
export const indexFiles = [
  SegmentFile.OffsetIndex,
  SegmentFile.TimeIndex,
  SegmentFile.TransactionIndex,
]

/** Suffix of a deleted partition's directory, whose files will be removed. */
export const DELETED_DIRECTORY_SUFFIX = '-delete'

/** Suffix of a partition's directory that does not belong to this broker. */
export const STRAY_DIRECTORY_SUFFIX = '-stray'

/** The topic of the controller's log, which is not one of the broker's partitions. */
export const METADATA_TOPIC = '__cluster_metadata'

const MAX_FILE_NAME_LENGTH = 255
const MAX_INT32 = 2 ** 31 - 1

/** Returns a name such as `00000000000000000042.log`. */
export function segmentFileName(baseOffset: number, kind: SegmentFile): string {
  return `${String(baseOffset).padStart(20, '0')}${kind}`
}

/** Returns the offset in a name from {@link segmentFileName}, or undefined for any other name. */
export function offsetOfFileName(name: string, kind: SegmentFile): number | undefined {
  if (!name.endsWith(kind)) return undefined
  const digits = name.slice(0, -kind.length)
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined
}

/** Returns the name of a partition's directory, such as `orders-3`. */
export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/**
 * Returns topic and partition from the name of a partition's directory, or undefined for any other
 * name.
 */
export function partitionOfDirectoryName(
  name: string,
): { topic: string; partition: number } | undefined {
  const match = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d{0,9})$/.exec(name)
  const partition = Number(match?.[2])
  return partition <= MAX_INT32 ? { topic: match![1]!, partition } : undefined
}

/**
 * Returns a name such as `orders-3.<id>-delete`. The topic is shortened if the name would be too
 * long for a file.
 */
export function renamedDirectoryName(
  topic: string,
  partition: number,
  id: string,
  suffix: string,
): string {
  const end = `-${partition}.${id}${suffix}`
  return topic.slice(0, MAX_FILE_NAME_LENGTH - end.length) + end
}
