import type { Logger } from './logger.ts'

/**
 * A part of an opened directory that is damaged or cannot be served.
 *
 * | | |
 * |---|---|
 * | `corruptBatch` | bytes of a segment that are no batch, or a batch with a wrong checksum or with records that cannot be read |
 * | `tornBatch` | the last batch of a segment is not there whole |
 * | `zeroFilled` | a segment ends in zeros, as after a power failure |
 * | `wrongOffset` | batches whose offsets do not belong into the segment, or not after the batch before |
 * | `notALog` | a file has the name of a segment but holds something else, such as text or a gzip file |
 * | `afterDamage` | a segment after one that was cut, which Kafka removes when it recovers the log |
 * | `openTransaction` | a transaction has no end, so that consumers with `read_committed` stop at its first record |
 * | `belowLogStart` | all records are below the log start offset that a checkpoint names |
 * | `missingOffsets` | no file holds some offsets between two segments |
 * | `wrongFileName` | a file seems to be a segment, but has not the name of one |
 * | `unreadable` | the operating system does not let a file or directory be read |
 * | `noSegment` | a partition's directory has no segment |
 * | `missingPartition` | a topic has partitions with higher numbers, but not these |
 * | `duplicatePartition` | another directory of the same partition is served |
 * | `invalidName` | the name of a directory is that of no partition that can be served |
 * | `setAside` | a directory that Kafka set aside: `-delete`, `-stray` or `-future` |
 */
export type OpenProblemKind =
  | 'corruptBatch'
  | 'tornBatch'
  | 'zeroFilled'
  | 'wrongOffset'
  | 'notALog'
  | 'afterDamage'
  | 'openTransaction'
  | 'belowLogStart'
  | 'missingOffsets'
  | 'wrongFileName'
  | 'unreadable'
  | 'noSegment'
  | 'missingPartition'
  | 'duplicatePartition'
  | 'invalidName'
  | 'setAside'

/** Something in an opened directory that is not served, or not as it should be. The files themselves are never changed. */
export interface OpenProblem {
  readonly kind: OpenProblemKind
  /** The file or directory that it is about. */
  readonly path: string
  /** The topic that it belongs to, under the name that it is served as; `undefined` where that is unknown. */
  readonly topic?: string | undefined
  /** The partition's number; of `missingPartition` the first that is missing. */
  readonly partition?: number | undefined
  /** Its position in the file, in bytes. */
  readonly position?: number | undefined
  /** The first offset that may be missing. */
  readonly offset?: number | undefined
  /** The first offset after it that is served; `undefined` when the log or the segment ends before. */
  readonly nextOffset?: number | undefined
  /** The bytes of the file that consumers do not get, or cannot use; 0 if that is not known. */
  readonly bytesNotServed: number
  /** What is wrong, what is done about it, and what to do. */
  readonly message: string
}

/** So many problems get a line of the log each; the rest is counted. */
const MAX_LOGGED = 100

/** Logs problems: as an error where records may be missing that a broker would have served, else as a warning. */
export function logOpenProblems(logger: Logger, problems: readonly OpenProblem[]): void {
  for (const { message, ...fields } of problems.slice(0, MAX_LOGGED)) {
    if (losesRecords(fields)) logger.error(fields, message)
    else logger.warn(fields, message)
  }
  const more = problems.length - MAX_LOGGED
  if (more > 0) logger.warn({ problems: problems.length }, `There are ${more} more problems`)
}

function losesRecords({ kind, bytesNotServed }: Omit<OpenProblem, 'message'>): boolean {
  if (kind === 'missingOffsets' || kind === 'unreadable') return true
  return bytesNotServed > 0 && kind !== 'setAside' && kind !== 'duplicatePartition'
}
