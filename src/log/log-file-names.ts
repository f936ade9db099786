/** The files of a segment, by what their names end in; the rest of the name is the base offset. */
export const SegmentFile = {
  Log: '.log',
  OffsetIndex: '.index',
  TimeIndex: '.timeindex',
  TransactionIndex: '.txnindex',
  ProducerSnapshot: '.snapshot',
} as const
export type SegmentFile = (typeof SegmentFile)[keyof typeof SegmentFile]

/** What the names of a segment's files end in besides: nothing in a log, `.cleaned` and `.swap` on the way in, `.deleted` on the way out. */
export type SegmentSuffix = '' | '.cleaned' | '.swap' | '.deleted'

/** The files of a segment that its records can be made into again. */
export const indexFiles = [
  SegmentFile.OffsetIndex,
  SegmentFile.TimeIndex,
  SegmentFile.TransactionIndex,
]

/** What the name of a directory ends in whose partition was deleted and whose files are going away. */
export const DELETED_DIRECTORY_SUFFIX = '-delete'

/** What the name of a directory ends in whose partition was found, but is not one of this broker's. */
export const STRAY_DIRECTORY_SUFFIX = '-stray'

/** The topic whose one partition is the controller's log. It lies beside the others, but is none of the broker's. */
export const METADATA_TOPIC = '__cluster_metadata'

const MAX_FILE_NAME_LENGTH = 255
const MAX_INT32 = 2 ** 31 - 1

/** `00000000000000000042.log` */
export function segmentFileName(baseOffset: number, kind: SegmentFile): string {
  return `${String(baseOffset).padStart(20, '0')}${kind}`
}

/** The offset in a name such as {@link segmentFileName} makes; `undefined` for any other name. */
export function offsetOfFileName(name: string, kind: SegmentFile): number | undefined {
  if (!name.endsWith(kind)) return undefined
  const digits = name.slice(0, -kind.length)
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined
}

/** `orders-3`, the directory of a partition. */
export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Topic and partition of a directory's name as Kafka writes it; `undefined` for directories that hold something else. */
export function partitionOfDirectoryName(
  name: string,
): { topic: string; partition: number } | undefined {
  const match = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d{0,9})$/.exec(name)
  const partition = Number(match?.[2])
  return partition <= MAX_INT32 ? { topic: match![1]!, partition } : undefined
}

/** `orders-3.<id>-delete`, or with another suffix; the topic is shortened where the name would be too long for a file. */
export function renamedDirectoryName(
  topic: string,
  partition: number,
  id: string,
  suffix: string,
): string {
  const end = `-${partition}.${id}${suffix}`
  return topic.slice(0, MAX_FILE_NAME_LENGTH - end.length) + end
}
