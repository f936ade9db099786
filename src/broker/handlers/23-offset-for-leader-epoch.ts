import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { OffsetForLeaderEpoch } from '../../protocol/messages/23-offset-for-leader-epoch.ts'
import type { Handler } from './handler.ts'

/**
 * OffsetForLeaderEpoch (23): returns the end offset of a leader epoch. A client uses it to detect
 * that records it has read were truncated (KIP-101, KIP-320).
 *
 *   v2  currentLeaderEpoch fences clients with stale metadata
 */
export const offsetForLeaderEpoch: Handler<typeof OffsetForLeaderEpoch> = (
  { topics },
  { services },
) => ({
  topics: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
      const partition = services.replicas.leader(topic, index, currentLeaderEpoch)
      if (partition instanceof ApiError) {
        const { errorCode } = partition
        return { errorCode, partition: index, leaderEpoch: -1, endOffset: -1 }
      }
      const end = partition.log.endOffsetForEpoch(leaderEpoch)
      return {
        errorCode: ErrorCode.None,
        partition: index,
        leaderEpoch: end.epoch,
        endOffset: end.endOffset,
      }
    }),
  })),
})
