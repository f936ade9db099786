import type { InternalPartition } from '../coordinator/runtime/internal-partition.ts'
import { readWholeLog } from '../log/read-whole-log.ts'
import { ApiError } from '../protocol/api-error.ts'
import type { Partition } from './partition.ts'

/** Returns the view of a led partition for the coordinator that keeps its state there. */
export function internalPartition(partition: Partition): InternalPartition {
  return {
    index: partition.partition,
    get leaderEpoch() {
      return partition.leaderEpoch
    },
    append: (batch, options) => {
      const error = partition.checkInSyncReplicas()
      if (error !== undefined) return error
      const result = partition.append(batch, { origin: 'coordinator', ...options })
      return result instanceof ApiError ? result : result.lastOffset + 1
    },
    committed: (offset) => partition.committed(offset),
    deleteRecordsBefore: (offset) => partition.deleteRecordsBefore(offset),
    read: () => readWholeLog(partition.log),
  }
}
