import type { Log } from '../../log/log.ts'

/** The end of an epoch in the leader's log, after which the follower's log differs from it. */
export interface DivergingEpoch {
  readonly epoch: number
  readonly endOffset: number
}

/**
 * Returns the offset to which a follower truncates its log, so that it is a prefix of the leader's
 * (KIP-101, KIP-595). If the follower does not know the leader's epoch, the log may still differ:
 * the next fetch tells.
 */
export function truncationOffset(
  log: Pick<Log, 'endOffsetForEpoch' | 'logEndOffset' | 'highWatermark'>,
  leader: DivergingEpoch,
): number {
  // The leader has no epoch that old: only committed records are certain.
  if (leader.endOffset < 0) return log.highWatermark
  const own = log.endOffsetForEpoch(leader.epoch)
  if (own.endOffset < 0) return Math.min(leader.endOffset, log.logEndOffset)
  return own.epoch === leader.epoch
    ? Math.min(own.endOffset, leader.endOffset, log.logEndOffset)
    : Math.min(own.endOffset, log.logEndOffset)
}
