import { array, int16, int32, int64, int8, string, uuid } from '../schema/index.ts'
import { coordinatorRecord } from './coordinator-record.ts'

/** The complete state of a share partition in `__share_group_state`. */
export const ShareSnapshotRecord = coordinatorRecord(
  0,
  'ShareSnapshot',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      topicId: uuid,
      partition: int32,
    },
    value: {
      snapshotEpoch: int32,
      stateEpoch: int32,
      leaderEpoch: int32,
      startOffset: int64,
      deliveryCompleteCount: int32.default(-1).tag(0),
      createTimestamp: int64,
      writeTimestamp: int64,
      stateBatches: array({
        firstOffset: int64,
        lastOffset: int64,
        deliveryState: int8,
        deliveryCount: int16,
      }),
    },
  },
)

/** The changes of a share partition since its last snapshot. */
export const ShareUpdateRecord = coordinatorRecord(
  1,
  'ShareUpdate',
  { versions: [0, 0], flexible: 0 },
  {
    key: {
      groupId: string,
      topicId: uuid,
      partition: int32,
    },
    value: {
      snapshotEpoch: int32,
      leaderEpoch: int32,
      startOffset: int64,
      deliveryCompleteCount: int32.default(-1).tag(0),
      stateBatches: array({
        firstOffset: int64,
        lastOffset: int64,
        deliveryState: int8,
        deliveryCount: int16,
      }),
    },
  },
)
