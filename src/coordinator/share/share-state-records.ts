import { recordTypeOf, valueVersionOf } from '../../protocol/internal/coordinator-record.ts'
import { ShareSnapshotRecord, ShareUpdateRecord } from '../../protocol/internal/share-state.ts'
import type { RecordSerde } from '../runtime/coordinator-shard.ts'
import type { StateBatch } from './combine-state-batches.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import type { SharePartitionState } from './share-partition-state.ts'

/** A record of `__share_group_state`. */
export type ShareStateRecord = SnapshotRecord | UpdateRecord

/** The whole state of a share partition; `null` deletes it. */
export interface SnapshotRecord {
  readonly kind: 'snapshot'
  readonly key: SharePartitionKey
  readonly state: SharePartitionState | null
}

/** The change of a share partition since its last snapshot; `null` has no effect. */
export interface UpdateRecord {
  readonly kind: 'update'
  readonly key: SharePartitionKey
  readonly update: ShareStateUpdate | null
}

/** The change of a share partition. */
export interface ShareStateUpdate {
  /** The epoch of the snapshot that it changes. */
  readonly snapshotEpoch: number
  /** -1 for no change. */
  readonly leaderEpoch: number
  /** -1 for no change. */
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly stateBatches: readonly StateBatch[]
}

/** The version of the values that Kafka 4.4 writes. */
const VALUE_VERSION = 0

/** The encoding of the records of `__share_group_state` (Kafka's `ShareCoordinatorRecordSerde`). */
export const shareStateRecords: RecordSerde<ShareStateRecord> = {
  encode: (record) => {
    if (record.kind === 'snapshot') {
      const { key, state } = record
      return {
        key: ShareSnapshotRecord.encodeKey(key),
        value: state && ShareSnapshotRecord.encodeValue(VALUE_VERSION, state),
      }
    }
    const { key, update } = record
    return {
      key: ShareUpdateRecord.encodeKey(key),
      value: update && ShareUpdateRecord.encodeValue(VALUE_VERSION, update),
    }
  },
  decode: (key, value) => {
    if (value !== null && valueVersionOf(value) > VALUE_VERSION) return undefined
    switch (recordTypeOf(key)) {
      case ShareSnapshotRecord.type: {
        const state = value && ShareSnapshotRecord.decodeValue(value)
        return { kind: 'snapshot', key: ShareSnapshotRecord.decodeKey(key), state }
      }
      case ShareUpdateRecord.type: {
        const update = value && ShareUpdateRecord.decodeValue(value)
        return { kind: 'update', key: ShareUpdateRecord.decodeKey(key), update }
      }
      default:
        return undefined
    }
  },
}
