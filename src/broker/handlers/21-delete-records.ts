import { ErrorCode } from '../../protocol/error-code.ts'
import type { DeleteRecords } from '../../protocol/messages/21-delete-records.ts'
import type { Handler } from './handler.ts'

const NO_LOW_WATERMARK = -1

/** DeleteRecords (21): moves a partition's log start offset up; offset -1 stands for the high watermark (KIP-107). */
export const deleteRecords: Handler<typeof DeleteRecords> = ({ topics }, { broker }) => ({
  throttleTimeMs: 0,
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => {
      const partition = broker.replicas.leader(name, partitionIndex)
      if (typeof partition === 'number') {
        return { partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode: partition }
      }
      const errorCode = partition.deleteRecordsBefore(offset)
      const lowWatermark =
        errorCode === ErrorCode.None ? partition.log.logStartOffset : NO_LOW_WATERMARK
      return { partitionIndex, lowWatermark, errorCode }
    }),
  })),
})
