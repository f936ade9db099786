import { encodeBatch } from './batch-encoder.ts'
import type { BatchView } from './batch-view.ts'
import { int16At, int32At, putInt16, putInt32 } from './big-endian.ts'
import { CorruptRecordError } from './corrupt-record-error.ts'
import { recordsOf } from './records.ts'

/** The type of a control record, by the id in its key (Kafka's `ControlRecordType`). */
export const ControlRecordType = {
  Abort: 0,
  Commit: 1,
  LeaderChange: 2,
  SnapshotHeader: 3,
  SnapshotFooter: 4,
  KRaftVersion: 5,
  KRaftVoters: 6,
} as const
export type ControlRecordType = (typeof ControlRecordType)[keyof typeof ControlRecordType]

/** The end of a transaction on one partition (Kafka's `EndTransactionMarker`). */
export interface EndTransactionMarker {
  type: typeof ControlRecordType.Abort | typeof ControlRecordType.Commit
  /** The epoch of the transaction coordinator's partition, which fences an older coordinator. */
  coordinatorEpoch: number
}

export interface ControlBatchOptions {
  /** Milliseconds since the epoch. */
  timestamp: number
  /** Default 0. */
  baseOffset?: number
  /** Default -1. */
  partitionLeaderEpoch?: number
}

/** Encodes the control batch that ends a producer's transaction on one partition. */
export function encodeEndTransactionMarker(
  marker: EndTransactionMarker,
  options: ControlBatchOptions & { producerId: number; producerEpoch: number },
): Uint8Array {
  const value = new Uint8Array(6)
  putInt32(value, 2, marker.coordinatorEpoch)
  const { timestamp, baseOffset = 0, partitionLeaderEpoch = -1 } = options
  return encodeBatch([{ timestamp, key: controlKey(marker.type), value }], {
    baseOffset,
    partitionLeaderEpoch,
    producerId: options.producerId,
    producerEpoch: options.producerEpoch,
    isTransactional: true,
    isControl: true,
  })
}

/**
 * Encodes the control batch with which a KRaft leader starts its epoch (`LeaderChangeMessage`,
 * version 0).
 */
export function encodeLeaderChange(
  message: { leaderId: number; voterIds: readonly number[]; grantingVoterIds: readonly number[] },
  options: ControlBatchOptions,
): Uint8Array {
  const voters = encodeVoters(message.voterIds)
  const grantingVoters = encodeVoters(message.grantingVoterIds)
  const head = new Uint8Array(6)
  putInt32(head, 2, message.leaderId)
  const value = Buffer.concat([head, voters, grantingVoters, Uint8Array.of(0)])
  const record = {
    timestamp: options.timestamp,
    key: controlKey(ControlRecordType.LeaderChange),
    value,
  }
  return encodeBatch([record], { ...options, isControl: true })
}

/**
 * Returns the type of a control record; `undefined` for an unknown type, which readers skip.
 *
 * @throws CorruptRecordError if the key is not that of a control record
 */
export function controlRecordType(key: Uint8Array | null): ControlRecordType | undefined {
  if (key === null || key.length < 4) {
    throw new CorruptRecordError('Control record has no key of at least 4 bytes')
  }
  const type = int16At(key, 2)
  return isControlRecordType(type) ? type : undefined
}

/**
 * Returns the marker in a control batch; `undefined` if it has another type.
 *
 * @throws CorruptRecordError if the batch cannot be read
 */
export function endTransactionMarkerOf(batch: BatchView): EndTransactionMarker | undefined {
  for (const { key, value } of recordsOf(batch)) {
    const type = controlRecordType(key)
    if (type !== ControlRecordType.Abort && type !== ControlRecordType.Commit) return undefined
    if (value === null || value.length < 6) {
      throw new CorruptRecordError('End transaction marker has no value of at least 6 bytes')
    }
    return { type, coordinatorEpoch: int32At(value, 2) }
  }
  return undefined
}

function isControlRecordType(type: number): type is ControlRecordType {
  return type >= ControlRecordType.Abort && type <= ControlRecordType.KRaftVoters
}

function controlKey(type: ControlRecordType): Uint8Array {
  const key = new Uint8Array(4)
  putInt16(key, 2, type)
  return key
}

/** Encodes a compact array of structs with a voter's id and no tagged fields. */
function encodeVoters(ids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + 5 * ids.length)
  bytes[0] = ids.length + 1
  ids.forEach((id, index) => putInt32(bytes, 1 + 5 * index, id))
  return bytes
}
