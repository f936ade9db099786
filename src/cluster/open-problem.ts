import type { Logger } from './logger.ts'

/**
 * A part of an opened directory that is damaged or cannot be served.
 *
 * | kind | meaning |
 * |---|---|
 * | `corruptBatch` | bytes that are not a batch, a wrong checksum, or records that cannot be read |
 * | `tornBatch` | the last batch of a segment is incomplete |
 * | `zeroFilled` | a segment ends in zeros, as after a power failure |
 * | `wrongOffset` | offsets that do not belong in the segment, or do not ascend |
 * | `notALog` | a `.log` file with other content, such as text or a gzip file |
 * | `afterDamage` | a segment after a truncated one, which Kafka deletes on recovery |
 * | `openTransaction` | a transaction without an end; `read_committed` stops at its start |
 * | `belowLogStart` | all records are below the log start offset of a checkpoint |
 * | `missingOffsets` | offsets between two segments are in no file |
 * | `wrongFileName` | a file that is probably a segment, with another name |
 * | `unreadable` | a file or directory that the operating system does not allow to be read |
 * | `noSegment` | the directory of a partition has no segment |
 * | `missingPartition` | a topic has partitions with higher numbers, but not these |
 * | `duplicatePartition` | another directory of the same partition is served |
 * | `invalidName` | the name of a directory is not that of a partition that can be served |
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

/** A problem of an opened directory. The files are never changed. */
export interface OpenProblem {
  readonly kind: OpenProblemKind
  /** The file or directory. */
  readonly path: string
  /** The name under which its topic is served; `undefined` if it is unknown. */
  readonly topic?: string | undefined
  /** The partition number; for `missingPartition` the first missing one. */
  readonly partition?: number | undefined
  /** The position of the problem in the file, in bytes. */
  readonly position?: number | undefined
  /** The first offset that may be missing. */
  readonly offset?: number | undefined
  /**
   * The first offset after the problem that is served; `undefined` if the log or the segment ends
   * before.
   */
  readonly nextOffset?: number | undefined
  /** The bytes of the file that consumers do not get, or cannot use; 0 if unknown. */
  readonly bytesNotServed: number
  /** Describes the problem, what Odradek does about it, and what you can do. */
  readonly message: string
}

/** The maximum number of problems that are logged. The rest is only counted. */
const MAX_LOGGED = 100

/**
 * Logs problems: at level error if records may be missing that a broker would have served, else as
 * warnings.
 */
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
